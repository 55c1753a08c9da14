"""A drawing, decoded and prepared for a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from numnist.ink.prepare import Ink, prepare
from numnist.serve.http.payload import Picture, parse_picture
from numnist.serve.state.models import ModelEntry

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class PreparedDrawing:
    """A drawing prepared for a model.

    off: the steps left out;  label: the index of the class that the request names;  preparation_ms: how long it took.
    """

    entry: ModelEntry
    ink: Ink
    off: tuple[str, ...]
    label: int | None
    preparation_ms: float

    @property
    def batch(self) -> NDArray[np.uint8]:
        """The prepared picture as the model takes it: (1, C, H, W)."""
        return self.ink.picture.reshape(1, *self.entry.model.in_shape)

    def predict(self) -> dict[str, Any]:
        """`ModelEntry.predict`, with the milliseconds that preparing and classifying took."""
        start = perf_counter()
        result = self.entry.predict(self.ink)
        return result | {"times": {"preparation_ms": self.preparation_ms, "forward_ms": 1e3 * (perf_counter() - start)}}


def prepared(
    entry: ModelEntry, picture: Picture, off: tuple[str, ...] = (), label: int | None = None
) -> PreparedDrawing:
    """A picture prepared for a model, and how long that took."""
    start = perf_counter()
    ink = prepare(picture, entry.model.preparation, entry.model.in_shape, without=off)
    return PreparedDrawing(entry, ink, off, label, 1e3 * (perf_counter() - start))


def compute_drawing(
    entry: ModelEntry,
    body: bytes,
    off: tuple[str, ...],
    label: int | None,
    compute: Callable[..., T],
    *arguments: Any,
) -> T:
    """compute(the drawing in a request's body, *arguments).   Raises ApiError if the body is no picture."""
    return compute(prepared(entry, parse_picture(body), off, label), *arguments)
