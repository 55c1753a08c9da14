"""docs/scaling.md as commands: what its console blocks, its Python and its prose tell people to run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/scaling.md").read_text("utf-8")


@dataclass(frozen=True)
class Example:
    """The commands of one console block.   title: its heading, and the first of them"""

    title: str
    commands: tuple[str, ...]


def commands(block: str) -> tuple[str, ...]:
    """The commands of a block: lines that end in a backslash go on, and comments are left out."""
    lines = re.sub(r"\\\n\s*", "", block).splitlines()
    without = (re.sub(r"(^|\s+)#.*", "", line) for line in lines)
    return tuple(line for line in without if line)


def examples(text: str = TEXT) -> list[Example]:
    """All console blocks, in order."""
    found, heading = [], ""
    for match in re.finditer(r"^#+ ([^\n]*)$|^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        heading = match[1] or heading
        if match[2] == "console":
            lines = commands(match[3])
            found.append(Example(f"{heading}: {lines[0]}", lines))
    return found


def python(text: str = TEXT) -> list[str]:
    """All Python blocks."""
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def in_prose(text: str = TEXT) -> list[str]:
    """Every command in the running text, as `numnist recipes quick`."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose))
    starts = ("numnist ", "mpiexec ", "srun ", "sbatch ", "dask ", "pip ", "python ")
    return sorted({span for span in spans if span.startswith(starts)})
