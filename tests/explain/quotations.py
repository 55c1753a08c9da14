"""Quotations compared with the files that they name."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import numnist

ROOT = Path(numnist.__file__).parent.parent


def stands_in_its_file(file: str, first: int, lines: tuple[str, ...] | list[str]) -> bool:
    """Whether these are the file's lines from the first on, but for the indentation that all share."""
    there = (ROOT / file).read_text("utf-8").splitlines()[first - 1 : first - 1 + len(lines)]
    return dedent("\n".join(there)) == "\n".join(lines)
