"""It was a 4: drawings are kept with their true answers, on this machine, to fine-tune a model with them."""

from __future__ import annotations

import shlex
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.experiment.recipe import Recipe
from numnist.ink.prepare import prepare
from numnist.serve.http.payload import Picture, picture_of
from numnist.serve.http.responses import Refused, answer
from numnist.serve.routes.request import held_of
from numnist.serve.state.context import Desk
from numnist.serve.state.drawings import LEAST, Kept
from numnist.serve.state.models import Held
from numnist.serve.training.request import FEW_BATCH, FEW_EPOCHS, GENTLE, place_of
from numnist.support.errors import DataError

NAME = "mine"  # what the commands call the data set and the run


def routes(desk: Desk) -> list[Route]:
    """POST and GET /api/kept, DELETE /api/kept/last."""
    kept = Kept(desk.kept)

    def keep(held: Held, label: str, picture: Picture) -> dict[str, Any]:
        ink = prepare(picture, held.model.preparation, held.model.in_shape)
        if ink.blank:
            raise Refused(400, "blank", "nothing is drawn, so there is nothing to keep: draw something first.")
        try:
            place = kept.keep(held.model, label, ink.picture)
        except DataError as error:
            raise Refused(409, "not_kept", str(error)) from None
        except OSError as error:
            raise Refused(507, "not_kept", f"{desk.kept} cannot be written ({error.strerror}): make room.") from None
        return told(held) | {"file": str(place.file)}

    def told(held: Held) -> dict[str, Any]:
        counts, folder = kept.counts(held.model), kept.folder(held.model)
        count = sum(counts.values())
        return {
            "folder": str(folder),
            "count": count,
            "least": LEAST,
            "labels": counts,
            "commands": commands(str(folder), held) if count >= LEAST else [],
        }

    def undo() -> dict[str, Any]:
        place = kept.undo()
        if place is None:
            raise Refused(404, "nothing_kept", "nothing that was kept since the start is left to take back.")
        return {"label": place.label, "file": str(place.file)}

    async def post(request: Request) -> Response:
        held, label = held_of(desk, request), request.query_params.get("label")
        if label is None:
            raise Refused(400, "no_label", "say what it was, as in /api/kept?label=4.")
        return answer(await desk.work(keep, held, label, await picture_of(request)), 201)

    async def get(request: Request) -> Response:
        return answer(await desk.work(told, held_of(desk, request)))

    async def delete(request: Request) -> Response:
        return answer(await desk.work(undo))

    return [
        Route("/api/kept", post, methods=["POST"]),
        Route("/api/kept", get),
        Route("/api/kept/last", delete, methods=["DELETE"]),
    ]


def commands(folder: str, held: Held) -> list[str]:
    """Lines for the shell: fine-tune the model with what was kept, and judge both on it and on what it knew before."""
    start = str(place_of(held))
    lines = [["data", "import", folder, "--name", NAME], ["evaluate", start, "--dataset", NAME]]
    if held.recipe:  # else nobody knows how it is trained
        run, rate = f"runs/{NAME}", GENTLE * Recipe.from_dict(held.recipe).optimizer.learning_rate
        gently = ["--epochs", f"{FEW_EPOCHS}", "--batch-size", f"{FEW_BATCH}", "--learning-rate", f"{rate:g}"]
        lines += [["train", "--from", start, "--dataset", NAME, *gently, "--run", run]]
        lines += [["evaluate", run, "--dataset", data] for data in (NAME, str(held.dataset))]
    return [shlex.join(["numnist", *line]) for line in lines]
