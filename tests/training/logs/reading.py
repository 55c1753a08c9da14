"""Reads back what logs have written, each with the tool's own reader as far as it has one."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

BLOCK = 32_768  # bytes of a LevelDB log's block
HEAD = 7  # of a record in it: CRC-32C, length, and which part of a record it is


def tensorboard(folder: Path) -> tuple[dict[str, dict[int, float]], dict[str, str]]:
    """Every scalar by its steps, and every text."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0}, purge_orphaned_data=True)
    found.Reload()
    scalars = {}
    for name in found.Tags()["scalars"]:
        events = found.Scalars(name)
        scalars[name] = {event.step: event.value for event in events}
        assert len(scalars[name]) == len(events), f"{name} has two values for a step"
    texts = {
        name.removesuffix("/text_summary"): found.Tensors(name)[-1].tensor_proto.string_val[0].decode()
        for name in found.Tags()["tensors"]
    }
    return scalars, texts


def mlflow(uri: str, run: str) -> tuple[dict[str, dict[int, float]], dict[str, str], dict[str, str], str]:
    """Every metric by its steps, parameters, tags, and the status."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    found = client.get_run(run)
    metrics = {name: {m.step: m.value for m in client.get_metric_history(run, name)} for name in found.data.metrics}
    return metrics, found.data.params, found.data.tags, found.info.status


def wandb(folder: Path) -> tuple[dict[str, dict[int, float]], dict, dict, int | None]:
    """History, config, summary and exit code of all offline runs in the folder, the later ones over the earlier."""
    from wandb.proto import wandb_internal_pb2

    history: dict[str, dict[int, float]] = {}
    config, summary, code = {}, {}, None
    for path in sorted(folder.glob("wandb/offline-run-*/run-*.wandb")):
        for data in _records(path.read_bytes()):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            for item in record.run.config.update if record.HasField("run") else record.config.update:
                config[item.key] = json.loads(item.value_json)
            if record.HasField("history"):
                row = {
                    item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in record.history.item
                }
                for name, value in row.items():
                    history.setdefault(name, {})[row["_step"]] = value
            for item in record.summary.update:
                summary[item.key or ".".join(item.nested_key)] = json.loads(item.value_json)
            code = record.exit.exit_code if record.HasField("exit") else code
    return history, config, summary, code


def _records(data: bytes) -> Iterator[bytes]:
    """The records of a LevelDB log, which is what a .wandb file is, behind a head of 7 bytes."""
    at, parts = HEAD, b""
    while at + HEAD <= len(data):
        if BLOCK - at % BLOCK < HEAD:  # the rest of a block that is too short for a record
            at += BLOCK - at % BLOCK
            continue
        length, kind = struct.unpack("<HB", data[at + 4 : at + HEAD])
        parts += data[at + HEAD : at + HEAD + length]
        at += HEAD + length
        if kind in (1, 4):  # a whole record, or its last part
            yield parts
            parts = b""
