"""Parts: what sections are made of: tables, facts, notes, pictures, and numbers as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from numnist.report.page.markup import Markup, tag
from numnist.report.page.thumbnails import thumbnail

LONG = 40  # letters of a row's name, from which on it may take several lines


class Section(NamedTuple):
    """A part of the page with a heading of its own; without content it is left out."""

    id: str
    title: str
    content: tuple[Markup, ...]


def paragraph(*children: object) -> Markup:
    return tag("p", *children)


def note(*children: object) -> Markup:
    """Small print."""
    return tag("p", *children, class_="note")


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Names with what they are; what is None is left out."""
    shown = ((name, value) for name, value in pairs if value is not None)
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in shown), class_="facts")


def details(summary: str, *content: Markup) -> Markup:
    """What is folded away until somebody asks for it."""
    return tag("details", tag("summary", summary), *content)


def scroller(label: str, content: Markup) -> Markup:
    """A place for what may be wider or longer than the page, which can be scrolled by keyboard too."""
    return tag("div", content, class_="scroller", tabindex=0, role="region", aria_label=label)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]], left: Sequence[str] = ()) -> Markup:
    """A table whose first column names its rows.  Columns in `left` are words, the others numbers."""
    kinds = [None if head in left else "number" for head in heads]
    kinds[0] = None
    head = tag("tr", *(tag("th", text, scope="col", class_=kind) for text, kind in zip(heads, kinds)))
    body = (
        tag(
            "tr",
            tag("th", row[0], scope="row", class_="long" if len(str(row[0])) > LONG else None),
            *(tag("td", cell, class_=kind) for cell, kind in zip(row[1:], kinds[1:])),
        )
        for row in rows
    )
    shown = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return scroller(caption, shown)


def command(text: str, name: str) -> Markup:
    """A line or file to copy.  name: what the button copies."""
    button = tag("button", "Copy", type="button", class_="copy", hidden=True, aria_label=f"Copy {name}")
    return tag("div", tag("pre", tag("code", text), tabindex=0), button, class_="command")


def picture(x: NDArray[Any], says: str) -> Markup:
    """One picture (C, H, W); says: what it shows, for those who do not see it."""
    kind = "picture photo" if len(x) == 3 else "picture"
    return tag("img", src=thumbnail(x), alt=says, class_=kind, width=x.shape[2], height=x.shape[1])


def count(number: int, noun: str) -> str:
    """1 epoch, 2 epochs, 10,000 pictures, 3 classes."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def size(nbytes: int) -> str:
    """0.86 MB, 3 kB."""
    return f"{nbytes / 1e6:.2f} MB" if nbytes >= 1e5 else f"{nbytes / 1e3:.0f} kB"
