"""An explanation: everything that is known of one layer, loss, optimizer, or whatever else is explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from numnist.explain.checks import Check
from numnist.explain.document import Arrays, Code, Heading, Lines, Paragraph, Part, Title
from numnist.explain.examples.layer_example import ByHand
from numnist.explain.source import Quote
from numnist.nn.base import Array


@dataclass(frozen=True)
class Explanation:
    """What is shown of one thing that can be explained.

    about: its docstring;  gradient: backward's formulas;  formulas: others, of what has no backward pass;  sources:
    (heading, quotation);  example: the object that ran, as its source, and shapes in words;  arrays: inputs and
    results, in groups;  by_hand: numbers worked out by hand;  checks: comparisons with other ways to compute them.
    """

    name: str
    kind: str
    about: str
    gradient: tuple[str, ...]
    paper: str
    sources: tuple[tuple[str, Quote], ...]
    example: str
    shapes: str
    note: str
    arrays: dict[str, dict[str, Array]]
    by_hand: tuple[ByHand, ...]
    checks: tuple[Check, ...]
    formulas: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self) | {
            "sources": [{"heading": heading} | asdict(quoted) for heading, quoted in self.sources],
            "arrays": {
                group: {name: array.tolist() for name, array in arrays.items()} for group, arrays in self.arrays.items()
            },
            "checks": [asdict(check) | {"ok": check.ok} for check in self.checks],
        }

    def page(self) -> Iterator[Part]:
        """The explanation as a page for a terminal."""
        yield Title(f"{self.name} ({self.kind})")
        yield from _docstring_parts(self.about)
        if self.paper:
            yield Paragraph(f"Paper: {self.paper}")
        if self.gradient:
            yield Heading("The gradient")
            yield Lines(self.gradient)
        if self.formulas:
            yield Heading("In formulas")
            yield Lines(self.formulas)
        for heading, quoted in self.sources:
            yield Heading(heading)
            yield Code(quoted)
        yield Heading(f"An example that just ran: {self.example}")
        yield Lines((self.shapes,))
        if self.note:
            yield Paragraph(self.note)
        for group, arrays in self.arrays.items():
            yield Arrays(tuple(arrays.items()), group)
        yield Heading("By hand")
        yield Lines(tuple(map(str, self.by_hand)))
        yield Heading("Checked just now")
        yield Lines(tuple(map(str, self.checks)))


def _docstring_parts(doc: str) -> Iterator[Part]:
    """Formulas and shapes on lines of their own, prose as paragraphs."""
    for i, paragraph in enumerate(doc.split("\n\n")):
        lines = [line.strip() for line in paragraph.split("\n")]
        if any("←" in line for line in lines):
            yield Lines(tuple(lines))
        else:
            pieces = re.split(" {3,}", " ".join(lines))
            yield Lines(tuple(pieces)) if i == 0 or len(pieces) > 1 else Paragraph(pieces[0])
