"""The nearest neighbours of a drawing: the training pictures that are most alike to the network."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from numnist.interpret.neighbours import NeighbourIndex
from numnist.serve.http.responses import packed
from numnist.serve.routes.gallery import levels
from numnist.serve.routes.request import PreparedDrawing, requested_model, with_drawing
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry
from numnist.serve.state.pictures import PictureCache, Pictures

COUNT = 10  # neighbours that are shown


async def nearest(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/nearest: the training pictures nearest in the last hidden layer, which is run once for all of them."""
    entry = requested_model(context, request)
    key, about = ("neighbours", entry.sha256), f"the index of training pictures for {entry.name}"
    pictures, index = context.in_background(key, _index, entry, context.pictures, about=about)
    return await with_drawing(context, request, lambda drawing: _nearest(drawing, pictures, index))


def _index(entry: ModelEntry, cache: PictureCache) -> tuple[Pictures, NeighbourIndex]:
    pictures = cache.pictures_for(entry, "train")
    return pictures, NeighbourIndex(entry.model, pictures.split.x)


def _nearest(drawing: PreparedDrawing, pictures: Pictures, index: NeighbourIndex) -> dict[str, Any]:
    found = [] if drawing.ink.blank else index.nearest(drawing.batch[0], COUNT)
    labels, x = pictures.split.labels, pictures.split.x
    return {
        "model": drawing.entry.id,
        "data": pictures.name,
        "sentence": _sentence(pictures, [pictures.classes[labels[k]] for k, _ in found]),
        "neighbours": [
            {"label": pictures.classes[labels[k]], "index": k, "distance": distance, "picture": packed(levels(x[k]))}
            for k, distance in found
        ],
    }


def _sentence(pictures: Pictures, labels: list[str]) -> str:
    """Counts the neighbours of each class."""
    if not labels:
        return "Nothing is drawn."
    kinds = sorted(set(labels), key=labels.count, reverse=True)
    # no-break spaces: a line must not end between the number and its class
    counted = ", ".join(f"{labels.count(kind)}\u00a0×\u00a0“{kind}”" for kind in kinds)
    many = f"{len(pictures.split):,} training pictures of {pictures.title}"
    return f"Of {many}, those nearest to the drawing in the last hidden layer are {counted}."
