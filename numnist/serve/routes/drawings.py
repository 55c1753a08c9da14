"""Stored drawings: kept with their true labels on this machine, to evaluate and fine-tune a model.

Each page counts, takes back and trains its own.  On the server's machine a page is told of all of them, too.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from numnist.experiment.recipe import Recipe
from numnist.serve.http.errors import ApiError
from numnist.serve.http.folders import without_folders
from numnist.serve.http.payload import parse_picture
from numnist.serve.http.responses import json_response
from numnist.serve.inference.drawing import prepared
from numnist.serve.routes.request import request_body, requested_model
from numnist.serve.routes.visitor import Visitor, visitor_of
from numnist.serve.state.context import AppContext
from numnist.serve.state.drawings import LEAST
from numnist.serve.state.models import ModelEntry
from numnist.serve.training.request import FEW_BATCH, FEW_EPOCHS, GENTLE, starting_point
from numnist.support.errors import DataError

NAME = "mine"  # of the data set and the run in the commands


async def keep(context: AppContext, request: Request) -> Response:
    """POST /api/kept?label=4: store the drawing in the body with its label."""
    label = request.query_params.get("label")
    if label is None:
        raise ApiError(400, "no_label", "say what the drawing shows, as in /api/kept?label=4.")

    visitor = visitor_of(request)

    def work(body: bytes) -> dict[str, Any]:
        entry = requested_model(context, request)
        ink = prepared(entry, parse_picture(body)).ink
        if ink.blank:
            raise ApiError(400, "blank", "nothing is drawn, so there is nothing to keep: draw something first.")
        if len(entry.reader.characters(ink)) > 1:
            message = "several digits are drawn, and a drawing is kept with one label: draw one at a time."
            raise ApiError(400, "several", message)
        try:
            stored = context.drawings.keep(entry.model, label, ink.picture, visitor.page)
        except DataError as error:
            raise ApiError(409, "not_kept", without_folders(str(error))) from None
        except OSError as error:
            message = f"{context.kept} cannot be written ({error.strerror}): make room."
            raise ApiError(507, "not_kept", without_folders(message)) from None
        return _status(context, entry, visitor) | {"file": _told(stored.file, visitor)}

    return json_response(await context.in_thread(work, await request_body(request)), 201)


async def kept(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/kept: how many drawings there are for a model, and what to do with them."""
    visitor = visitor_of(request)
    return await context.in_thread(lambda: _status(context, requested_model(context, request), visitor))


async def undo(context: AppContext, request: Request) -> dict[str, Any]:
    """DELETE /api/kept/last: remove the drawing that the page stored last."""
    visitor = visitor_of(request)
    stored = await context.in_thread(context.drawings.undo, visitor.page)
    if stored is None:
        message = "no drawing that this page has kept since the server started is left to take back."
        raise ApiError(404, "nothing_kept", message)
    return {"label": stored.label, "file": _told(stored.file, visitor)}


def _status(context: AppContext, entry: ModelEntry, visitor: Visitor) -> dict[str, Any]:
    """The page's own drawings; on the server's machine also all together, their folder, and what to do with them."""
    own = context.drawings.counts(entry.model, visitor.page)
    found = {"count": sum(own.values()), "least": LEAST, "labels": own, "trainable": bool(entry.recipe)}
    found["enough"] = _enough(own)
    if not visitor.local:
        return found | {"all": None}
    labels, folder = context.drawings.counts(entry.model), str(context.drawings.folder(entry.model))
    count = sum(labels.values())
    lines = commands(folder, entry) if _enough(labels) else []
    return found | {"all": {"folder": folder, "count": count, "labels": labels, "commands": lines}}


def _enough(labels: dict[str, int]) -> bool:
    """Whether a model can learn from so many drawings of each class: of one class alone there is nothing to learn."""
    return sum(labels.values()) >= LEAST and sum(count > 0 for count in labels.values()) > 1


def _told(file: Path, visitor: Visitor) -> str:
    """A path for who is at its machine; the name alone for others."""
    return str(file) if visitor.local else file.name


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
