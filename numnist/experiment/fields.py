"""Every field of a recipe by its name: optimizer.learning_rate, network.5.rate, schedule.type.

A name leads through the recipe's table, as its TOML file shows it; a number is a place in a list, counted from 0.  The
changed table becomes a recipe again, so that all checks of a recipe hold.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from typing import Any

from numnist.data.augment import Augment
from numnist.experiment.recipe import Recipe
from numnist.nn import INITIALIZERS, LAYERS
from numnist.nn.losses import LOSSES
from numnist.optim.optimizers import OPTIMIZERS
from numnist.optim.schedules import SCHEDULES
from numnist.support.errors import UsageError
from numnist.support.reading import from_toml
from numnist.support.serialisation import suggest, to_dict

# Types that can take each other's place
FAMILIES: tuple[Mapping[str, type[Any]], ...] = (
    OPTIMIZERS, SCHEDULES, LOSSES, {"Augment": Augment}, LAYERS, INITIALIZERS,
)  # fmt: skip
NONE = "none"


def set_fields(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """The recipe with these fields, by name; text is read as a word of the command line.

    0.25, 1e-3, true and [3, 5] are what they are in TOML; `none` is no value, where a field may have none.  A whole
    number makes a float where the field is one.  A new type, such as optimizer.type = "Adam", keeps the fields that
    both types have; types are set first, whatever the order.  Raises UsageError for names and values that do not fit.
    """
    table = recipe.to_dict()
    for name in sorted(values, key=lambda name: (not name.endswith(".type"), name.count("."))):
        _set(table, name, values[name])
    return Recipe.from_dict(table)


def get_field(recipe: Recipe, name: str) -> Any:
    """The value of a field, None if it has none.  Raises UsageError for a name that does not exist."""
    table = recipe.to_dict()
    place, last = _find(table, name)
    return place[last] if isinstance(place, list) else place.get(last)


def takes(recipe: Recipe, name: str) -> str:
    """What numbers a field takes: "whole", "real", or "" for none.  Raises UsageError as `get_field`."""
    place, last = _find(recipe.to_dict(), name)
    if isinstance(place, list):
        return "whole" if type(place[last]) is int else ""
    if last == "type":
        return ""
    kinds = _kinds(_known(place)[last])
    return "real" if "float" in kinds else "whole" if kinds & {"int", "Pair"} else ""


def field_names(recipe: Recipe) -> list[str]:
    """The names of all fields, those without a value included."""
    return list(_names(recipe.to_dict()))


def read_word(word: str) -> Any:
    """A word as TOML reads it: a number, true or false, a list or table; else text."""
    try:
        found = from_toml(f"word = {word}")
    except ValueError:
        try:
            return float(word)  # .5 and 5. are numbers to people
        except ValueError:
            return word
    dates = datetime.date | datetime.time  # a datetime is a date
    return found["word"] if len(found) == 1 and not isinstance(found["word"], dates) else word


def _set(table: dict[str, Any], name: str, value: Any) -> None:
    place, last = _find(table, name)
    if isinstance(place, list):
        if isinstance(place[last], dict):
            raise UsageError(f"{name} is {place[last]['type']}: set one of its fields, {_choices(place[last], name)}.")
        place[last] = read_word(value) if isinstance(value, str) else value
    elif last == "type":
        _set_type(place, name, str(value))
    else:
        field = _known(place)[last]
        value = _value(field, name, value, place.get(last))
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value


def _set_type(place: dict[str, Any], name: str, word: str) -> None:
    """Change a table's type; it keeps the fields that both types have."""
    family = _family(place["type"])
    plain = {key.lower(): key for key in family}
    key = plain.get(word.lower().replace("-", "").replace("_", ""))
    if key is None:
        raise UsageError(f"{name}: unknown type {word!r}{suggest(word, family)}; there are {', '.join(family)}.")
    known = {f.name: f for f in fields(family[key])} if is_dataclass(family[key]) else {}
    kept = {field: value for field, value in place.items() if field in known}
    place.clear()
    place["type"] = key
    for field in known.values():
        if field.name in kept:
            place[field.name] = kept[field.name]
        elif field.default is not MISSING and field.default is not None:
            place[field.name] = to_dict(field.default) if is_dataclass(field.default) else field.default


