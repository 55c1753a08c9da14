"""Joins the page's ES modules into one, so that a browser asks once for all of them.

The sources stay what a browser can run as they are.  Joined, each module is a function that is called once, in the
order of the imports, and returns what it exports:

    import { el, note as hint } from "../base/dom.js";      const { el, note: hint } = $base_dom;
    export function bars(root) {                            function bars(root) {
                                                            return { bars };

So a module may import names, from a relative path, and export functions, classes and constants where it declares them:
what else ES modules can do is refused.  Lines stay lines, and a source map leads an error to its file and line.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";', re.MULTILINE)
EXPORT = re.compile(r"^export (async function|function|class|const) (\w+)", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*|\bimport(?:\(|\.meta)", re.MULTILINE)
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def joined(sources: Mapping[str, str], first: str) -> str:
    """One module that does what `first` does: it, and all that it imports.

    sources: the text of each module by its path.  Raises ValueError for what cannot be joined: an import of what is not
    there, a circle of imports, and other forms of import and export than those above.
    """
    parts = [_function(name, sources[name]) for name in in_order(sources, first)]
    return "".join(parts)


def in_order(sources: Mapping[str, str], first: str) -> list[str]:
    """`first` and the modules that it needs, each after those that it imports.  Raises ValueError as `joined` does."""
    order: list[str] = []

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            raise ValueError(f"these modules import each other: {' -> '.join((*way, name))}.")
        if name not in sources:
            raise ValueError(f"{way[-1] if way else 'the page'} imports {name}, which is not there.")
        if name in order:
            return
        for _, path in IMPORT.findall(sources[name]):
            visit(_resolved(name, path), (*way, name))
        order.append(name)

    visit(first, ())
    return order


def source_map(sources: Mapping[str, str], first: str, folder: str) -> str:
    """The source map of `joined`: version 3, as JSON.   folder: the URL of the modules' folder"""
    names = in_order(sources, first)
    mapping = {
        "version": 3,
        "sources": [folder + name for name in names],
        "sourcesContent": [sources[name] for name in names],
        "names": [],
        "mappings": "".join(_mappings([_lines(sources[name]) for name in names])),
    }
    return json.dumps(mapping)


def _function(name: str, text: str) -> str:
    """A module as a constant, on as many lines as it has itself."""
    exported = [found for _, found in EXPORT.findall(text)]
    body = IMPORT.sub(lambda found: _constants(name, found), text)
    body = EXPORT.sub(r"\1 \2", body)
    if other := OTHER.search(body):
        message = "modules import { names } and export functions, classes and constants, nothing else"
        raise ValueError(f"{name} cannot be joined: {other[0]!r}; {message}.")
    return f"const {_variable(name)} = (() => {{ {body.rstrip()}\nreturn {{ {', '.join(exported)} }}; }})();\n"


def _lines(text: str) -> int:
    """How many lines `_function` makes of a module, the last of which is its return."""
    return text.rstrip().count("\n") + 2


def _constants(name: str, found: re.Match[str]) -> str:
    """An import as constants, with the line breaks that it had."""
    names = [part.strip().replace(" as ", ": ") for part in found[1].split(",") if part.strip()]
    breaks = "\n" * found[0].count("\n")
    return f"const {{ {', '.join(names)} }} = {_variable(_resolved(name, found[2]))};{breaks}"


def _resolved(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _variable(name: str) -> str:
    """base/dom.js -> $base_dom"""
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


def _mappings(lengths: list[int]) -> Iterator[str]:
    """Line for line: its start comes from the start of that line of its module."""
    source = line = 0  # of the segment before: each number in a map is the difference to it
    for index, length in enumerate(lengths):
        for number in range(length):
            place = min(number, length - 2)  # the return has no line of its own
            yield "".join(map(_vlq, (0, index - source, place - line, 0))) + ";"
            source, line = index, place


def _vlq(value: int) -> str:
    """A number as source maps write it: base 64, five bits a digit, the lowest first, the lowest bit the sign."""
    rest, digits = (abs(value) << 1) | (value < 0), ""
    while True:
        digit, rest = rest & 31, rest >> 5
        digits += BASE64[digit | (32 if rest else 0)]
        if not rest:
            return digits
