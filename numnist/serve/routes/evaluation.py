"""The evaluation of a model: its confusion matrix on the test split."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.evaluation.metrics import evaluate
from numnist.serve.http.responses import json_response
from numnist.serve.routes.predictions import model_id
from numnist.serve.routes.request import requested_model
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry
from numnist.serve.state.pictures import PictureCache


def routes(context: AppContext) -> list[Route]:
    """GET /api/confusion: rows are the true classes, columns the predictions; computed once in the background."""

    async def confusion(request: Request) -> Response:
        entry = requested_model(context, request)
        about = f"the confusion matrix of {entry.name}"
        key = "confusion", entry.sha256
        result = context.in_background(key, _evaluate, entry, context.pictures, about=about)
        return json_response({"model": model_id(entry)} | result)

    return [Route("/api/confusion", confusion)]


def _evaluate(entry: ModelEntry, cache: PictureCache) -> dict[str, Any]:
    pictures = cache.pictures_for(entry, "test")
    evaluation = evaluate(entry.model, pictures.split, threads=1)
    return {
        "data": pictures.name,
        "split": "test",
        "classes": list(pictures.classes),
        "matrix": evaluation.confusion.tolist(),
        "accuracy": evaluation.accuracy,
        "count": evaluation.count,
    }
