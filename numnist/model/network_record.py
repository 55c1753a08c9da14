"""A network as JSON types, and back: numnist's own layers by a closed table, others where they are handed over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from numnist.nn import INITIALIZERS, LAYERS
from numnist.nn.base import Layer
from numnist.support.errors import UsageError
from numnist.support.serialisation import from_dict, to_dict

KNOWN: dict[str, type[Any]] = LAYERS | INITIALIZERS


def network_to_dict(network: Layer) -> dict[str, Any]:
    """The network in JSON types, from which `network_from_dict` makes an equal one.

    Raises UsageError if it could not: for a layer that is no dataclass, with fields that are no plain values, or with
    the name of one of numnist's.
    """
    own = {}
    for thing in _own(network):
        name = type(thing).__name__
        if name in KNOWN:
            raise UsageError(f"a layer of your own cannot be saved as {name!r}, which is numnist's: rename the class.")
        if not is_dataclass(thing) or set(vars(thing)) - {field.name for field in fields(thing)}:
            raise UsageError(
                f"the layer {name} cannot be saved, since what is in it is not known: make it a frozen dataclass, all "
                "of whose attributes are fields."
            )
        own[name] = type(thing)
    try:
        record: dict[str, Any] = json.loads(json.dumps(to_dict(network), allow_nan=False))
        same = to_dict(from_dict(record, KNOWN | own)) == record
    except (TypeError, ValueError) as error:
        raise UsageError(f"the network cannot be saved: {error}. {_PLAIN}") from None
    if not same:
        raise UsageError(f"the network cannot be saved: what would be read back differs from it. {_PLAIN}")
    return record


_PLAIN = "The fields of a layer must be numbers, texts, True, False, None, tuples of these, or layers."


def network_from_dict(record: Any, layers: Sequence[type[Layer]] = ()) -> Layer:
    """The network in a record.   layers: classes of other people's that may occur in it

    Raises UsageError for types that are not known, and for what is no layer.
    """
    own = {}
    for kind in layers:
        if not (isinstance(kind, type) and issubclass(kind, Layer) and is_dataclass(kind)):
            raise UsageError(f"layers has {kind!r}, but needs classes of layers that are dataclasses, as in [Scale].")
        if kind.__name__ in KNOWN:
            raise UsageError(f"layers has a class {kind.__name__}, which is also one of numnist's: rename it.")
        own[kind.__name__] = kind
    network = from_dict(record, KNOWN | own, "network")
    if not isinstance(network, Layer):
        raise UsageError("its network is not a layer.")
    return network


def _own(thing: Any) -> Iterator[Any]:
    """Each object in a network, itself included, that is not numnist's."""
    if isinstance(thing, tuple | list):
        for each in thing:
            yield from _own(each)
    elif isinstance(thing, Layer) or is_dataclass(thing):
        if KNOWN.get(type(thing).__name__) is not type(thing):
            yield thing
        for field in fields(thing) if is_dataclass(thing) else ():
            yield from _own(getattr(thing, field.name))
