"""Judging: what a model takes for what, on pictures that it has not learnt from."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.evaluation.metrics import evaluate
from numnist.serve.http.responses import answer
from numnist.serve.routes.predictions import named
from numnist.serve.routes.request import held_of
from numnist.serve.state.context import Desk
from numnist.serve.state.models import Held
from numnist.serve.state.pictures import Library, library


def routes(desk: Desk) -> list[Route]:
    """GET /api/confusion: rows truth, columns answers, on the test split; judged once in the background."""

    async def confusion(request: Request) -> Response:
        held = held_of(desk, request)
        about = f"the confusion matrix of {held.name}"
        said = desk.later(("confusion", held.sha256), _judged, held, library(desk), about=about)
        return answer({"model": named(held)} | said)

    return [Route("/api/confusion", confusion)]


def _judged(held: Held, known: Library) -> dict[str, Any]:
    pictures = known.pictures_for(held, "test")
    judged = evaluate(held.model, pictures.split, threads=1)
    return {
        "data": pictures.name,
        "split": "test",
        "classes": list(pictures.classes),
        "matrix": judged.confusion.tolist(),
        "accuracy": judged.accuracy,
        "count": judged.count,
    }
