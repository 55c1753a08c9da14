"""What the routes that explain read from a request: ?model=NAME&off=STEPS, labels, and a drawing as the body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request

from numnist.ink.prepare import STEPS, Ink, prepare
from numnist.serve.http.payload import Picture, parse_picture, request_body
from numnist.serve.http.responses import ApiError
from numnist.serve.state.context import AppContext
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

    def predict(self, clock: Callable[[], float]) -> dict[str, Any]:
        """`ModelEntry.predict`, with the milliseconds that preparing and classifying took."""
        start = clock()
        result = self.entry.predict(self.ink)
        return result | {"times": {"preparation_ms": self.preparation_ms, "forward_ms": 1e3 * (clock() - start)}}


def prepared(
    context: AppContext, entry: ModelEntry, picture: Picture, off: tuple[str, ...] = (), label: int | None = None
) -> PreparedDrawing:
    """A picture prepared for a model, and how long that took."""
    start = context.clock()
    ink = prepare(picture, entry.model.preparation, entry.model.in_shape, without=off)
    return PreparedDrawing(entry, ink, off, label, 1e3 * (context.clock() - start))


async def with_drawing(
    context: AppContext, request: Request, compute: Callable[[PreparedDrawing], T], label: str | None = None
) -> T:
    """compute(the drawing in a request); decoding, preparing and computing are one call in the pool of threads.

    label: the parameter that names a class, if the route takes one.
    """

    def work(body: bytes) -> T:
        entry, off = requested_model(context, request), skipped_steps(request)
        wanted = None if label is None else requested_label(entry, request, label)
        return compute(prepared(context, entry, parse_picture(body), off, wanted))

    return await context.in_thread(work, await request_body(request))


def requested_model(context: AppContext, request: Request) -> ModelEntry:
    """The model that ?model= names, the default without it, which may be read from disk.  Raises ApiError 404."""
    return context.models.get(request.query_params.get("model"))


def skipped_steps(request: Request) -> tuple[str, ...]:
    """The preparation steps that ?off= leaves out, in the order of the steps.  Raises ApiError 400."""
    names, known = request.query_params.get("off", "").split(","), STEPS["digits"]
    unknown = [name for name in names if name and name not in known]
    if unknown:
        message = f"off={unknown[0]!r} is no step of preparation: give some of {','.join(known)}."
        raise ApiError(400, "unknown_step", message)
    return tuple(name for name in known if name in names)


def requested_label(entry: ModelEntry, request: Request, name: str) -> int | None:
    """The index of the class that a parameter names; None if it is missing or empty.  Raises ApiError 400."""
    label, classes = request.query_params.get(name), entry.model.classes
    if not label:
        return None
    if label not in classes:
        message = f"{name}={label!r} is no class of {entry.name}: it has {', '.join(classes)}."
        raise ApiError(400, "unknown_label", message)
    return classes.index(label)
