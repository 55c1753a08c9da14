"""The parts of which an explanation or lesson is made, and how they look on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from numnist.explain.numbers import beside
from numnist.explain.source import Quote
from numnist.nn.base import Array

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDTH = 80  # columns at most: longer lines are hard to read


@dataclass(frozen=True)
class Title:
    """The first line of a page."""

    text: str


@dataclass(frozen=True)
class Heading:
    """The line above a section."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Prose, wrapped anew: its own line breaks and indentation do not matter."""

    text: str


@dataclass(frozen=True)
class Lines:
    """Lines kept as they are, indented; `below` puts no blank line before them."""

    lines: tuple[str, ...]
    below: bool = False


@dataclass(frozen=True)
class Code:
    """Lines of the library's own source."""

    quote: Quote


@dataclass(frozen=True)
class Table:
    """Rows under heads.   right: the heads of the columns that are aligned right; None: of all but the first"""

    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Arrays:
    """Named arrays in full, side by side where there is room, under a label."""

    arrays: tuple[tuple[str, Array], ...]
    label: str = ""


Part = Title | Heading | Paragraph | Lines | Code | Table | Arrays


class Printer:
    """Prints a page part by part, in colour if the console has it."""

    def __init__(self, console: Console):
        self.console = console
        self.before: Part | None = None

    def page(self, parts: Iterable[Part]) -> None:
        for part in parts:
            self(part)

    def __call__(self, part: Part) -> None:
        """Print a part, with a blank line before it except below a heading and before `below` lines."""
        below = isinstance(part, Lines) and part.below
        if self.before and not isinstance(self.before, Title | Heading) and not below:
            self.console.print()
        for line in rendered(part, min(WIDTH, self.console.width), self.console):
            self.console.print(line, no_wrap=True, overflow="ignore", crop=False)
        self.before = part


def rendered(part: Part, width: int, console: Console) -> Iterator[Text]:
    """The lines of a part, at most `width` columns wide if they can be broken."""
    from rich.text import Text

    if isinstance(part, Title):
        yield Text(part.text, "bold cyan")
        yield Text("═" * min(width, len(part.text)), "cyan")
    elif isinstance(part, Heading):
        yield Text.assemble((part.text, "bold"), (" " + "─" * (width - len(part.text) - 1), "dim"))
    elif isinstance(part, Paragraph):
        yield from map(Text, _wrapped(" ".join(map(str.strip, part.text.strip().splitlines())), width, "  "))
    elif isinstance(part, Lines):
        for line in part.lines:
            yield from map(Text, _hanging(line, width) if line else [""])
    elif isinstance(part, Code):
        yield from _code(part.quote, width, console)
    elif isinstance(part, Table):
        head, *rows = _table(part, width)
        yield Text(head, "bold")
        yield from map(Text, rows)
    else:
        yield from map(Text, [f"  {part.label}:"] if part.label else [])
        yield from map(Text, beside(part.arrays, width))


def _hanging(line: str, width: int) -> list[str]:
    """A line with its indentation; what does not fit goes below, four columns further in."""
    if len(line) <= width - 2:
        return ["  " + line]
    indent = "  " + line[: len(line) - len(line.lstrip())]
    return _wrapped(line.lstrip(), width, indent, indent + "    ")


def _wrapped(text: str, width: int, indent: str, further: str = "  ") -> list[str]:
    """Lines of whole words, the first behind `indent`, the others behind `further`."""
    return wrap(
        text, width, initial_indent=indent, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )


def _code(quote: Quote, width: int, console: Console) -> Iterator[Text]:
    """The file and line, then the lines with their numbers; what is too wide goes below, eight columns further in."""
    from rich.syntax import Syntax
    from rich.text import Text

    yield Text(f"{quote.file}:{quote.first}", "dim")
    gutter = len(str(quote.first + len(quote.lines) - 1)) + 2
    coloured = Syntax("", "python", theme="ansi_dark", background_color="default").highlight("\n".join(quote.lines))
    for number, line in enumerate(coloured.split("\n", allow_blank=True)[: len(quote.lines)], quote.first):
        indent = " " * (len(line.plain) - len(line.plain.lstrip()) + 8)
        first, *further = line.wrap(console, width - gutter) if line.plain.strip() else [Text()]
        rest = Text(" ").join(further).wrap(console, width - gutter - len(indent)) if further else ()
        for text, lead in [(first, f"{number:>{gutter - 2}}  "), *((r, " " * gutter + indent) for r in rest)]:
            text.rstrip()
            yield Text.assemble((lead, "dim"), text) if text.plain else Text(lead.rstrip(), "dim")


def _table(part: Table, width: int) -> Iterator[str]:
    """Columns as wide as they need to be; a last column that does not fit is wrapped."""
    widths = [max(len(row[i]) for row in (part.heads, *part.rows)) for i in range(len(part.heads))]
    room = width - 2 - sum(w + 2 for w in widths[:-1])
    right = part.heads[1:] if part.right is None else part.right
    for row in (part.heads, *part.rows):
        cells = [cell.rjust(w) if head in right else cell.ljust(w) for cell, w, head in zip(row, widths, part.heads)]
        last = wrap(cells[-1].rstrip(), max(20, room)) if widths[-1] > room else [cells[-1]]
        lead = "  " + "".join(cell + "  " for cell in cells[:-1])
        yield (lead + (last[0] if last else "")).rstrip()
        yield from (" " * len(lead) + line for line in last[1:])
