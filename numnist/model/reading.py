"""What a model makes of a picture: the record that Python, the command line and the API return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from numnist.ink.prepare import Ink
from numnist.model.about import share, table, text
from numnist.model.model import Model
from numnist.model.pretrained import PRETRAINED
from numnist.nn.base import Array

TOP = 3  # classes in `Reading.top`
UNKNOWN = 0.5  # the threshold of a model without one: above it, all other classes together are less probable
APART = 0.99  # both halves of what may be two characters that touch must be more probable
BROAD = 1.15  # times as wide as high: most digits are narrower, and most pairs that touch are wider
NONE = "none"  # the preparation of a picture that is in the model's own form already


@dataclass(frozen=True)
class ClassProbability:
    """A class by its name, and how probable it is."""

    label: str
    probability: float

    def to_dict(self) -> dict[str, Any]:
        return {"label": self.label, "probability": self.probability}


@dataclass(frozen=True)
class Part:
    """One character of a picture, such as a digit of a number.

    label, probability: the most probable class.
    sure: whether the probability exceeds the reading's threshold, and the character is like one that the model knows.
    none: the probability that it is none of the classes;  None where the model cannot tell.
    unknown: whether that is more probable than each class.
    probabilities: of all classes, in the model's order.
    box, scale, shift: as in Reading.
    """

    label: str
    probability: float
    sure: bool
    none: float | None
    unknown: bool
    probabilities: tuple[ClassProbability, ...]
    box: tuple[int, int, int, int]
    scale: float
    shift: tuple[int, int]

    @property
    def top(self) -> tuple[ClassProbability, ...]:
        """The three most probable classes, of equal ones the first."""
        return tuple(sorted(self.probabilities, key=lambda each: -each.probability)[:TOP])

    def to_dict(self) -> dict[str, Any]:
        """The part in JSON types."""
        return {
            "label": self.label,
            "probability": self.probability,
            "sure": self.sure,
            "none": self.none,
            "unknown": self.unknown,
            "probabilities": [each.to_dict() for each in self.probabilities],
            "top": [each.to_dict() for each in self.top],
            "box": list(self.box),
            "scale": self.scale,
            "shift": list(self.shift),
        }


@dataclass(frozen=True)
class Reading:
    """What a model makes of one picture.

    label: the most probable class, of several characters those of all in a row, such as "2026"; None where nothing is
    drawn.  Names of more than one letter are separated by spaces.
    probability: of the label: of several characters the product; None where nothing is drawn.
    sure: whether the model is sure of every part: its probability exceeds `threshold`, the confidence that this model
    was measured to need, and it is not unknown; and the picture is `clear`.
    blank: whether nothing is drawn.  Then there are no parts and no probabilities.
    clear: whether all that is drawn is characters side by side.  False for marks that belong to none of them, such as
    a decimal point; for several lines; and for what is so wide that it may be two characters that touch.
    none: the probability that the picture shows none of the classes, of several characters that one of them does not;
    None where the model cannot tell.
    unknown: whether that is more probable than each class, for one character at least.  The label is then the nearest.
    parts: the characters in reading order, one for a picture of one.
    probabilities: of all classes, in the model's order; none for several characters, whose parts have them.
    preparation: "digits", "photo" or "plain", or "none" where the picture came in the model's own form.
    polarity: "dark-on-light" or "light-on-dark".
    box: of all ink, in pixels of the picture: top, left, bottom, right (exclusive).
    scale: pixels of the prepared picture for each of the picture.
    shift: by how many prepared pixels (down, right) it was moved to centre it.  The parts of several characters are
    prepared one by one, and have their own scale and shift; these are those of the whole, which no network sees.
    model, weights_sha256: the model's name, None if it has none, and the hash of its weights.
    file, row: where the picture is from; None for an array.  Rows of a file count from 1.
    """

    label: str | None
    probability: float | None
    sure: bool
    threshold: float
    blank: bool
    clear: bool
    none: float | None
    unknown: bool
    parts: tuple[Part, ...]
    probabilities: tuple[ClassProbability, ...]
    preparation: str
    polarity: str
    box: tuple[int, int, int, int]
    scale: float
    shift: tuple[int, int]
    model: str | None
    weights_sha256: str | None
    file: str | None = None
    row: int | None = None

    @property
    def top(self) -> tuple[ClassProbability, ...]:
        """The three most probable classes, of equal ones the first; none for a blank picture or several characters."""
        return self.parts[0].top if len(self.parts) == 1 else ()

    def to_dict(self) -> dict[str, Any]:
        """The reading in JSON types, as the API answers; without `file` and `row`."""
        return {
            "model": {"name": self.model, "sha256": self.weights_sha256},
            "label": self.label,
            "probability": self.probability,
            "blank": self.blank,
            "sure": self.sure,
            "threshold": self.threshold,
            "clear": self.clear,
            "none": self.none,
            "unknown": self.unknown,
            "probabilities": [each.to_dict() for each in self.probabilities],
            "top": [each.to_dict() for each in self.top],
            "parts": [each.to_dict() for each in self.parts],
            "preparation": {
                "kind": self.preparation,
                "polarity": self.polarity,
                "box": list(self.box),
                "scale": self.scale,
                "shift": list(self.shift),
                "blank": self.blank,
            },
        }


@dataclass(frozen=True, eq=False)
class Reader:
    """A model that reads prepared pictures.

    name, sha256: the model's name and the hash of its weights, which every reading repeats; None if unknown.
    """

    model: Model
    name: str | None = None
    sha256: str | None = None

    @classmethod
    def of(cls, model: Model, name: str | None = None) -> Reader:
        """The reader with this model as it is now.   name: by default that of the recipe it was trained by"""
        return cls(model, name or text(table(model.about, "recipe").get("name")), model.weights_sha256)

    def read(self, ink: Ink) -> Reading:
        """The reading of a picture, which goes through the network alone, its characters together."""
        return self.read_together([ink], threads=1)[0]

    def read_together(
        self, inks: Sequence[Ink], threads: int | None = None, preparation: str | None = None
    ) -> list[Reading]:
        """The readings of pictures that go through the network together, which is much faster.

        Probabilities may differ from those of `read` in the last digits of float32.
        preparation: how the pictures were prepared, the model's by default.
        """
        preparation = self.model.preparation if preparation is None else preparation
        return [self._reading(ink, some, preparation) for ink, some in zip(inks, self._read(inks, threads))]

    def characters(self, ink: Ink) -> tuple[Ink, ...]:
        """The characters of a picture as they are read, in the order of `Reading.parts`."""
        return tuple(each for each, _ in self._read([ink], 1)[0])

    def _read(self, inks: Sequence[Ink], threads: int | None) -> list[list[tuple[Ink, Part]]]:
        """Of each picture its characters, each with what it is read as.

        What may be two characters that touch is two where the model is not sure of the one, and very sure of both
        halves.  If it is sure of the one too, in a number, where digits touch often, it does not know.
        """
        given = [() if ink.blank else ink.characters or (ink,) for ink in inks]
        parts = iter(self._parts([each for some in given for each in some], threads))
        read = [[(each, next(parts)) for each in some] for some in given]
        touching = [
            (each, part, each.halves()) for some in read for each, part in some
            if not (part.sure and (len(some) < 2 or _narrow(each.box)))
        ]  # fmt: skip
        parts = iter(self._parts([half for *_, pair in touching for half in pair], threads))
        better = {}
        for each, part, pair in touching:
            halves = [(half, next(parts)) for half in pair]
            if halves and all(half.sure and half.probability > APART for _, half in halves):
                better[each] = [(replace(each, clear=False), replace(part, sure=False))] if part.sure else halves
        return [[pair for each, part in some for pair in better.get(each, [(each, part)])] for some in read]

    def _parts(self, inks: Sequence[Ink], threads: int | None) -> list[Part]:
        """What each is read as, all together."""
        if not inks:
            return []
        x = np.stack([ink.picture.reshape(self.model.in_shape) for ink in inks])
        return list(map(self._part, inks, self.model.predict_proba(x, threads)))

    def _part(self, ink: Ink, probs: Array) -> Part:
        """probs: (classes,)"""
        values = probs.tolist()
        best = max(values)
        none = max(0.0, 1.0 - sum(values)) if self.model.background else None
        unknown = none is not None and none >= best
        return Part(
            label=self.model.classes[values.index(best)],
            probability=best,
            sure=ink.clear and best > sure_threshold(self.model.about) and not unknown,
            none=none,
            unknown=unknown,
            probabilities=tuple(map(ClassProbability, self.model.classes, values)),
            box=ink.box,
            scale=ink.scale,
            shift=ink.shift,
        )

    def _reading(self, ink: Ink, read: Sequence[tuple[Ink, Part]], preparation: str) -> Reading:
        """read: its characters, none where nothing is drawn"""
        parts = tuple(part for _, part in read)
        clear = all(each.clear for each, _ in read) and (ink.clear or not ink.characters)
        between = "" if all(len(label) == 1 for label in self.model.classes) else " "
        none = [part.none for part in parts if part.none is not None]
        return Reading(
            label=between.join(part.label for part in parts) if parts else None,
            probability=prod(part.probability for part in parts) if parts else None,
            sure=bool(parts) and clear and all(part.sure for part in parts),
            threshold=sure_threshold(self.model.about),
            blank=ink.blank,
            clear=clear,
            none=none[0] if len(none) == 1 else 1.0 - prod(1.0 - each for each in none) if none else None,
            unknown=any(part.unknown for part in parts),
            parts=parts,
            probabilities=parts[0].probabilities if len(parts) == 1 else (),
            preparation=preparation,
            polarity=ink.polarity,
            box=ink.box,
            scale=ink.scale,
            shift=ink.shift,
            model=self.name,
            weights_sha256=self.sha256,
        )


def _narrow(box: tuple[int, int, int, int]) -> bool:
    top, left, bottom, right = box
    return right - left <= BROAD * (bottom - top)


def sure_threshold(about: Mapping[str, Any]) -> float:
    """The threshold stored in a model as `about["sure"]`, see `confidence_threshold`; 0.5 if missing or invalid."""
    stored = share(about.get("sure"))
    return UNKNOWN if stored is None else stored


def model_name(given: str | Path) -> str:
    """What a model is called that was given as a file, a run folder, or the name of a pretrained model.

    It may be written into files: bytes that are not UTF-8 become question marks.
    """
    path = Path(given)
    if str(given) in PRETRAINED and not path.exists():
        return str(given)
    name = path.resolve().name if path.is_dir() else path.stem
    return name.encode(errors="replace").decode()
