"""The API for programs: predictions for pictures, the list of models, and health checks."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.ink.prepare import prepare
from numnist.model.summary import rows
from numnist.serve.http.payload import Picture, parse_image, parse_object, parse_picture, parse_pixels, request_body
from numnist.serve.http.responses import ApiError, busy, json_response
from numnist.serve.routes.predictions import model_id, prediction, threshold
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry

MOST = 64  # pictures in a batch


def routes(context: AppContext) -> list[Route]:
    """POST /api/predict, /api/predict/batch;  GET /api/models, /api/model, /healthz, /readyz."""

    def classified(entry: ModelEntry, picture: Picture) -> dict[str, Any]:
        """The prediction for one picture, with the time that preparing and classifying took."""
        start = context.clock()
        ink = prepare(picture, entry.model.preparation, entry.model.in_shape)
        between = context.clock()
        result = prediction(entry, ink)
        times = {"preparation_ms": 1e3 * (between - start), "forward_ms": 1e3 * (context.clock() - between)}
        return result | {"times": times}

    def one(name: str | None, body: bytes) -> dict[str, Any]:
        entry = context.models.get(name)
        return {"model": model_id(entry)} | classified(entry, parse_picture(body))

    def several(name: str | None, body: bytes) -> dict[str, Any]:
        entry = context.models.get(name)
        answers = [classified(entry, picture) for picture in _pictures(parse_object(body))]
        return {"model": model_id(entry), "answers": answers}

    async def predict(request: Request) -> Response:
        start = context.clock()
        result = await context.in_thread(one, request.query_params.get("model"), await request_body(request))
        result["times"]["server_ms"] = 1e3 * (context.clock() - start)
        return json_response(result)

    async def batch(request: Request) -> Response:
        name, body = request.query_params.get("model"), await request_body(request)
        return json_response(await context.in_thread(several, name, body))

    async def models(request: Request) -> Response:
        entries = await context.in_thread(context.models.all)
        return json_response({"default": context.models.default, "models": [described(entry) for entry in entries]})

    async def model(request: Request) -> Response:
        entry = await context.in_thread(context.models.get, request.query_params.get("model"))
        return json_response(described(entry) | {"layers": layers(entry), "about": entry.model.about})

    async def healthz(request: Request) -> Response:
        return json_response({"status": "alive"})

    async def readyz(request: Request) -> Response:
        if context.stopping:
            raise busy("the server is stopping: ask another one.")
        return json_response({"status": "ready", "model": model_id(context.models.get(None))})

    return [
        Route("/api/predict", predict, methods=["POST"]),
        Route("/api/predict/batch", batch, methods=["POST"]),
        Route("/api/models", models),
        Route("/api/model", model),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
    ]


def described(entry: ModelEntry) -> dict[str, Any]:
    """A model, in plain JSON types."""
    model = entry.model
    return {
        "name": entry.name,
        "title": entry.title,
        "dataset": entry.dataset,
        "classes": list(model.classes),
        "shape": list(model.in_shape),
        "preparation": model.preparation,
        "parameters": model.plan.size,
        "sha256": entry.sha256,
        "accuracy": entry.accuracy,
        "source": entry.source,
        "sure": threshold(entry),
    }


def layers(entry: ModelEntry) -> list[dict[str, Any]]:
    """A model's layers, in plain JSON types."""
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
        for row, (_, plan) in zip(rows(entry.model), plans)
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