def _value(field: Field[Any], name: str, value: Any, current: Any) -> Any:
    """The value that a field is given, None for none.  Raises UsageError where its kind is wrong."""
    kinds = _kinds(field)
    if isinstance(value, str):
        if value.lower() == NONE and field.default is None:
            return None
        if kinds - {"None"} == {"str"}:
            word = read_word(value)
            return word if isinstance(word, str) else value
        word, value = value, read_word(value)
    else:
        word = repr(value)
    if isinstance(current, dict) and not isinstance(value, dict):
        family = _family(current["type"])
        other = {key.lower(): key for key in family}.get(word.lower()) or next(
            k for k in family if k != current["type"]
        )
        raise UsageError(f"{name} is {current['type']}: set its type, as {name}.type={other}, or a field of it.")
    if isinstance(current, list) and any(isinstance(each, dict) for each in current):
        raise UsageError(
            f"{name} is a list of {len(current)} layers: set a field of one of them, {_choices(current, name)}."
        )
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kinds & {"int", "float"} and not kinds & {"bool", "str", "Pair", "tuple"}:
        if not number:
            raise UsageError(f"{name} is {word}, but must be a number.")
        if "float" in kinds:
            return float(value)
        if not isinstance(value, int):
            raise UsageError(f"{name} is {word}, but must be a whole number.")
    if kinds == {"bool"} and not isinstance(value, bool):
        raise UsageError(f"{name} is {word}, but must be true or false.")
    return value


def _find(table: dict[str, Any], name: str) -> tuple[Any, Any]:
    """Where the field stands: a table and a field's name, or a list and a place.  Raises UsageError."""
    node: Any = table
    parts = name.split(".")
    for i, part in enumerate(parts):
        before = ".".join(parts[:i])
        if isinstance(node, dict) and node.get("type") == "Sequential" and part.isdecimal():
            node = node["layers"]  # network.3.body.0 is what network.3.body.layers.0 is
        if isinstance(node, list):
            if not part.isdecimal() or int(part) >= len(node):
                raise _unknown(table, name, node, before)
            key: Any = int(part)
        elif isinstance(node, dict):
            if part not in _known(node) and not (part == "type" and "type" in node):
                raise _unknown(table, name, node, before)
            key = part
        else:
            raise UsageError(f"there is no field {name!r}: {before} is {node!r}, which has no fields.")
        if i == len(parts) - 1:
            return node, key
        if isinstance(node, dict) and key not in node:  # it is None
            family = _known(node)[key].metadata.get("table")
            if not family or len(family) > 1:
                raise UsageError(
                    f"there is no field {name!r}: this recipe has no {'.'.join(parts[: i + 1])}. Give it one in a "
                    "recipe file of your own."
                )
            node[key] = to_dict(next(iter(family.values()))())
        node = node[key]
    raise UsageError("a field needs a name, such as optimizer.learning_rate.")


def _unknown(table: dict[str, Any], name: str, node: Any, before: str) -> UsageError:
    """What to say of a name that does not exist: the nearest one, and what is there."""
    names = list(_names(table))
    near = [known for known in names if known.endswith(f".{name}")][:1] or get_close_matches(name, names, 1, 0.8)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    where = f"{before} ({node['type']})" if isinstance(node, dict) and before else before or "a recipe"
    return UsageError(f"there is no field {name!r}{meant}; {where} has {_choices(node, '')}.")


def _choices(node: Any, prefix: str) -> str:
    """What a table or list has, in words."""
    if isinstance(node, list):
        dot = f"{prefix}." if prefix else ""
        return ", ".join(
            f"{dot}{i} ({each['type']})" if isinstance(each, dict) else f"{dot}{i}" for i, each in enumerate(node)
        )
    names = [*(["type"] if "type" in node else []), *_known(node)]
    return ", ".join(f"{prefix}.{name}" if prefix else name for name in names)


def _names(node: Any, prefix: str = "") -> Iterator[str]:
    """The names of all fields below a node."""
    if isinstance(node, list) and any(isinstance(each, dict) for each in node):
        for i, each in enumerate(node):
            yield from _names(each, f"{prefix}{i}.")
    elif isinstance(node, dict):
        if "type" in node:
            yield f"{prefix}type"
        for name in _known(node):
            value = node.get(name)
            if isinstance(value, dict | list):
                yield from _names(value, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}"
    else:
        yield prefix.removesuffix(".")


def _known(node: Mapping[str, Any]) -> dict[str, Field[Any]]:
    """The fields of a table: of the recipe, or of what has its type."""
    kind = _family(node["type"])[node["type"]] if "type" in node else Recipe
    return {f.name: f for f in fields(kind)} if is_dataclass(kind) else {}


def _family(name: str) -> Mapping[str, type[Any]]:
    for family in FAMILIES:
        if name in family:
            return family
    raise UsageError(f"{name} is none of numnist's own types, so its fields have no names here: change it in Python.")


def _kinds(field: Field[Any]) -> set[str]:
    """The names in a field's annotation: {"float", "None"}."""
    return set(re.findall(r"\w+", str(field.type)))
