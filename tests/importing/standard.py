"""The ONNX standard's own test vectors: for each operator nodes with inputs, and the outputs that they must have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import onnx
import onnx.backend.test.case.node as node_cases
from onnx import helper, numpy_helper

from numnist.importing.onnx.file import OPSETS

MODULES = {  # of an operator, where it is not its name in small letters
    "BatchNormalization": "batch_normalization", "ArrayFeatureExtractor": "ai_onnx_ml.array_feature_extractor",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Case:
    """A node, what goes in, and what must come out."""

    name: str
    node: Any
    inputs: list[Any]
    output: Any
    opset: int
    domain: str


@cache
def cases_of(operator: str) -> tuple[Case, ...]:
    """The standard's cases of one operator.

    Each of its modules calls `expect` for every case while it is imported, so that is what we give it.
    """
    found: list[Case] = []

    def expect(node: Any, inputs: Any, outputs: Any, name: str, **options: Any) -> None:
        if node.op_type == operator:
            schema = onnx.defs.get_schema(node.op_type, domain=node.domain)
            versions = {each.domain: each.version for each in options.get("opset_imports", [])}
            opset = versions.get("", schema.since_version if node.domain == "" else 17)
            found.append(Case(name, node, list(inputs), outputs[0], opset, node.domain))

    theirs, node_cases.expect = node_cases.expect, expect
    before = np.random.get_state()  # noqa: NPY002  (the modules draw from NumPy's global generator)
    try:
        with np.errstate(all="ignore"):
            import_module(f"{node_cases.__name__}.{MODULES.get(operator, operator.lower())}")
    finally:
        node_cases.expect = theirs
        np.random.set_state(before)  # noqa: NPY002
    return tuple(found)


def model_of(case: Case, head: bool) -> Any:
    """A network of this node: the first input is the network's, the others are constants.

    head: add a dense layer whose weights are those of the identity.  One sample without an axis for them gets one.
    """
    names = [name for name in case.node.input if name]
    given = dict(zip(names, case.inputs))
    x = input_of(case)
    given.pop(names[0])
    node = onnx.NodeProto()
    node.CopyFrom(case.node)
    y = output_of(case)
    flatten = "Flatten" if y.ndim != 2 else "Identity"
    end = [helper.make_node(flatten, [node.output[0]], ["row" if head else "the end"])]
    constants = [numpy_helper.from_array(plain(value), name) for name, value in given.items()]
    if head:
        size = y.size // max(len(y), 1)
        constants.append(numpy_helper.from_array(np.eye(size, max(size, 2), dtype=np.float32), "identity"))
        end.append(helper.make_node("MatMul", ["row", "identity"], ["the end"]))
    kind = helper.np_dtype_to_tensor_dtype(x.dtype)
    opsets = [helper.make_opsetid("", min(max(case.opset, OPSETS[0]), OPSETS[1]))]
    if case.domain:
        opsets.append(
            helper.make_opsetid(case.domain, onnx.defs.get_schema(node.op_type, domain=case.domain).since_version)
        )
    return helper.make_model(
        helper.make_graph(
            [node, *end], "case", [helper.make_tensor_value_info(names[0], kind, x.shape)],
            [helper.make_tensor_value_info("the end", 1, ("N", "K"))], constants,
        ),
        opset_imports=opsets, ir_version=10,
    )  # fmt: skip


def input_of(case: Case) -> Any:
    x = plain(case.inputs[0])
    return x[None] if x.ndim == 1 else x


def output_of(case: Case) -> Any:
    y = plain(case.output)
    return y[None] if plain(case.inputs[0]).ndim == 1 or not y.ndim else y


def plain(numbers: Any) -> Any:
    """Numbers as an array; some types are given as ONNX's tensors."""
    return numpy_helper.to_array(numbers) if isinstance(numbers, onnx.TensorProto) else np.asarray(numbers)
