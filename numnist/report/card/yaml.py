"""The few YAML that a model card begins with: tables, lists, texts and numbers, and any text safely in quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PLAIN = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def yaml(table: Mapping[str, Any]) -> str:
    """A table as a YAML document.

    Values are texts, whole numbers, floats of ordinary size, tables, and lists of any of these.  Texts are always in
    quotes, so that none of them is read as a number, a date or a yes.
    """
    return "".join(f"{line}\n" for line in _lines(table))


def _lines(value: Mapping[str, Any] | Sequence[Any], indent: str = "") -> Iterator[str]:
    items = value.items() if isinstance(value, Mapping) else (("-", each) for each in value)
    for name, each in items:
        head = f"{indent}-" if name == "-" else f"{indent}{name}:"
        if isinstance(each, Mapping | list | tuple):
            if not each:
                yield f"{head} {'{}' if isinstance(each, Mapping) else '[]'}"
            elif name == "-" and isinstance(each, Mapping):
                first, *others = _lines(each, f"{indent}  ")
                yield f"{head} {first.lstrip()}"
                yield from others
            else:
                yield head
                yield from _lines(each, f"{indent}  " if isinstance(each, Mapping) or name == "-" else indent)
        else:
            yield f"{head} {_scalar(each)}"


def _scalar(value: str | int | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6f}"  # YAML 1.1 takes 1e-05 for a text
    return f'"{"".join(map(_letter, value))}"'


def _letter(letter: str) -> str:
    """A character of a text in double quotes; what cannot be printed by its number."""
    code = ord(letter)
    if letter in PLAIN:
        return PLAIN[letter]
    if letter.isprintable() and not 0xD800 <= code < 0xE000:
        return letter
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
