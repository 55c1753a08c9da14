"""The gallery: test pictures to try, which no model was trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request

from numnist.serve.http.responses import ApiError, packed
from numnist.serve.routes.request import requested_label, requested_model
from numnist.serve.state.context import AppContext
from numnist.serve.state.pictures import Pictures


async def gallery(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/gallery?label=4: a random test picture of the model's data, with its label."""
    entry = requested_model(context, request)
    label = requested_label(entry, request, "label")
    return await context.in_thread(lambda: _pick(context.pictures.pictures_for(entry, "test"), label))


def _pick(pictures: Pictures, label: int | None) -> dict[str, Any]:
    """A random test picture, of that class if one is given."""
    labels = pictures.split.labels
    candidates = np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
    if not len(candidates):
        what = "any picture" if label is None else f"a picture of {pictures.classes[label]}"
        raise ApiError(404, "no_data", f"the test split of {pictures.title} has not {what}.")
    index = int(np.random.default_rng().choice(candidates))
    return {
        "data": pictures.name,
        "label": pictures.classes[int(labels[index])],
        "index": index,
        "picture": packed(levels(pictures.split.x[index])),
    }


def levels(picture: Any) -> Any:
    """A data set's picture (C, H, W) as levels 0..255: (H, W), or (C, H, W) in colour."""
    picture = picture[0] if len(picture) == 1 else picture
    return picture if picture.dtype == np.uint8 else np.rint(picture * 255).astype(np.uint8)
