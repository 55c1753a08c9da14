"""Predictions for programs: for one picture, and for several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numnist.serve.http.errors import ApiError
from numnist.serve.http.payload import MOST_PIXELS, Picture, parse_image, parse_object, parse_picture, parse_pixels
from numnist.serve.inference.drawing import prepared
from numnist.serve.state.models import ModelEntry

MOST = 64  # pictures in a batch


def one(entry: ModelEntry, body: bytes) -> dict[str, Any]:
    """The prediction for the picture in a body."""
    return prepared(entry, parse_picture(body)).predict()


def several(entry: ModelEntry, body: bytes) -> dict[str, Any]:
    """The predictions for the pictures in a body, each classified alone; the model is named once."""
    answers = [prepared(entry, picture).predict() for picture in _pictures(parse_object(body))]
    return {"model": entry.id, "answers": [{k: v for k, v in answer.items() if k != "model"} for answer in answers]}


def _pictures(data: dict[str, Any]) -> Iterator[Picture]:
    """The pictures of a batch, one at a time in memory, all together as large as one alone may be.

    Raises ApiError, which names the picture that is wrong.
    """
    given = data.get("pictures")
    if set(data) != {"pictures"} or not isinstance(given, list) or not given:
        raise ApiError(400, "bad_batch", 'a batch is {"pictures": [...]} with one picture or more, and nothing else.')
    if len(given) > MOST:
        message = f"a batch has at most {MOST} pictures, but this one {len(given)}: send several."
        raise ApiError(413, "too_many_pictures", message)
    left = MOST_PIXELS
    for i, each in enumerate(given):
        picture = _picture(each, f"picture {i}", left)
        left -= picture.shape[0] * picture.shape[1]
        yield picture


def _picture(given: Any, where: str, most: int) -> Picture:
    if isinstance(given, dict) and set(given) == {"image"}:
        return parse_image(given["image"], where, most)
    if isinstance(given, dict):
        return parse_pixels(given, where)
    raise ApiError(400, "bad_batch", f'{where} is neither {{"pixels": [[...]]}} nor {{"image": "base64"}}.')
