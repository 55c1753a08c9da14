"""Stored drawings: kept with their true labels on this machine, to evaluate and fine-tune a model."""

from __future__ import annotations

import shlex
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.experiment.recipe import Recipe
from numnist.ink.prepare import prepare
from numnist.serve.http.payload import Picture, request_picture
from numnist.serve.http.responses import ApiError, json_response
from numnist.serve.routes.request import requested_model
from numnist.serve.state.context import AppContext
from numnist.serve.state.drawings import LEAST, DrawingStore
from numnist.serve.state.models import ModelEntry
from numnist.serve.training.request import FEW_BATCH, FEW_EPOCHS, GENTLE, starting_point
from numnist.support.errors import DataError

NAME = "mine"  # of the data set and the run in the commands


def routes(context: AppContext) -> list[Route]:
    """POST and GET /api/kept, DELETE /api/kept/last."""
    store = DrawingStore(context.kept)

    def keep(entry: ModelEntry, label: str, picture: Picture) -> dict[str, Any]:
        ink = prepare(picture, entry.model.preparation, entry.model.in_shape)
        if ink.blank:
            raise ApiError(400, "blank", "nothing is drawn, so there is nothing to keep: draw something first.")
        try:
            stored = store.keep(entry.model, label, ink.picture)
        except DataError as error:
            raise ApiError(409, "not_kept", str(error)) from None
        except OSError as error:
            raise ApiError(
                507, "not_kept", f"{context.kept} cannot be written ({error.strerror}): make room."
            ) from None
        return status(entry) | {"file": str(stored.file)}

    def status(entry: ModelEntry) -> dict[str, Any]:
        counts, folder = store.counts(entry.model), store.folder(entry.model)
        count = sum(counts.values())
        return {
            "folder": str(folder),
            "count": count,
            "least": LEAST,
            "labels": counts,
            "commands": commands(str(folder), entry) if count >= LEAST else [],
        }

    def undo() -> dict[str, Any]:
        stored = store.undo()
        if stored is None:
            raise ApiError(404, "nothing_kept", "no drawing that was kept since the start is left to take back.")
        return {"label": stored.label, "file": str(stored.file)}

    async def post(request: Request) -> Response:
        entry, label = requested_model(context, request), request.query_params.get("label")
        if label is None:
            raise ApiError(400, "no_label", "say what the drawing shows, as in /api/kept?label=4.")
        return json_response(await context.in_thread(keep, entry, label, await request_picture(request)), 201)

    async def get(request: Request) -> Response:
        return json_response(await context.in_thread(status, requested_model(context, request)))

    async def delete(request: Request) -> Response:
        return json_response(await context.in_thread(undo))

    return [
        Route("/api/kept", post, methods=["POST"]),
        Route("/api/kept", get),
        Route("/api/kept/last", delete, methods=["DELETE"]),
    ]


def commands(folder: str, entry: ModelEntry) -> list[str]:
    """Shell commands: fine-tune the model on the drawings, and evaluate it on them and on its own data."""
    start = str(starting_point(entry))
    lines = [["data", "import", folder, "--name", NAME], ["evaluate", start, "--dataset", NAME]]
    if entry.recipe:  # otherwise it is unknown how to train it
        run, rate = f"runs/{NAME}", GENTLE * Recipe.from_dict(entry.recipe).optimizer.learning_rate
        gently = ["--epochs", f"{FEW_EPOCHS}", "--batch-size", f"{FEW_BATCH}", "--learning-rate", f"{rate:g}"]
        lines += [["train", "--from", start, "--dataset", NAME, *gently, "--run", run]]
        lines += [["evaluate", run, "--dataset", data] for data in (NAME, str(entry.dataset))]
    return [shlex.join(["numnist", *line]) for line in lines]
