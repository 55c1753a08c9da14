"""The nearest neighbours of a drawing: the training pictures that are most alike to the network."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.interpret.neighbours import Index
from numnist.serve.http.responses import json_response, packed
from numnist.serve.routes.gallery import levels
from numnist.serve.routes.predictions import model_id
from numnist.serve.routes.request import PreparedDrawing, requested_model, with_drawing
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry
from numnist.serve.state.pictures import PictureCache, Pictures

COUNT = 10  # neighbours that are shown
IndexedPictures = tuple[Pictures, Index]


def routes(context: AppContext) -> list[Route]:
    """POST /api/nearest: the training pictures nearest in the last hidden layer, which is run once for all of them."""

    async def nearest(request: Request) -> Response:
        entry = requested_model(context, request)
        about = f"the index of training pictures for {entry.name}"
        known = context.in_background(("neighbours", entry.sha256), _index, entry, context.pictures, about=about)
        return json_response(await with_drawing(context, request, lambda drawing: _nearest(drawing, known)))

    return [Route("/api/nearest", nearest, methods=["POST"])]


def _index(entry: ModelEntry, cache: PictureCache) -> IndexedPictures:
    pictures = cache.pictures_for(entry, "train")
    return pictures, Index(entry.model, pictures.split.x)


def _nearest(drawing: PreparedDrawing, known: IndexedPictures) -> dict[str, Any]:
    pictures, index = known
    found = [] if drawing.ink.blank else index.nearest(drawing.batch[0], COUNT)
    labels, x = pictures.split.labels, pictures.split.x
    return {
        "model": model_id(drawing.entry),
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
