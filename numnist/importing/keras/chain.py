"""A network's description in JSON as layers one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.support.errors import ModelFileError

GRAPHS = ("Functional", "Model")


@dataclass(frozen=True, eq=False)
class Described:
    """A layer.   kind: its class;  config: its options"""

    kind: str
    name: str
    config: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Chain:
    """A network.   listed: its layers in the file's order;  order: the same from input to output;  in_shape: of one
    sample, None where the file does not say"""

    listed: list[Described]
    order: list[Described]
    in_shape: Any


def chain(config: Any, path: Path) -> Chain:
    """The layers of a network without branches.  Raises ModelFileError for others."""
    kind, inside = _field(config, "class_name", str, path), _field(config, "config", dict, path)
    if kind not in ("Sequential", *GRAPHS):
        raise ModelFileError(
            f"{path}: the network is of the class {kind!r}, whose code is not in the file: only Sequential and "
            "Functional networks can be read."
        )
    records = _field(inside, "layers", list, path)
    listed = [_described(record, path) for record in records]
    names = [layer.name for layer in listed]
    if len(set(names)) < len(names) or not names:
        raise ModelFileError(f"{path}: it has no layers, or two of the same name.")
    order = listed if kind == "Sequential" else _walked(inside, records, listed, path)
    for place, layer in enumerate(order):
        if layer.kind == "InputLayer" and place:
            raise ModelFileError(f"{path}: layer {layer.name!r} is an input in the middle of the network.")
    return Chain(listed, order, _in_shape(order[0], inside))


def _described(record: Any, path: Path) -> Described:
    kind, config = _field(record, "class_name", str, path), _field(record, "config", dict, path)
    name = _field(config, "name", str, path)
    if kind in ("Sequential", *GRAPHS):
        raise ModelFileError(f"{path}: layer {name!r} is a network itself: put its layers into the outer one.")
    module, registered = record.get("module"), record.get("registered_name")
    if not str(module or "keras").startswith("keras") or str(registered or kind) != kind:
        raise ModelFileError(f"{path}: layer {name!r} is a {kind} of somebody's own, whose code is not in the file.")
    return Described(kind, name, config)


def _walked(inside: Mapping[str, Any], records: list[Any], listed: list[Described], path: Path) -> list[Described]:
    """The layers of a functional network, followed from its output to its input."""
    by_name = {layer.name: (layer, record) for layer, record in zip(listed, records)}
    start, name = (_only(inside.get(f"{end}put_layers"), f"{end}put", path) for end in ("in", "out"))
    order: list[Described] = []
    while True:
        if name not in by_name:
            raise ModelFileError(f"{path}: its layers form no chain: {name!r} is missing, or met twice.")
        layer, record = by_name.pop(name)
        order.insert(0, layer)
        if name == start:
            break
        name = _source(record.get("inbound_nodes"), layer, path)
    if by_name:
        raise ModelFileError(
            f"{path}: its layers form no chain: {next(iter(by_name))!r} is on no straight way from input to output, "
            "and branches cannot be read."
        )
    return order


def _only(ends: Any, what: str, path: Path) -> str:
    """The layer that is the one input or output: ["name", 0, 0], or [["name", 0, 0]]."""
    if isinstance(ends, list) and len(ends) == 1 and isinstance(ends[0], list):
        ends = ends[0]
    if not (isinstance(ends, list) and len(ends) == 3 and isinstance(ends[0], str) and ends[1:] == [0, 0]):
        raise ModelFileError(f"{path}: the network does not have one {what}: only such networks can be read.")
    return ends[0]


def _source(nodes: Any, layer: Described, path: Path) -> str:
    """The layer whose output is this one's only input, in the notation of Keras 3 or 2."""
    match nodes:
        case [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [str(name), 0, 0]}}], **more}]:
            options = more.get("kwargs")
            plain = isinstance(options, dict) and all(value in (None, False) for value in options.values())
        case [[[str(name), 0, 0, dict(options)]]]:
            plain = all(value in (None, False) for value in options.values())
        case _:
            name, plain = "", False
    if not plain:
        raise ModelFileError(
            f"{path}: layer {layer.name!r} ({layer.kind}) takes several inputs, is used several times, or is called "
            "with options: only layers one after the other can be read."
        )
    return name


def _in_shape(first: Described, inside: Mapping[str, Any]) -> Any:
    """The input's shape without the batch, wherever Keras 2 or 3 has put it."""
    for place in (
        first.config.get("batch_shape"),
        first.config.get("batch_input_shape"),
        inside.get("build_input_shape"),
    ):
        if isinstance(place, list) and len(place) > 1:
            return tuple(place[1:])
    return None


def _field(record: Any, name: str, kind: type[Any], path: Path) -> Any:
    value = record.get(name) if isinstance(record, dict) else None
    if not isinstance(value, kind):
        raise ModelFileError(f"{path}: its description lacks a proper {name!r}: this is no network that Keras wrote.")
    return value
