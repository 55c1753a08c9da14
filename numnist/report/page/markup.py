"""HTML as nested calls, and the elements of a report: every text is escaped unless it is markup itself.

tag("p", "as it is: <b>", tag("b", "bold"), class_="note")   ->   <p class="note">as it is: &lt;b&gt;<b>bold</b></p>
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, NamedTuple

from numpy.typing import NDArray

from numnist.support.thumbnails import thumbnail

EMPTY = frozenset(("br", "col", "img", "link", "meta"))  # elements without an end tag
LONG = 40  # letters: a longer row name may wrap


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


class Section(NamedTuple):
    """A part of the page with its own heading.  Without content it is left out."""

    id: str
    title: str
    content: tuple[Markup, ...]


def note(*children: object) -> Markup:
    """Small print."""
    return tag("p", *children, class_="note")


def facts(*pairs: tuple[str, object]) -> Markup:
    """Names and values; a value of None is left out."""
    shown = (tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs if value is not None)
    return tag("dl", *shown, class_="facts")


def details(summary: str, *content: Markup) -> Markup:
    """Content that is folded away until you open it."""
    return tag("details", tag("summary", summary), *content)


def figure(drawing: Markup, *caption: object) -> Markup:
    return tag("figure", tag("figcaption", *caption), drawing)


def scroller(label: str, content: Markup) -> Markup:
    """A region for content that may be wider or longer than the page; it scrolls by keyboard too."""
    return tag("div", content, class_="scroller", tabindex=0, role="region", aria_label=label)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]], left: Sequence[str] = ()) -> Markup:
    """A table whose first column names its rows.  Columns in `left` are text, the others numbers."""
    kinds = [None if head in (heads[0], *left) else "number" for head in heads]
    head = tag("tr", *(tag("th", text, scope="col", class_=kind) for text, kind in zip(heads, kinds)))
    body = (
        tag(
            "tr",
            tag("th", row[0], scope="row", class_="long" if len(str(row[0])) > LONG else None),
            *(tag("td", cell, class_=kind) for cell, kind in zip(row[1:], kinds[1:])),
        )
        for row in rows
    )
    return scroller(caption, tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body)))


def code_block(text: str, name: str) -> Markup:
    """A command or file to copy.  name: what the button copies."""
    button = tag("button", "Copy", type="button", class_="copy", hidden=True, aria_label=f"Copy {name}")
    return tag("div", tag("pre", tag("code", text), tabindex=0), button, class_="command")


def picture(x: NDArray[Any], alt: str) -> Markup:
    """One picture (C, H, W).  alt: its description for readers who cannot see it."""
    kind = "picture photo" if len(x) == 3 else "picture"
    return tag("img", src=thumbnail(x), alt=alt, class_=kind, width=x.shape[2], height=x.shape[1])


def count(number: int, noun: str) -> str:
    """1 epoch, 2 epochs, 10,000 pictures, 3 classes."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def dimensions(shape: Sequence[int]) -> str:
    """24 × 12 × 12"""
    return " × ".join(map(str, shape))
