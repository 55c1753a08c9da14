"""Neighbours: the training pictures that look most like a drawing to the network."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.interpret.neighbours import Index
from numnist.serve.http.responses import answer, packed
from numnist.serve.routes.gallery import levels
from numnist.serve.routes.predictions import named
from numnist.serve.routes.request import Asked, asked, held_of
from numnist.serve.state.context import Desk
from numnist.serve.state.models import Held
from numnist.serve.state.pictures import Library, Pictures, library

COUNT = 10  # neighbours that are shown
Known = tuple[Pictures, Index]


def routes(desk: Desk) -> list[Route]:
    """POST /api/nearest: the nearest training pictures by the last hidden layer, which is run for all of them once."""

    async def nearest(request: Request) -> Response:
        held = held_of(desk, request)
        about = f"the index of training pictures for {held.name}"
        known = desk.later(("neighbours", held.sha256), _indexed, held, library(desk), about=about)
        return answer(await asked(desk, request, lambda drawing: _nearest(drawing, known)))

    return [Route("/api/nearest", nearest, methods=["POST"])]


def _indexed(held: Held, shelf: Library) -> Known:
    pictures = shelf.pictures_for(held, "train")
    return pictures, Index(held.model, pictures.split.x)


def _nearest(drawing: Asked, known: Known) -> dict[str, Any]:
    pictures, index = known
    found = [] if drawing.ink.blank else index.nearest(drawing.batch[0], COUNT)
    labels, x = pictures.split.labels, pictures.split.x
    return {
        "model": named(drawing.held),
        "data": pictures.name,
        "sentence": _sentence(pictures, [pictures.classes[labels[k]] for k, _ in found]),
        "neighbours": [
            {
                "label": pictures.classes[labels[k]],
                "index": k,
                "distance": distance,
                "picture": packed(levels(x[k])),
            }
            for k, distance in found
        ],
    }


def _sentence(pictures: Pictures, labels: list[str]) -> str:
    """What the neighbours are."""
    if not labels:
        return "Nothing is drawn."
    kinds = sorted(set(labels), key=labels.count, reverse=True)
    # no-break spaces: a line must not end between the number and its class
    counted = ", ".join(f"{labels.count(kind)}\u00a0×\u00a0“{kind}”" for kind in kinds)
    many = f"{len(pictures.split):,} training pictures of {pictures.title}"
    return f"Of {many}, those nearest to the drawing in the last hidden layer are {counted}."
