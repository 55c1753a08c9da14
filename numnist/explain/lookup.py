"""Explaining: what a layer, loss or optimizer does, by formula, by source, and by small numbers that really ran.

explanation = explained("Dense")        its to_dict() for programs, its page() for people
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.explain.document import Arrays, Code, Heading, Lines, Part, Table, Title, Words
from numnist.explain.examples.activations import BENDS
from numnist.explain.examples.example import Check, Example, Hand, checks, loss_checks
from numnist.explain.examples.features import COLUMNS
from numnist.explain.examples.losses import JUDGES, LABELS, LOGITS
from numnist.explain.examples.optimizers import GRADIENTS, WALKERS, first_step, walk
from numnist.explain.examples.pictures import PICTURES
from numnist.explain.source import Quote, quote
from numnist.nn import LAYERS
from numnist.nn.activations import Activation
from numnist.nn.base import Layer
from numnist.nn.losses import LOSSES
from numnist.optim.optimizers import OPTIMIZERS, Momentum, Optimizer
from numnist.support.errors import UsageError
from numnist.support.serialisation import suggest

Array = NDArray[Any]
EXAMPLES: dict[str, Example] = COLUMNS | PICTURES | BENDS
KINDS: dict[str, dict[str, Any]] = {"layer": LAYERS, "loss": LOSSES, "optimizer": OPTIMIZERS}

SILENT = (Layer, Activation, Optimizer, Momentum, object)  # bases whose docstrings add nothing to their classes' own


@dataclass(frozen=True)
class Explanation:
    """Everything that is said of one thing.

    about: its docstring;  gradient: backward's formulas;  sources: (heading, quotation);  example: what ran, as its
    source, and shapes in words;  arrays: what went in and came out, in groups;
    by_hand: numbers worked out by hand;  checks: comparisons with other ways to the same numbers.
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
    by_hand: tuple[Hand, ...]
    checks: tuple[Check, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        plain = {name: getattr(self, name) for name in ("name", "kind", "about", "paper", "example", "shapes", "note")}
        return plain | {
            "gradient": list(self.gradient),
            "sources": [{"heading": heading} | asdict(q) for heading, q in self.sources],
            "arrays": {
                group: {name: array.tolist() for name, array in arrays.items()} for group, arrays in self.arrays.items()
            },
            "by_hand": [asdict(hand) for hand in self.by_hand],
            "checks": [asdict(check) | {"ok": check.ok} for check in self.checks],
        }

    def page(self) -> Iterator[Part]:
        """What is shown to people."""
        yield Title(f"{self.name} ({self.kind})")
        yield from _shown(self.about)
        if self.paper:
            yield Words(f"Paper: {self.paper}")
        if self.gradient:
            yield Heading("The gradient")
            yield Lines(self.gradient)
        for heading, quoted in self.sources:
            yield Heading(heading)
            yield Code(quoted)
        yield Heading(f"An example that just ran: {self.example}")
        yield Lines((self.shapes,))
        if self.note:
            yield Words(self.note)
        for group, arrays in self.arrays.items():
            yield Arrays(tuple(arrays.items()), group)
        yield Heading("By hand")
        yield Lines(tuple(map(str, self.by_hand)))
        if self.checks:
            yield Heading("Checked just now")
            yield Lines(tuple(map(str, self.checks)))


def explained(name: str) -> Explanation:
    """The explanation of a layer, loss or optimizer, whatever the case, hyphens and underscores of its name.

    Raises UsageError for a name that nothing has.
    """
    known = {_plain(key): key for table in KINDS.values() for key in table}
    if _plain(name) not in known:
        near = suggest(name, list(known.values()))
        raise UsageError(f"there is no layer, loss or optimizer {name!r}{near}; `numnist explain` lists all.")
    key = known[_plain(name)]
    return _layer(key) if key in LAYERS else _loss(key) if key in LOSSES else _optimizer(key)


def listed() -> list[tuple[str, str, str]]:
    """(kind, name, what it does in a line) of all that can be explained."""
    return [
        (kind, name, _in_a_line(inspect.getdoc(thing) or ""))
        for kind, table in KINDS.items()
        for name, thing in table.items()
    ]


def contents() -> Iterator[Part]:
    """The list as a page."""
    for kind in KINDS:
        yield Heading(f"{kind.capitalize()}{'es' if kind.endswith('s') else 's'}")
        yield Table(("name", "what it does"), tuple(row[1:] for row in listed() if row[0] == kind))


def _layer(name: str) -> Explanation:
    example = EXAMPLES[name]
    worked, kind = example.work(), type(example.layer)
    sources = [("Forward", quote(kind.forward)), ("Backward", quote(kind.backward))]
    sources += [(f"With the help of {helper.__name__}", quote(helper)) for helper in example.helpers]
    plan, count = worked.plan, worked.plan.size
    samples = f"{worked.x.shape[-1]} sample{'' if worked.x.shape[-1] == 1 else 's'}"
    return Explanation(
        name, "layer", _doc(kind), example.gradient, example.paper, tuple(sources), repr(example.layer),
        f"{plan.in_shape} -> {plan.out_shape}, {count} parameters, {samples} (the last axis)", example.note,
        {
            "forward": {"x": worked.x} | worked.p | {"y": worked.y},
            "backward, from a dy that was made up": {"dy": worked.dy}
            | {_gradient_name(k): g for k, g in worked.g.items()}
            | {"dx": worked.dx},
        },
        tuple(hand(worked) for hand in example.by_hand), checks(worked),
    )  # fmt: skip


def _loss(name: str) -> Explanation:
    example, cls = JUDGES[name], LOSSES[name]
    loss, dlogits = cls()(LOGITS, LABELS)
    return Explanation(
        name, "loss", _doc(cls), (example.gradient,), example.paper, (("Source", quote(cls.__call__)),),
        f"{name}()(logits, labels)", "(3 classes, 2 samples) -> one number", "",
        {"given": {"logits": LOGITS, "labels": LABELS}, "answer": {"loss": np.array([loss]), "dlogits": dlogits}},
        example.by_hand(), loss_checks(name, LOGITS, LABELS),
    )  # fmt: skip


def _optimizer(name: str) -> Explanation:
    example = WALKERS[name]
    before, *after = walk(example.optimizer)
    steps = {"at first": before}
    steps |= {f"step {t}": {"g": g} | now for t, (g, now) in enumerate(zip(GRADIENTS, after), 1)}
    hand = first_step(example)
    off = abs(hand.value - float(after[0]["θ"][0]))
    source = quote(type(example.optimizer).update)
    return Explanation(
        name, "optimizer", _doc(type(example.optimizer)), (), example.paper, (("Source", source),),
        repr(example.optimizer), "three weights, two steps with gradients that were made up", "", steps, (hand,),
        (Check("the first step by hand against the library's: difference", off, 1e-12),),
    )  # fmt: skip


def _gradient_name(name: str) -> str:
    """dw for w, 0.dw for 0.w"""
    place, dot, own = name.rpartition(".")
    return f"{place}{dot}d{own}"


def _doc(thing: Any) -> str:
    """Its own docstring; where a layer adds a line to its base class's (as poolings do), that of the base below."""
    own = inspect.cleandoc(thing.__doc__ or "")
    bases = [base for base in getattr(thing, "__mro__", ())[1:] if base not in SILENT]
    return "\n\n".join([own, *(inspect.cleandoc(base.__doc__ or "") for base in bases)])


def _shown(doc: str) -> Iterator[Part]:
    """A docstring on a page: formulas and shapes on lines of their own, prose as paragraphs."""
    for i, paragraph in enumerate(doc.split("\n\n")):
        lines = [line.strip() for line in paragraph.split("\n")]
        if any("←" in line for line in lines):
            yield Lines(tuple(lines))
        else:
            pieces = re.split(" {3,}", " ".join(lines))
            yield Lines(tuple(pieces)) if i == 0 or len(pieces) > 1 else Words(pieces[0])


def _in_a_line(doc: str) -> str:
    """The first line that has a formula, else the first, without the shapes that follow."""
    lines = [line.strip() for line in doc.split("\n") if line.strip()]
    line = next((line for line in lines if " = " in line or "←" in line), lines[0])
    return line.partition("   ")[0].rstrip(".;: ")


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
