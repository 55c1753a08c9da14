"""The payload of a request: its body becomes a picture or a JSON object, or an error that says why not."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.formats.image import read_picture
from numnist.serve.http.errors import ApiError
from numnist.support.errors import DataError

Picture = NDArray[Any]
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"  # how the two formats begin
MOST_PIXELS = 16_777_216  # 4096×4096: photographs of today's phones, and at most 50 MB decoded
WANTED = 'send a PNG or JPEG file as the body, or JSON: {"pixels": [[0, 255, ...], ...]}'


def parse_picture(body: bytes) -> Picture:
    """The picture in a body, recognised by its first bytes, whatever its Content-Type.  Raises ApiError."""
    if body.startswith((PNG, JPEG)):
        return decode_image(body)
    if body.lstrip()[:1] == b"{":
        return parse_pixels(parse_object(body))
    if not body.strip():
        raise ApiError(400, "empty", f"the body is empty: {WANTED}.")
    raise ApiError(415, "unknown_format", f"the body is neither a PNG nor a JPEG file nor a JSON object: {WANTED}.")


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body.  Raises ApiError."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # ValueError: also of bytes that are no UTF-8
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ApiError(400, "bad_json", f"the body is not JSON ({why}): check what wrote it.") from None
    if not isinstance(data, dict):
        raise ApiError(400, "bad_json", f"the body is JSON, but {_kind(data)}: send an object, as {{...}}.")
    return data


def parse_pixels(data: dict[str, Any], where: str = "the body") -> Picture:
    """The picture of {"pixels": [[...], ...]}: whole numbers 0..255, or numbers 0..1, rows of equal length.

    If all numbers are 0 or 1, 1 is taken as the brightest.  Raises ApiError.
    """
    if set(data) != {"pixels"}:
        names = ", ".join(map(repr, sorted(data)))
        raise ApiError(400, "bad_pixels", f"{where} has the fields {names or 'none'}, but 'pixels' alone is expected.")
    rows = data["pixels"]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        raise ApiError(400, "bad_pixels", f"the pixels of {where} are not a list of rows, each a list of numbers.")
    try:
        x = np.array(rows)
    except (ValueError, OverflowError):
        raise ApiError(400, "bad_pixels", f"the rows of pixels of {where} are not equally long.") from None
    if x.dtype.kind not in "iuf":
        raise ApiError(400, "bad_pixels", f"the pixels of {where} are not all numbers.")
    if x.ndim != 2 and not (x.ndim == 3 and x.shape[2] == 3):
        message = f"the pixels of {where} have the shape {x.shape}, but (H, W) or (H, W, 3) is expected."
        raise ApiError(400, "bad_pixels", message)
    low, high = x.min(), x.max()
    whole = x.dtype.kind in "iu" or bool((x == np.rint(x)).all())
    if low < 0 or high > (255 if whole else 1):
        message = f"the pixels of {where} run from {low:g} to {high:g}, not whole from 0 to 255 or any from 0 to 1."
        raise ApiError(400, "bad_pixels", message)
    return x.astype(np.float64) if high <= 1 else x.astype(np.uint8)


def parse_image(text: Any, where: str, most: int = MOST_PIXELS) -> Picture:
    """The picture of a PNG or JPEG file in base64, of so many pixels at most.  Raises ApiError."""
    try:
        content = base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        message = f"the image of {where} is not base64 text: encode the PNG or JPEG file."
        raise ApiError(400, "bad_base64", message) from None
    if not content.startswith((PNG, JPEG)):
        raise ApiError(415, "unknown_format", f"the image of {where} is neither a PNG nor a JPEG file.")
    return decode_image(content, most)


def decode_image(content: bytes, most: int = MOST_PIXELS) -> Picture:
    """The picture of a PNG or JPEG file (see `read_picture`); its size is checked before it is decoded."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:  # reads the header only
            width, height = image.size
    except Image.DecompressionBombError as error:
        raise ApiError(413, "too_many_pixels", f"{error}: make the picture smaller.") from None
    except Exception as error:  # Pillow's readers raise nearly anything when a header is broken
        raise ApiError(400, "broken_picture", f"the picture's header is broken ({error}): save it anew.") from None
    if width * height > most:
        allowed = (
            f"{most:,}" if most == MOST_PIXELS else f"the {most:,} that are left of the {MOST_PIXELS:,} of a batch"
        )
        message = f"the picture has {width}×{height} pixels, more than {allowed}: make it smaller."
        raise ApiError(413, "too_many_pixels", message)
    try:
        return read_picture(content)
    except DataError as error:
        raise ApiError(400, "broken_picture", str(error)) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _kind(data: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(data), "null")
