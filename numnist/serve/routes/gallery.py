"""The gallery: test pictures to try, which no model was trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.serve.http.responses import ApiError, json_response, packed
from numnist.serve.routes.request import requested_label, requested_model
from numnist.serve.state.context import AppContext
from numnist.serve.state.pictures import Pictures


def routes(context: AppContext) -> list[Route]:
    """GET /api/gallery?label=4: a random test picture of the model's data, with its label."""
    rng = np.random.default_rng()

    async def gallery(request: Request) -> Response:
        entry = requested_model(context, request)
        label, luck = requested_label(entry, request, "label"), float(rng.random())
        return json_response(
            await context.in_thread(lambda: _pick(context.pictures.pictures_for(entry, "test"), label, luck))
        )

    return [Route("/api/gallery", gallery)]


def _pick(pictures: Pictures, label: int | None, luck: float) -> dict[str, Any]:
    """A test picture, of that class if one is given.   luck: 0..1, selects the picture"""
    wanted = np.arange(len(pictures.split)) if label is None else np.flatnonzero(pictures.split.labels == label)
    if not len(wanted):
        what = "any picture" if label is None else f"a picture of {pictures.classes[label]}"
        raise ApiError(404, "no_data", f"the test split of {pictures.title} has not {what}.")
    index = int(wanted[int(luck * len(wanted))])
    return {
        "data": pictures.name,
        "label": pictures.classes[int(pictures.split.labels[index])],
        "index": index,
        "picture": packed(levels(pictures.split.x[index])),
    }


def levels(picture: Any) -> Any:
    """A data set's picture (C, H, W) as levels 0..255: (H, W), or (C, H, W) in colour."""
    picture = picture[0] if len(picture) == 1 else picture
    return picture if picture.dtype == np.uint8 else np.rint(picture * 255).astype(np.uint8)
