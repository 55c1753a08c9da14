"""A drawing, decoded and prepared for a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from numnist.ink.characters.prepare import prepare_characters
from numnist.ink.prepare import Ink
from numnist.serve.http.payload import Picture, parse_picture
from numnist.serve.state.models import ModelEntry
from numnist.support.cached import cached_property

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class PreparedDrawing:
    """A drawing prepared for a model.

    off: the steps left out;  label: the index of the class that the request names;  preparation_ms: how long it took;
    digit: which of several digits is explained, from 1; None for the last.
    """

    entry: ModelEntry
    ink: Ink
    off: tuple[str, ...]
    label: int | None
    preparation_ms: float
    digit: int | None = None

    @cached_property
    def characters(self) -> tuple[Ink, ...]:
        """The digits as they are read; none where nothing is drawn."""
        return self.entry.reader.characters(self.ink)

    @property
    def place(self) -> int:
        """Which of the digits is explained, from 1; 0 where nothing is drawn."""
        return min(self.digit or len(self.characters), len(self.characters))

    @property
    def explained(self) -> Ink:
        """The digit that is explained; the whole picture where nothing is drawn."""
        return self.characters[self.place - 1] if self.characters else self.ink

    @property
    def batch(self) -> NDArray[np.uint8]:
        """The digit that is explained, as the model takes it: (1, C, H, W)."""
        return self.explained.picture.reshape(1, *self.entry.model.in_shape)

    def predict(self) -> dict[str, Any]:
        """`ModelEntry.predict`, with the milliseconds that preparing and classifying took."""
        start = perf_counter()
        result = self.entry.predict(self.ink)
        return result | {"times": {"preparation_ms": self.preparation_ms, "forward_ms": 1e3 * (perf_counter() - start)}}


def prepared(
    entry: ModelEntry, picture: Picture, off: tuple[str, ...] = (), label: int | None = None, digit: int | None = None
) -> PreparedDrawing:
    """A picture prepared for a model, and how long that took."""
    start = perf_counter()
    ink = prepare_characters(picture, entry.model.preparation, entry.model.in_shape, without=off)
    return PreparedDrawing(entry, ink, off, label, 1e3 * (perf_counter() - start), digit)


def compute_drawing(
    entry: ModelEntry,
    body: bytes,
    off: tuple[str, ...],
    label: int | None,
    digit: int | None,
    compute: Callable[..., T],
    *arguments: Any,
) -> T:
    """compute(the drawing in a request's body, *arguments).   Raises ApiError if the body is no picture."""
    return compute(prepared(entry, parse_picture(body), off, label, digit), *arguments)
