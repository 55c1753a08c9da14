"""The API for programs: pictures in, answers out, and which models there are."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.ink.prepare import prepare
from numnist.model.summary import rows
from numnist.serve.http.payload import Picture, body_of, image_in, object_in, picture_in, pixels_in
from numnist.serve.http.responses import Refused, answer, busy
from numnist.serve.routes.predictions import answer_of, named, threshold
from numnist.serve.state.context import Desk
from numnist.serve.state.models import Held

MOST = 64  # pictures in a batch


def routes(desk: Desk) -> list[Route]:
    """POST /api/predict, /api/predict/batch;  GET /api/models, /api/model, /healthz, /readyz."""

    def predicted(held: Held, picture: Picture) -> dict[str, Any]:
        """Prepare and classify one picture, with the time that each took."""
        start = desk.clock()
        ink = prepare(picture, held.model.preparation, held.model.in_shape)
        between = desk.clock()
        said = answer_of(held, ink)
        times = {"preparation_ms": 1e3 * (between - start), "forward_ms": 1e3 * (desk.clock() - between)}
        return said | {"times": times}

    def one(name: str | None, body: bytes) -> dict[str, Any]:
        held = desk.shelf.get(name)
        return {"model": named(held)} | predicted(held, picture_in(body))

    def several(name: str | None, body: bytes) -> dict[str, Any]:
        held = desk.shelf.get(name)
        return {"model": named(held), "answers": [predicted(held, picture) for picture in _pictures(object_in(body))]}

    async def predict(request: Request) -> Response:
        start = desk.clock()
        said = await desk.work(one, request.query_params.get("model"), await body_of(request))
        said["times"]["server_ms"] = 1e3 * (desk.clock() - start)
        return answer(said)

    async def batch(request: Request) -> Response:
        return answer(await desk.work(several, request.query_params.get("model"), await body_of(request)))

    async def models(request: Request) -> Response:
        shelf = desk.shelf
        return answer({"default": shelf.default, "models": [described(held) for held in await desk.work(shelf.all)]})

    async def model(request: Request) -> Response:
        held = await desk.work(desk.shelf.get, request.query_params.get("model"))
        return answer(described(held) | {"layers": layers(held), "about": held.model.about})

    async def healthz(request: Request) -> Response:
        return answer({"status": "alive"})

    async def readyz(request: Request) -> Response:
        if desk.stopping:
            raise busy("the server is stopping: ask another one.")
        return answer({"status": "ready", "model": named(desk.shelf.get(None))})

    return [
        Route("/api/predict", predict, methods=["POST"]),
        Route("/api/predict/batch", batch, methods=["POST"]),
        Route("/api/models", models),
        Route("/api/model", model),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
    ]


def described(held: Held) -> dict[str, Any]:
    """What a model is, in plain JSON types."""
    model = held.model
    return {
        "name": held.name,
        "title": held.title,
        "dataset": held.dataset,
        "classes": list(model.classes),
        "shape": list(model.in_shape),
        "preparation": model.preparation,
        "parameters": model.plan.size,
        "sha256": held.sha256,
        "accuracy": held.accuracy,
        "source": held.source,
        "sure": threshold(held),
    }


def layers(held: Held) -> list[dict[str, Any]]:
    """A model's layers, in plain JSON types."""
    plans = held.model.plan.leaves()
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
        for row, (_, plan) in zip(rows(held.model), plans)
    ]


def _pictures(data: dict[str, Any]) -> list[Picture]:
    """The pictures of a batch.  Raises Refused, naming the one that is wrong."""
    given = data.get("pictures")
    if set(data) != {"pictures"} or not isinstance(given, list) or not given:
        raise Refused(400, "bad_batch", 'a batch is {"pictures": [...]} with one picture or more, and nothing else.')
    if len(given) > MOST:
        message = f"a batch has at most {MOST} pictures, but this one {len(given)}: send several."
        raise Refused(413, "too_many_pictures", message)
    return [_picture(each, f"picture {i}") for i, each in enumerate(given)]


def _picture(given: Any, where: str) -> Picture:
    if isinstance(given, dict) and set(given) == {"image"}:
        return image_in(given["image"], where)
    if isinstance(given, dict):
        return pixels_in(given, where)
    raise Refused(400, "bad_batch", f'{where} is neither {{"pixels": [[...]]}} nor {{"image": "base64"}}.')
