"""What a model makes of a picture: the record that Python, the command line and the API return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numnist.ink.prepare import Ink
from numnist.model.model import Model
from numnist.model.pretrained import PRETRAINED
from numnist.nn.base import Array

TOP = 3  # classes in `Reading.top`
UNKNOWN = 0.5  # the threshold of a model without one: above it, all other classes together are less probable
NONE = "none"  # the preparation of a picture that is in the model's own form already


@dataclass(frozen=True)
class ClassProbability:
    """A class by its name, and how probable it is."""

    label: str
    probability: float

    def to_dict(self) -> dict[str, Any]:
        return {"label": self.label, "probability": self.probability}


@dataclass(frozen=True)
class Reading:
    """What a model makes of one picture.

    label, probability: the most probable class; both None where nothing is drawn.
    sure: whether the probability exceeds `threshold`, the confidence that this model was measured to need.
    blank: whether nothing is drawn.  Then there are no probabilities.
    probabilities: of all classes, in the model's order.
    preparation: "digits", "photo" or "plain", or "none" where the picture came in the model's own form.
    polarity: "dark-on-light" or "light-on-dark".
    box: of the ink, in pixels of the picture: top, left, bottom, right (exclusive).
    scale: pixels of the prepared picture for each of the picture.
    shift: by how many prepared pixels (down, right) it was moved to centre it.
    model, weights_sha256: the model's name, None if it has none, and the hash of its weights.
    file, row: where the picture is from; None for an array.  Rows of a file count from 1.
    """

    label: str | None
    probability: float | None
    sure: bool
    threshold: float
    blank: bool
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
        """The three most probable classes, of equal ones the first; none where nothing is drawn."""
        return tuple(sorted(self.probabilities, key=lambda each: -each.probability)[:TOP])

    def to_dict(self) -> dict[str, Any]:
        """The reading in JSON types, as the API answers; without `file` and `row`."""
        return {
            "model": {"name": self.model, "sha256": self.weights_sha256},
            "label": self.label,
            "probability": self.probability,
            "blank": self.blank,
            "sure": self.sure,
            "threshold": self.threshold,
            "probabilities": [each.to_dict() for each in self.probabilities],
            "top": [each.to_dict() for each in self.top],
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
        recipe = model.about.get("recipe")
        if name is None and isinstance(recipe, Mapping) and isinstance(recipe.get("name"), str):
            name = recipe["name"]
        return cls(model, name, model.weights_sha256)

    def read(self, ink: Ink) -> Reading:
        """The reading of a picture, which goes through the network alone."""
        return self.read_together([ink], threads=1)[0]

    def read_together(
        self, inks: Sequence[Ink], threads: int | None = None, preparation: str | None = None
    ) -> list[Reading]:
        """The readings of pictures that go through the network together, which is much faster.

        Probabilities may differ from those of `read` in the last digits of float32.
        preparation: how the pictures were prepared, the model's by default.
        """
        preparation = self.model.preparation if preparation is None else preparation
        drawn = [ink for ink in inks if not ink.blank]
        probs: Iterator[Array] = iter(())
        if drawn:
            x = np.stack([ink.picture.reshape(self.model.in_shape) for ink in drawn])
            probs = iter(self.model.predict_proba(x, threads))
        return [self._reading(ink, None if ink.blank else next(probs), preparation) for ink in inks]

    def _reading(self, ink: Ink, probs: Array | None, preparation: str) -> Reading:
        """probs: (classes,), None where nothing is drawn"""
        threshold = sure_threshold(self.model.about)
        values = [] if probs is None else probs.tolist()
        best = max(values, default=None)
        return Reading(
            label=None if best is None else self.model.classes[values.index(best)],
            probability=best,
            sure=best is not None and best > threshold,
            threshold=threshold,
            blank=ink.blank,
            probabilities=tuple(map(ClassProbability, self.model.classes, values)),
            preparation=preparation,
            polarity=ink.polarity,
            box=ink.box,
            scale=ink.scale,
            shift=ink.shift,
            model=self.name,
            weights_sha256=self.sha256,
        )


def sure_threshold(about: Mapping[str, Any]) -> float:
    """The threshold stored in a model as `about["sure"]`, see `confidence_threshold`; 0.5 if missing or invalid."""
    stored = about.get("sure")
    if isinstance(stored, bool) or not isinstance(stored, (int, float)) or not 0 <= stored <= 1:
        return UNKNOWN
    return float(stored)


def model_name(given: str | Path) -> str:
    """What a model is called that was given as a file, a run folder, or the name of a pretrained model."""
    path = Path(given)
    if str(given) in PRETRAINED and not path.exists():
        return str(given)
    return path.resolve().name if path.is_dir() else path.stem
