"""HTML as nested calls: every text is escaped unless it is markup itself.

tag("p", "as it is: <b>", tag("b", "bold"), class_="note")   ->   <p class="note">as it is: &lt;b&gt;<b>bold</b></p>
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

EMPTY = frozenset(("br", "col", "img", "link", "meta"))  # elements without an end tag


class Markup(str):
    """Text that is already HTML."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """An element.  Attributes: class_ is class, data_cell data-cell; True is the name alone, False and None nothing."""
    start = name + "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{start}>") if name in EMPTY else Markup(f"<{start}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Markup:
    """Texts and markup, concatenated; None is skipped."""
    parts = (child if isinstance(child, Markup) else escape(str(child)) for child in children if child is not None)
    return Markup("".join(parts))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
