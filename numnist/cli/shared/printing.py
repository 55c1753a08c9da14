"""Printing: results on stdout, everything else on stderr, JSON where it is asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console  # imported where it is used: --json prints without it

PLAIN_WIDTH = 160  # of tables when nobody's terminal says how wide it is


def result(text: str) -> None:
    """A line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def result_json(value: Any) -> None:
    """The result for programs."""
    result(json.dumps(value, indent=2))


def note(label: str, text: str) -> None:
    """What a person wants to know on the way: a label and a text, on stderr."""
    from rich.text import Text

    console(stderr=True).print(Text.assemble((f"{label:<9} ", "bold cyan"), text), soft_wrap=True)


def error(text: str) -> None:
    """One paragraph of what went wrong."""
    from rich.text import Text

    console(stderr=True).print(Text.assemble(("error: ", "bold red"), text), soft_wrap=True)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
    """A table as a result; columns named in `right` are numbers."""
    from rich.table import Table
    from rich.text import Text

    out = console()
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for head in heads:
        grid.add_column(head, justify="right" if head in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    out.print(grid)


def console(stderr: bool = False) -> Console:
    """Made when it is used, so that it writes to whatever stdout and stderr are then."""
    from rich.console import Console

    file = sys.stderr if stderr else sys.stdout
    return Console(file=file, highlight=False, width=None if file.isatty() else PLAIN_WIDTH)
