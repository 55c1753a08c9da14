"""The evaluation of a model: its confusion matrix on the test split."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from numnist.evaluation.metrics import evaluate
from numnist.serve.routes.request import requested_model
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry
from numnist.serve.state.pictures import PictureCache


async def confusion(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/confusion: rows are the true classes, columns the predictions; computed once in the background."""
    entry = requested_model(context, request)
    key, about = ("confusion", entry.sha256), f"the confusion matrix of {entry.name}"
    result = context.in_background(key, _evaluate, entry, context.pictures, about=about)
    return {"model": entry.id} | result


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
