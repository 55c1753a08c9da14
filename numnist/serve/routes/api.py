"""The API for programs: predictions for pictures, the list of models, and health checks."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from numnist.model.summary import rows
from numnist.serve.http.payload import Picture, parse_image, parse_object, parse_picture, parse_pixels, request_body
from numnist.serve.http.responses import ApiError, busy
from numnist.serve.routes.request import prepared, requested_model
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry

MOST = 64  # pictures in a batch


async def predict(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/predict: the prediction for one picture."""

    def work(body: bytes) -> dict[str, Any]:
        entry = requested_model(context, request)
        return {"model": entry.id} | prepared(context, entry, parse_picture(body)).predict(context.clock)

    start = context.clock()
    result = await context.in_thread(work, await request_body(request))
    result["times"]["server_ms"] = 1e3 * (context.clock() - start)
    return result


async def batch(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/predict/batch: the predictions for several pictures, each classified alone."""

    def work(body: bytes) -> dict[str, Any]:
        entry = requested_model(context, request)
        pictures = _pictures(parse_object(body))
        answers = [prepared(context, entry, picture).predict(context.clock) for picture in pictures]
        return {"model": entry.id, "answers": answers}

    return await context.in_thread(work, await request_body(request))


async def models(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/models: all models that can be asked."""
    entries = await context.in_thread(context.models.all)
    return {"default": context.models.default, "models": [_description(entry) for entry in entries]}


async def model(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/model: one of them, with its layers."""
    entry = await context.in_thread(requested_model, context, request)
    return _description(entry) | {"layers": _layers(entry), "about": entry.model.about}


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
        "dataset": entry.dataset,
        "classes": list(model.classes),
        "shape": list(model.in_shape),
        "preparation": model.preparation,
        "parameters": model.plan.size,
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


def _pictures(data: dict[str, Any]) -> list[Picture]:
    """The pictures of a batch.  Raises ApiError, which names the picture that is wrong."""
    given = data.get("pictures")
    if set(data) != {"pictures"} or not isinstance(given, list) or not given:
        raise ApiError(400, "bad_batch", 'a batch is {"pictures": [...]} with one picture or more, and nothing else.')
    if len(given) > MOST:
        message = f"a batch has at most {MOST} pictures, but this one {len(given)}: send several."
        raise ApiError(413, "too_many_pictures", message)
    return [_picture(each, f"picture {i}") for i, each in enumerate(given)]


def _picture(given: Any, where: str) -> Picture:
    if isinstance(given, dict) and set(given) == {"image"}:
        return parse_image(given["image"], where)
    if isinstance(given, dict):
        return parse_pixels(given, where)
    raise ApiError(400, "bad_batch", f'{where} is neither {{"pixels": [[...]]}} nor {{"image": "base64"}}.')
