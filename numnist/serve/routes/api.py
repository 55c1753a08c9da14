"""The API for programs: predictions for pictures, the list of models, and health checks."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from numnist.interpret.blocks import blocks
from numnist.model.summary import rows
from numnist.serve.http.errors import busy
from numnist.serve.http.folders import without_folders
from numnist.serve.inference import predictions
from numnist.serve.routes.request import requested_model, with_model
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry


async def predict(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/predict: the prediction for one picture."""
    start = context.clock()
    result = await with_model(context, request, predictions.one, quick=True)
    result["times"]["server_ms"] = 1e3 * (context.clock() - start)
    return result


async def batch(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/predict/batch: the predictions for several pictures, each classified alone."""
    return await with_model(context, request, predictions.several)


async def models(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/models: all models that can be asked."""
    entries = await context.in_thread(context.models.all)
    return {"default": context.models.default, "models": [_description(entry) for entry in entries]}


async def model(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/model: one of them, with its layers."""
    entry = await context.in_thread(requested_model, context, request)
    about = {"about": without_folders(dict(entry.model.about))}
    return _description(entry) | {"layers": _layers(entry)} | about


async def healthz(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /healthz: whether the process lives."""
    return {"status": "alive"}


async def readyz(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /readyz: whether it takes requests."""
    if context.stopping:
        raise busy("the server is stopping: ask another one.")
    return {"status": "ready", "model": context.models.get(None).id}


def _description(entry: ModelEntry) -> dict[str, Any]:
    model = entry.model
    return {
        "name": entry.name,
        "title": str(entry.recipe.get("title") or entry.name),
        "dataset": without_folders(entry.dataset),
        "classes": list(model.classes),
        "shape": list(model.in_shape),
        "preparation": model.preparation,
        "parameters": model.plan.size,
        "blocks": len(blocks(model.plan)),
        "sha256": entry.sha256,
        "accuracy": entry.accuracy,
        "source": entry.source,
        "sure": entry.threshold,
    }


def _layers(entry: ModelEntry) -> list[dict[str, Any]]:
    plans = entry.model.plan.leaves()
    return [
        {
            "place": row.place,
            "title": row.layer,
            "kind": type(plan.layer).__name__,
            "in_shape": list(row.in_shape),
            "out_shape": list(row.out_shape),
            "parameters": row.parameters,
            "multiply_adds": row.macs,
        }
        for row, (_, plan) in zip(rows(entry.model.plan), plans)
    ]
