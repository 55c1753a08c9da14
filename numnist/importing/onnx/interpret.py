"""The walk through a graph: every node in its order, from the input to what the outputs are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onnx import AttributeProto, helper

from numnist.importing.onnx.call import Call
from numnist.importing.onnx.file import node_name, numbers, plain_domain
from numnist.importing.onnx.node import Notes
from numnist.importing.onnx.table import OPERATORS
from numnist.importing.onnx.values import Flowing, Value
from numnist.nn.base import Array
from numnist.support.errors import ModelFileError, UsageError

Constants = dict[str, Array | tuple[str, ...]]


def constants_of(graph: Any, path: Path) -> Constants:
    """The graph's numbers by name."""
    return {tensor.name: numbers(tensor, tensor.name, path) for tensor in graph.initializer}


def attributes_of(node: Any, name: str, path: Path) -> dict[str, Any]:
    """A node's attributes by name; tensors as arrays, texts as str."""
    found: dict[str, Any] = {}
    for each in node.attribute:
        if each.type == AttributeProto.TENSOR:
            found[each.name] = numbers(each.t, f"{name}.{each.name}", path)
        elif each.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS) or each.ref_attr_name:
            raise ModelFileError(f"{path}: node {name} has a graph inside, which numnist does not read.")
        else:
            value = helper.get_attribute_value(each)
            found[each.name] = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return found


def needed_by(graph: Any, outputs: Sequence[str]) -> set[int]:
    """The numbers of the nodes that these outputs need."""
    names, found = set(outputs), set()
    for i in reversed(range(len(graph.node))):
        if names & set(graph.node[i].output):
            found.add(i)
            names |= set(graph.node[i].input)
    return found


def interpret(
    graph: Any, outputs: Sequence[str], start: Value, constants: Constants, opset: int, batch: int | None, path: Path,
    notes: Notes,
) -> dict[str, Flowing]:  # fmt: skip
    """What each name is that these outputs need, if the input is `start`.   batch: its size, where the file fixes it

    Raises ModelFileError for what numnist's layers cannot compute.
    """
    inputs = [each.name for each in graph.input if each.name not in constants]
    known: dict[str, Flowing] = {**constants, inputs[0]: start}
    lacking: dict[str, str] = {}
    needed = needed_by(graph, outputs)
    for i, node in enumerate(graph.node):
        if i not in needed:
            continue
        name = node_name(node, i)
        for each in node.input:
            if each in lacking:
                raise ModelFileError(f"{path}: node {name} takes {each!r} of {lacking[each]}, which numnist lacks.")
            if each and each not in known:
                raise ModelFileError(f"{path}: node {name} takes {each!r}, which no node before it makes.")
        call = Call(
            path, name, node.op_type, [known[each] if each else None for each in node.input],
            attributes_of(node, name, path), len(node.output), opset, batch, notes,
        )  # fmt: skip
        try:
            made: Any = OPERATORS[plain_domain(node.domain), node.op_type](call)
        except UsageError as error:  # of a layer
            call.refuse(str(error))
        values = made if isinstance(made, tuple) and not all(isinstance(each, str) for each in made) else (made,)
        known.update((each, value) for each, value in zip(node.output, values) if each)
        lacking.update((each, name) for each in node.output[len(values) :] if each)
    return known
