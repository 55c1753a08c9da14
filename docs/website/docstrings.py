"""From the layout of numnist's docstrings to reStructuredText.

A docstring is plain text: formulas and shapes on lines of their own, `name: what it is` for fields and arguments,
several in a line after two spaces, or in columns; what it raises; examples indented by four.  None of it is markup, so
that a star or an underscore stands for itself.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from itertools import groupby
from textwrap import dedent
from typing import Any

import numnist

NAMES = r"[a-z]\w*(?:(?:,| and) [a-z]\w*)*"
ENTRY = re.compile(rf"({NAMES}):\s+(?=\S)")
QUOTED = re.compile(r'("\w+"):\s+(?=\S)')
COLUMN = re.compile(r"(\w+)\s+(?=\S)")
FORMULA = re.compile(r"\S[^.:]{0,40}? (?:=|←) ")
SHAPE = re.compile(rf"{NAMES}: \(|\(\S.*?\) -> ")
FURTHER = re.compile(rf"(?:;|(?<=[.)\w]))\s{{2,}}(?={NAMES}: |\(\S+, N\) -> |Raises |Returns )|;?\s{{3,}}")
BREAK = re.compile(rf'\n(?={NAMES}: |"\w+": |Raises |\S+ ← )')
SENTENCE = re.compile(r"(?<=\.)\n(?=[A-Z])")
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\barxiv\.org/abs/[\d.]*\d")
WORD = re.compile(r"\b[A-Z]\w+\b")

Piece = tuple[str, str]  # its kind (prose, line, entry, code, columns) and its text


def process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """What Sphinx calls for each docstring, whose lines it changes."""
    lines[:] = rest(lines, known(obj)).splitlines()


def foreign(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """What Sphinx calls for each member: True leaves it out, as those that scikit-learn makes in an estimator."""
    return None if getattr(obj, "__module__", "numnist").startswith("numnist") else True


def known(obj: Any) -> set[str]:
    """The names of an object's arguments, fields and attributes."""
    try:
        found = set(inspect.signature(obj).parameters)
    except (TypeError, ValueError):
        found = set()
    return found | {name for name in dir(obj) if not name.startswith("_")} if inspect.isclass(obj) else found


def rest(lines: list[str], names: set[str]) -> str:
    """A docstring as reStructuredText.   names: of arguments and fields"""
    blocks = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    pieces = [piece for block in blocks for piece in [*pieces_of(block.strip("\n"), names), ("end", "")]]
    text = "\n".join(line for kind, group in groupby(pieces, lambda piece: piece[0]) for line in written(kind, group))
    return re.sub(r"\n{3,}", "\n\n", text)


def pieces_of(block: str, names: set[str]) -> Iterator[Piece]:
    """The parts of what stands between two blank lines."""
    lines = block.splitlines()
    if all(line.startswith("    ") or not line for line in lines):
        yield "code", dedent(block)
    elif is_columns(lines, names):
        for entry in re.split(r"\n(?=\S)", block):
            column = COLUMN.match(entry)
            yield "entry", f"{column[1]}\0{in_a_line(entry[column.end() :])}"
    else:
        for text in BREAK.split(block):
            for line in SENTENCE.split(text) if ENTRY.match(text) else [text]:
                for piece in split(in_a_line(line, keep=True), names):
                    yield classified(piece, names)


def is_columns(lines: list[str], names: set[str]) -> bool:
    """Whether these are names, each with its description to the right of it."""
    firsts = [line for line in lines if not line.startswith(" ")]
    starts = [COLUMN.match(line) for line in firsts]
    if not all(start and start[1] in names for start in starts):
        return False
    return len(firsts) < len(lines) or all("  " in start[0] for start in starts)


def split(text: str, names: set[str]) -> Iterator[str]:
    """A text at the entries in it, which follow after two spaces, or after a semicolon where their name is known."""
    for piece in FURTHER.split(text):
        at = 0
        for found in re.finditer(rf"; (?=({NAMES}): )", piece):
            if set(listed(found[1])) <= names and ENTRY.match(piece):
                yield piece[at : found.start()]
                at = found.end()
        yield piece[at:]


def classified(text: str, names: set[str]) -> Piece:
    """A piece with its kind."""
    entry = ENTRY.match(text) or QUOTED.match(text)
    shape = SHAPE.match(text)
    if entry and (not shape or set(listed(entry[1])) <= names) and "->" not in text:
        return "entry", f"{entry[1]}\0{in_a_line(text[entry.end() :]).rstrip(';')}"
    if shape or FORMULA.match(text):
        return "line", in_a_line(text)
    return "prose", in_a_line(text)


def listed(names: str) -> list[str]:
    """The names before a colon."""
    return re.split(r", | and ", names)


def in_a_line(text: str, keep: bool = False) -> str:
    """A text without its line breaks.   keep: leave several spaces, which separate"""
    joined = re.sub(r"\s*\n\s*", " ", text.strip())
    return joined if keep else re.sub(r" {2,}", " ", joined)


def written(kind: str, group: Iterator[Piece]) -> Iterator[str]:
    """Pieces of one kind in reStructuredText."""
    for _, text in group:
        if kind == "code":
            yield from [".. code-block:: python", "", *(f"    {line}" for line in text.splitlines()), ""]
        elif kind == "line":
            yield f"| {inline(text)}"
        elif kind == "entry":
            name, _, what = text.partition("\0")
            names = re.sub(r'["\w]+', lambda word: word[0] if word[0] == "and" else f"``{word[0]}``", name)
            yield f"* {names}: {inline(what)}"
        elif kind == "prose":
            yield from [raised(text) if text.startswith("Raises ") else inline(text), ""]
    yield ""


def raised(text: str) -> str:
    """What an object raises, with links to the errors."""
    return "**Raises** " + WORD.sub(lambda word: linked(word[0], word[0]), inline(text.removeprefix("Raises ")))


def inline(text: str) -> str:
    """A text in which nothing is markup but names in backticks, which become code, and addresses of papers."""
    parts = CODE.split(text)
    for i, part in enumerate(parts):
        parts[i] = linked(part, f"``{part}``") if i % 2 else LINK.sub(address, escaped(part))
    return "".join(parts)


def escaped(text: str) -> str:
    return re.sub(r"([\\*|]|_(?!\w))", r"\\\1", text)


def address(found: re.Match[str]) -> str:
    return f"`{found[0]} <https://{found[0]}>`__"


def linked(name: str, otherwise: str) -> str:
    """A link to a public name's place in the reference; other text as it is otherwise."""
    if name.partition(".")[0] not in numnist.__all__:
        return otherwise
    return rf":py:obj:`{name} <numnist.{name}>`"
