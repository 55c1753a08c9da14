"""Printing: results to stdout, everything else to stderr, JSON on request."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from numnist.cli.shared.width import least_width
from numnist.support.checks import DIRECTIONS

if TYPE_CHECKING:
    from rich.console import Console  # imported where it is used: --json prints without it

PLAIN_WIDTH = 160  # of tables that are not printed to a terminal
CONTROL = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{DIRECTIONS}]")  # all but tabs and ends of lines


def visible(text: str) -> str:
    """The text with its control characters in letters: the name of a file must not clear or colour the screen."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def result(text: str) -> None:
    """Print a line of the result."""
    sys.stdout.write(visible(text) + "\n")
    sys.stdout.flush()


def result_json(value: Any) -> None:
    """Print the result for programs."""
    result(json.dumps(value, indent=2))


def note(label: str, text: str) -> None:
    """Print progress for people to stderr: a label and a text."""
    from rich.text import Text

    console(stderr=True).print(Text.assemble((f"{label:<9} ", "bold cyan"), visible(text)), soft_wrap=True)


def error(text: str) -> None:
    """Print an error message, one paragraph, to stderr."""
    from rich.text import Text

    console(stderr=True).print(Text.assemble(("error: ", "bold red"), visible(text)), soft_wrap=True)


def confirmed(question: str) -> bool:
    """Whether the user answers yes; without a terminal nobody is asked, and the answer is no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    console(stderr=True).print(f"{visible(question)} [y/N] ", end="", markup=False)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
    """Print a table as a result; the columns named in `right` are aligned to the right.

    On a terminal that is too narrow for the longest words each row is a block of lines, one for each column.
    """
    from rich.table import Table
    from rich.text import Text

    out, rows = console(), [[visible(cell) for cell in row] for row in rows]
    plain = None if out.is_terminal else _plain_table(heads, rows, right)
    if plain is not None:
        result(plain)
        return
    if out.is_terminal and _breaks_words(heads, rows, out.width):
        longest = max(map(len, heads))
        blocks = ("\n".join(f"{head:<{longest}}  {cell}".rstrip() for head, cell in zip(heads, row)) for row in rows)
        result("\n\n".join(blocks))
        return
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for head in heads:
        grid.add_column(head, justify="right" if head in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    out.print(grid)


def _breaks_words(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a table of that width breaks words that are shorter than half of it, rather than a path or a hash."""
    words = ([[w for w in cell.split() if 2 * len(w) <= width] for cell in line] for line in [heads, *rows])
    longest = [max((len(w) for cell in column for w in cell), default=0) for column in zip(*words)]
    return sum(longest) + 2 * (len(heads) - 1) > width


def _plain_table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> str | None:
    """What rich would print to a file, where no cell needs folding, in a tenth of the time; None where one does."""
    from rich.cells import cell_len

    lines = [heads, *rows]
    sizes = [[cell_len(cell) for cell in line] for line in lines]
    widths = [max(column) for column in zip(*sizes)]
    if sum(widths) + 2 * (len(heads) - 1) > PLAIN_WIDTH or not all(cell.isprintable() for row in lines for cell in row):
        return None
    text = []
    for line, size in zip(lines, sizes):
        cells = []
        for head, cell, short in zip(heads, line, (width - n for width, n in zip(widths, size))):
            cells.append(" " * short + cell if head in right else cell + " " * short)
        text.append("  ".join(cells))
    return "\n".join(text)


def console(stderr: bool = False) -> Console:
    """A new console for the current stdout or stderr, which tests and callers may replace.

    With NO_COLOR in the environment it sends plain text, as https://no-color.org asks, and nothing bold either.
    """
    from rich.console import Console

    file = sys.stderr if stderr else sys.stdout
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    width = least_width() if file.isatty() else PLAIN_WIDTH
    return Console(file=file, highlight=False, width=width, color_system=colours)
