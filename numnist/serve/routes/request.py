"""Asked: a drawing for a model: ?model=NAME&off=STEPS and the picture as the body, as most questions about why come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request

from numnist.ink.prepare import STEPS, Ink, prepare
from numnist.nn.losses import CROSS_ENTROPY, LOSSES, Loss
from numnist.serve.http.payload import body_of, picture_in
from numnist.serve.http.responses import Refused
from numnist.serve.routes.predictions import answer_of
from numnist.serve.state.context import Desk
from numnist.serve.state.models import Held
from numnist.support.serialisation import from_dict

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Asked:
    """A drawing prepared for a model, and how long that took."""

    held: Held
    ink: Ink
    off: tuple[str, ...]
    preparation_ms: float

    @property
    def batch(self) -> NDArray[np.uint8]:
        """The prepared picture as the model takes it: (1, C, H, W)."""
        return self.ink.picture.reshape(1, *self.held.model.in_shape)

    def answer(self) -> dict[str, Any]:
        """As /api/predict has it."""
        return answer_of(self.held, self.ink)


async def asked(desk: Desk, request: Request, say: Callable[[Asked], T]) -> T:
    """What `say` says of the drawing in a request; decoding, preparing and saying are one piece of the desk's work."""
    held, off = held_of(desk, request), off_of(request)
    body = await body_of(request)

    def work() -> T:
        picture = picture_in(body)
        start = desk.clock()
        ink = prepare(picture, held.model.preparation, held.model.in_shape, without=off)
        return say(Asked(held, ink, off, 1e3 * (desk.clock() - start)))

    return await desk.work(work)


def held_of(desk: Desk, request: Request) -> Held:
    """The model that is asked.  Raises Refused."""
    return desk.shelf.get(request.query_params.get("model"))


def off_of(request: Request) -> tuple[str, ...]:
    """The steps of preparation that are switched off, in their order.  Raises Refused."""
    names, known = request.query_params.get("off", "").split(","), STEPS["digits"]
    unknown = [name for name in names if name and name not in known]
    if unknown:
        message = f"off={unknown[0]!r} is no step of preparation: give some of {','.join(known)}."
        raise Refused(400, "unknown_step", message)
    return tuple(name for name in known if name in names)


def label_of(held: Held, request: Request, name: str) -> int | None:
    """The class that a parameter names, as an index; None where it is missing or empty.  Raises Refused."""
    label, classes = request.query_params.get(name), held.model.classes
    if not label:
        return None
    if label not in classes:
        raise Refused(
            400, "unknown_label", f"{name}={label!r} is no class of {held.name}: it has {', '.join(classes)}."
        )
    return classes.index(label)


def loss_of(held: Held) -> Loss:
    """The loss that the model was trained with, softmax cross-entropy where it does not say."""
    loss: Loss = from_dict(held.recipe["loss"], LOSSES, "loss") if "loss" in held.recipe else CROSS_ENTROPY
    return loss
