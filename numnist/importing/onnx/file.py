"""An .onnx file as a graph: checked for what numnist can read before any number of it is."""

from __future__ import annotations

import re
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, numpy_helper

from numnist.nn.base import Array
from numnist.support.errors import ModelFileError

OPSETS = (7, 26)  # the oldest and the newest that the table of operators was written for
ML = "ai.onnx.ml"  # scikit-learn's operators
MOST_NODES = 5000
MOST_BYTES = 2**31 - 1  # protobuf's own limit
TYPES: dict[int, Any] = {
    TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64, TensorProto.FLOAT16: np.float16,
    TensorProto.INT64: np.int64, TensorProto.INT32: np.int32, TensorProto.UINT8: np.uint8, TensorProto.BOOL: np.bool_,
}  # fmt: skip
_FIELDS = {  # where a tensor without raw data has its numbers
    TensorProto.FLOAT: "float_data", TensorProto.DOUBLE: "double_data", TensorProto.INT64: "int64_data",
}  # fmt: skip


def parsed(path: Path) -> Any:
    """The model in the file, as onnx has it.  Raises ModelFileError."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise ModelFileError(f"{path}: it cannot be read ({error}).") from error
    if size > MOST_BYTES:
        raise ModelFileError(f"{path}: it has {size / 1e9:.1f} GB, but an .onnx file has at most 2 GB.")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        raise ModelFileError(f"{path}: this is not a whole .onnx file: export or copy it again.") from None
    if not model.HasField("graph") or not model.graph.node:
        raise ModelFileError(f"{path}: this is not an .onnx file with a network in it: export it again.")
    return model


def opset_of(model: Any, path: Path) -> int:
    """The version of ONNX's own operators.  Raises ModelFileError for versions that are not known."""
    versions = {each.version for each in model.opset_import if each.domain in ("", "ai.onnx")}
    if len(versions) != 1:
        raise ModelFileError(f"{path}: it names {len(versions)} versions of ONNX's operators instead of one.")
    (version,) = versions
    oldest, newest = OPSETS
    if not oldest <= version <= newest:
        raise ModelFileError(
            f"{path}: its operators are of opset {version}, but numnist knows {oldest} to {newest}: "
            "export it with another opset, such as 17."
        )
    return int(version)


def check(model: Any, known: Any, path: Path) -> None:
    """Refuse what numnist cannot read: operators by name, numbers elsewhere; then what onnx itself calls invalid.

    known: (domain, operator) pairs.  Raises ModelFileError.
    """
    graph = model.graph
    if model.functions or model.training_info or graph.sparse_initializer or graph.quantization_annotation:
        raise ModelFileError(
            f"{path}: it has functions, training steps, or sparse or quantised numbers, which numnist does not read: "
            "export the network for inference, in float32."
        )
    if len(graph.node) > MOST_NODES:
        raise ModelFileError(f"{path}: it has {len(graph.node):,} nodes, but numnist reads at most {MOST_NODES:,}.")
    for i, node in enumerate(graph.node):
        if (plain_domain(node.domain), node.op_type) not in known:
            domain = f"{node.domain}." if plain_domain(node.domain) else ""
            raise ModelFileError(
                f"{path}: node {node_name(node, i)} is the operator {domain}{node.op_type}, which numnist's layers "
                "do not have; replace it in the network, or leave it out, and export it again. Known operators: "
                f"{', '.join(sorted(name for _, name in known))}."
            )
    for tensor in graph.initializer:
        check_tensor(tensor, tensor.name, path)
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError, RuntimeError) as error:
        reason = re.sub(r"\s+", " ", str(error)).strip()[:300]
        raise ModelFileError(f"{path}: onnx finds it invalid ({reason}): export it again.") from None


def plain_domain(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain


def node_name(node: Any, i: int) -> str:
    """How a message names a node; many have no name, but all have an output."""
    return repr(node.name or (node.output[0] if node.output else "") or f"number {i}")


def check_tensor(tensor: Any, name: str, path: Path) -> None:
    """Refuse numbers in other files, of other types, and fewer than the shape says.  Raises ModelFileError."""
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise ModelFileError(
            f"{path}: its numbers {name!r} are in a file beside it, which numnist does not read: export one file, "
            "in PyTorch with torch.onnx.export(..., external_data=False), else with onnx.save(onnx.load(...), ...)."
        )
    count = prod(tensor.dims)
    if tensor.data_type == TensorProto.STRING:
        there = len(tensor.string_data)
    elif tensor.data_type not in TYPES:
        names = ", ".join(TensorProto.DataType.Name(each).lower() for each in TYPES)
        kinds = TensorProto.DataType
        kind = kinds.Name(tensor.data_type).lower() if tensor.data_type in kinds.values() else tensor.data_type
        raise ModelFileError(f"{path}: its numbers {name!r} are of type {kind}, but numnist reads {names}.")
    elif tensor.HasField("raw_data"):
        there, rest = divmod(len(tensor.raw_data), np.dtype(TYPES[tensor.data_type]).itemsize)
        there = -1 if rest else there
    else:
        there = len(getattr(tensor, _FIELDS.get(tensor.data_type, "int32_data")))
    if min(tensor.dims, default=0) < 0 or there != count:
        raise ModelFileError(
            f"{path}: its numbers {name!r} do not fill their shape {list(tensor.dims)}: copy it again."
        )


def numbers(tensor: Any, name: str, path: Path) -> Array | tuple[str, ...]:
    """The numbers of a tensor, or its texts.  Raises ModelFileError."""
    check_tensor(tensor, name, path)
    try:
        if tensor.data_type == TensorProto.STRING:
            return tuple(text.decode("utf-8") for text in tensor.string_data)
        return np.asarray(numpy_helper.to_array(tensor))
    except (ValueError, TypeError, OverflowError) as error:
        raise ModelFileError(f"{path}: its numbers {name!r} cannot be read ({error}).") from None
