"""The training pictures that excite a unit most, found once for each model in the background."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from numnist.explain.words import Words, worded
from numnist.interpret.blocks import steps
from numnist.interpret.strongest import Exciting, StrongestPictures
from numnist.serve.http.errors import ApiError
from numnist.serve.routes.datasets import counted, described
from numnist.serve.routes.request import requested_model
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry
from numnist.serve.state.pictures import PictureCache, Pictures

MOST = 3000  # training pictures: some seconds through a pretrained model, and enough for every kind of stroke


async def exciting(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /api/exciting?place=5&unit=3: the pictures that excite a unit of that layer's block most."""
    entry = await context.in_thread(requested_model, context, request)
    place, unit = request.query_params.get("place", ""), request.query_params.get("unit", "")
    if not (unit.isascii() and unit.isdigit() and len(unit) < 10):
        raise ApiError(400, "bad_index", f"unit={unit[:20]!r} is no unit: give a whole number from 0.")
    if place not in {known for known, _ in steps(entry.model.plan)}:
        raise ApiError(400, "bad_index", f"place={place[:20]!r} is no layer of {entry.name}: see /api/model.")
    key, about = ("exciting", entry.sha256), f"the list of pictures that excite {entry.name} most"
    pictures, strongest = context.in_background(key, _strongest, entry, context.pictures, about=about)
    return await context.in_thread(_answer, entry, pictures, strongest, place, int(unit))


def _strongest(entry: ModelEntry, cache: PictureCache) -> tuple[Pictures, StrongestPictures]:
    found = cache.pictures_for(entry, "train")
    pictures = Pictures(found.name, found.classes, found.split[:MOST])
    return pictures, StrongestPictures(entry.model, pictures.split.x)


def _answer(
    entry: ModelEntry, pictures: Pictures, strongest: StrongestPictures, place: str, unit: int
) -> dict[str, Any]:
    number = next(k for k, block in enumerate(strongest.blocks) if place in block.places)
    block = strongest.blocks[number]
    found = strongest.of(number, unit)
    return {
        "model": entry.id,
        "data": pictures.name,
        "place": block.places[block.shown],
        "unit": unit,
        **worded(sentence=_sentence(pictures, found, entry.model.in_shape[1:])),
        "pictures": [
            described(pictures, each.index)
            | {"value": each.value, "row": each.row, "column": each.column, "box": list(each.box)}
            for each in found
        ],
    }


def _sentence(pictures: Pictures, found: list[Exciting], size: tuple[int, ...]) -> Words | list[Words]:
    facts = {"pictures": len(pictures.split), "data": pictures.title}
    if found[0].value == found[-1].value:
        return Words(
            "exciting.same",
            "For at least {count} of {pictures} training pictures of {data} this unit has the same largest value, "
            "{value}.",
        ).put(count=len(found), value=found[0].value, **facts)
    labels = [pictures.classes[int(pictures.split.labels[each.index])] for each in found]
    said = Words(
        "exciting.sentence", "Of {pictures} training pictures of {data} these excite the unit most: {kinds:each}."
    ).put(kinds=counted(labels), **facts)
    parts = {(each.box[2] - each.box[0], each.box[3] - each.box[1]) for each in found}
    if parts == {tuple(size)}:
        return [said, Words("exciting.whole", "It sees the whole picture.")]
    return [said, Words("exciting.part", "The frame is the part that it sees, where it is excited most.")]
