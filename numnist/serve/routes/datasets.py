"""What needs a data set: test pictures to try, the confusion matrix on them, and the nearest training pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.requests import Request

from numnist.evaluation.metrics import evaluate
from numnist.explain.words import Words, worded
from numnist.interpret.neighbours import NeighbourIndex
from numnist.serve.http.arrays import packed
from numnist.serve.http.errors import ApiError
from numnist.serve.http.payload import parse_picture
from numnist.serve.inference.drawing import PreparedDrawing, prepared
from numnist.serve.routes.request import request_body, requested_digit, requested_label, requested_model, skipped_steps
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry
from numnist.serve.state.pictures import PictureCache, Pictures

NEIGHBOURS = 10  # that are shown


async def gallery(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/gallery?label=4: a random test picture of the model's data, with its label."""

    def pick() -> dict[str, Any]:
        entry = requested_model(context, request)
        label = requested_label(entry, request, "label")
        pictures = context.pictures.pictures_for(entry, "test")
        labels = pictures.split.labels
        candidates = np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
        if not len(candidates):
            what = "any picture" if label is None else f"a picture of {pictures.classes[label]}"
            raise ApiError(404, "no_data", f"the test split of {pictures.title} has not {what}.")
        return {"data": pictures.name} | described(pictures, int(np.random.default_rng().choice(candidates)))

    return await context.in_thread(pick)


async def confusion(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/confusion: rows are the true classes, columns the predictions; computed once in the background."""
    entry = await context.in_thread(requested_model, context, request)
    key, about = ("confusion", entry.sha256), f"the confusion matrix of {entry.name}"
    return {"model": entry.id} | context.in_background(key, _evaluate, entry, context.pictures, about=about)


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


async def nearest(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/nearest: the training pictures nearest in the last hidden layer, which is run once for all of them."""
    entry = await context.in_thread(requested_model, context, request)
    digit = requested_digit(request)
    key, about = ("neighbours", entry.sha256), f"the index of training pictures for {entry.name}"
    pictures, index = context.in_background(key, _index, entry, context.pictures, about=about)

    def find(body: bytes) -> dict[str, Any]:  # in this process, which has the index
        return _nearest(prepared(entry, parse_picture(body), skipped_steps(request), digit=digit), pictures, index)

    return await context.in_thread(find, await request_body(request))


def _index(entry: ModelEntry, cache: PictureCache) -> tuple[Pictures, NeighbourIndex]:
    pictures = cache.pictures_for(entry, "train")
    return pictures, NeighbourIndex(entry.model, pictures.split.x)


def _nearest(drawing: PreparedDrawing, pictures: Pictures, index: NeighbourIndex) -> dict[str, Any]:
    found = [] if drawing.ink.blank else index.nearest(drawing.batch[0], NEIGHBOURS)
    neighbours = [described(pictures, k) | {"distance": distance} for k, distance in found]
    said = worded(sentence=_sentence(pictures, [each["label"] for each in neighbours]))
    return {"model": drawing.entry.id, "data": pictures.name, **said, "neighbours": neighbours}


def _sentence(pictures: Pictures, labels: list[str]) -> Words:
    """Counts the neighbours of each class."""
    if not labels:
        return Words("nearest.nothing", "Nothing is drawn.")
    return Words(
        "nearest.sentence",
        "Of {count} training pictures of {data}, those nearest to the drawing in the last hidden layer are "
        "{kinds:each}.",
    ).put(count=len(pictures.split), data=pictures.title, kinds=counted(labels))


def counted(labels: list[str]) -> list[Words]:
    """How many there are of each kind, the most frequent first."""
    kinds = sorted(set(labels), key=labels.count, reverse=True)
    # no-break spaces: a line must not end between the number and its class
    each = Words("nearest.times", "{count}\u00a0×\u00a0“{label}”")
    return [each.put(count=labels.count(kind), label=kind) for kind in kinds]


def described(pictures: Pictures, index: int) -> dict[str, Any]:
    """A picture of a data set: its label, its index, and its levels 0..255, (H, W) or (C, H, W) in colour."""
    x, label = pictures.split.x[index], pictures.classes[int(pictures.split.labels[index])]
    levels = x if x.dtype == np.uint8 else np.rint(x * 255).astype(np.uint8)
    return {"label": label, "index": index, "picture": packed(levels[0] if len(levels) == 1 else levels)}
