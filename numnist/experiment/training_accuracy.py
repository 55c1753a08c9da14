"""The accuracy of a finished run on its training pictures, and of which of them it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from numnist.data.dataset import Dataset
from numnist.evaluation.metrics import evaluate
from numnist.model.model import Model

MOST = 0.05  # of a run's time: what measuring it on all pictures may cost
PROBE = 1_000  # pictures that are timed where there is no test split


def training_accuracy(
    model: Model, data: Dataset, epoch: Mapping[str, Any] | None, seconds: float, each: float | None,
    threads: int | None,
) -> dict[str, Any]:  # fmt: skip
    """As fields of result.json: the accuracy, whether it is a running one, and of which pictures in words.

    All training pictures are evaluated where that takes under 5% of the run's time; else it is the running accuracy of
    `epoch`, the record of the one whose weights the model has, None if there is none.
    seconds: that the run has trained;  each: that evaluating a picture takes, None to measure it.
    """
    if each is None:
        probe = data.train[:PROBE]
        started = time.perf_counter()
        evaluate(model, probe, threads=threads)
        each = (time.perf_counter() - started) / len(probe)
    if each * len(data.train) < MOST * seconds:
        accuracy = evaluate(model, data.train, threads=threads).accuracy
        return _fields(accuracy, False, f"all {len(data.train):,} training pictures, after training")
    return _fields(None if epoch is None else epoch["accuracy"], True, running_pictures(data))


def _fields(accuracy: float | None, running: bool, pictures: str) -> dict[str, Any]:
    return {
        "training_accuracy": accuracy, "training_accuracy_running": running, "training_accuracy_pictures": pictures,
    }  # fmt: skip


def running_pictures(data: Dataset) -> str:
    """Of which pictures the running accuracy of an epoch is, in words."""
    more = further_pictures(data)
    return (
        f"the {len(data.training):,} pictures of an epoch, each as it was trained on, before its step"
        f"{f'; {more}' if more else ''}"
    )


def further_pictures(data: Dataset) -> str:
    """What is trained on besides the data set and counts in the running accuracy, in words; "" for nothing."""
    if data.further is None or not len(data.further):
        return ""
    outliers = int((data.further.labels == len(data.classes)).sum())
    kinds = ((len(data.further) - outliers, "drawn digits"), (outliers, "outliers, right where the model says so"))
    return " and ".join(f"{count:,} {kind}" for count, kind in kinds if count) + " among them"
