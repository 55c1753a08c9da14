"""Serialisation: frozen dataclasses as plain dictionaries, and back through closed tables of names.

A dictionary names its type, {"type": "Conv2d", "filters": 28, "kernel": 3}.  Only the types in the given table can
be made from one, so a file can never run code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from numnist.support.errors import UsageError


def to_dict(thing: Any) -> dict[str, Any]:
    """All fields of a frozen dataclass as JSON and TOML types; fields that are None are left out (TOML has no null)."""
    pairs = ((f.name, _plain(getattr(thing, f.name))) for f in fields(thing))
    return {"type": type(thing).__name__} | {name: value for name, value in pairs if value is not None}


def from_dict(data: Any, table: Mapping[str, type[Any]], what: str = "specification") -> Any:
    """The object that `to_dict` serialised.

    `table` is the closed table {name: class} of the types allowed here and in all fields.  Raises UsageError for
    unknown types and fields, and for values that the class itself refuses.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("type"), str):
        raise UsageError(f'{what}: expected a table with a type, as {{type = "..."}}, but found {data!r}.')
    name = data["type"]
    if name not in table:
        raise UsageError(f"{what}: unknown type {name!r}{suggest(name, table)}; there are {', '.join(table)}.")
    known = {f.name: f for f in fields(table[name])}
    values = {}
    for key, value in data.items():
        if key == "type":
            continue
        if key not in known:
            raise UsageError(f"{what}: {name} has no field {key!r}{suggest(key, known)}; it has {', '.join(known)}.")
        values[key] = _rich(value, table, f"{what}: {name}.{key}")
    missing = [key for key, field in known.items() if field.default is MISSING and key not in values]
    if missing:
        raise UsageError(f"{what}: {name} needs {', '.join(missing)}.")
    try:
        make = getattr(table[name], "from_fields", table[name])
        return make(**values)
    except UsageError as error:  # names the field, but not where it is
        raise UsageError(f"{what}: {error}") from error
    except TypeError as error:  # such as text instead of a number, met by the class's own checks
        raise UsageError(f"{what}: {name} cannot be made from {values}: {error}.") from error


def constructor_repr(thing: Any) -> str:
    """The expression that makes this object: required fields by position, others by name, if not the default."""
    parts = []
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.default is MISSING:
            parts.append(repr(value))
        elif value != field.default:
            parts.append(f"{field.name}={value!r}")
    return f"{type(thing).__name__}({', '.join(parts)})"


def suggest(name: str, known: Mapping[str, Any] | list[str]) -> str:
    """' (did you mean ...?)' for a name that is nearly right, else ''."""
    from difflib import get_close_matches  # imported here, because few names are wrong

    lower = {k.lower(): k for k in known}
    close = get_close_matches(name.lower(), list(lower), n=1)
    return f" (did you mean {lower[close[0]]!r}?)" if close else ""


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return to_dict(value)
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value


def _rich(value: Any, table: Mapping[str, type[Any]], what: str) -> Any:
    if isinstance(value, Mapping):
        return from_dict(value, table, what)
    if isinstance(value, list | tuple):
        return tuple(_rich(v, table, f"{what}[{i}]") for i, v in enumerate(value))
    return value
