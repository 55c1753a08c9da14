"""How many bits the samples of a picture file have, and what Pillow gets wrong where they are not 8."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

_INTERPRETATION, _WHITE_IS_ZERO = 262, 0  # TIFF's tag for what a number means, and its value for "0 is white"
_SIGN, _SIGNED = 339, (2,)  # TIFF's tag for the kind of numbers, and its value for whole ones with a sign

_FORM = re.compile(r"\w+;(?:(2|4|12)|(16)[BLN])")  # not BGR;16, the 5, 6 and 5 bits of a BMP


class Stored(NamedTuple):
    """The form of a file.

    bits: of each sample, None where nothing says so;  signed, inverted: the numbers of a TIFF;
    box: what a GIF's first frame covers, None if all
    """

    bits: int | None
    signed: bool
    inverted: bool
    box: tuple[int, int, int, int] | None


def stored_as(image: Image.Image) -> Stored:
    """What the file says that an image of Pillow was opened from; it knows that until its pixels are decoded."""
    tags = getattr(image, "tag_v2", {})
    tiles = getattr(image, "tile", [])
    arguments = tiles[0][3] if tiles else None  # of the decoder: the form, such as RGB;16B, and more
    form = _FORM.fullmatch(str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments))
    bits = int(form[1] or form[2]) if form else None
    partly = tiles and image.format == "GIF" and tiles[0][1] != (0, 0, *image.size)
    return Stored(
        bits, tags.get(_SIGN) == _SIGNED, tags.get(_INTERPRETATION) == _WHITE_IS_ZERO, tiles[0][1] if partly else None
    )


def clear_colour(image: Image.Image, stored: Stored) -> Any:
    """The one grey or colour of a PNG that is transparent, as the decoded pixels have it; None if there is none.

    Pillow keeps it in the file's bits, but pixels of 2 and 4 bits come as 8, and colours of 16 without their lower 8.
    """
    clear = image.info.get("transparency")
    if image.mode == "L" and isinstance(clear, int) and stored.bits in (2, 4):
        return clear * 255 // ((1 << stored.bits) - 1)
    if image.mode == "RGB" and isinstance(clear, tuple) and stored.bits == 16:
        return tuple(value >> 8 for value in clear)
    return clear if image.mode.startswith("I") and isinstance(clear, int) else None


def check_depth(image: Image.Image, name: str, stored: Stored) -> None:
    """Refuse what comes wrong as 8 bits: negative numbers, and colours of fewer bits in a file of 16.

    Of these Pillow has kept the upper 8, and so hardly anything.
    """
    if not stored.signed and stored.bits != 16:
        return
    extremes = image.getextrema()
    most = max(high for _, high in (extremes if isinstance(extremes[0], tuple) else (extremes,)))
    if stored.signed and most > 127:
        raise DataError(f"{name} has negative values, but 0 to 255 are expected. Save it again as PNG or JPEG.")
    if stored.bits == 16 and most < 1 << 6:
        raise DataError(
            f"{name} has values up to {most * 257:,} at most, in 16 bits: it may be a dark picture, or a brighter one "
            "of 14 bits or fewer. Save it again as a PNG of 8 bits."
        )


def from_16_bits(x: NDArray[Any], name: str, stored: Stored) -> NDArray[np.uint8]:
    """Grey of more than 8 bits: whole numbers 0..65535, or floats 0..1.  Pillow itself would clip at 255.

    Cameras and scanners also keep 8, 10, 12 or 14 bits in files of 16, and nothing in the file says so. Where the
    largest value is in the upper half of such a range it is taken for that, with a warning. Between these ranges it
    may as well be a dark picture of 16 bits, which is refused.
    """
    low, high, most = float(x.min()), float(x.max()), 1.0 if x.dtype.kind == "f" else 65535.0
    if not 0 <= low <= high <= most:  # NaN compares false
        raise DataError(
            f"{name} has values from {low:g} to {high:g}, but 0 to {most:g} are expected: save it again as PNG or JPEG."
        )
    if stored.bits == 12:  # TIFF can say so
        most = 4095.0
    elif x.dtype.kind != "f" and high >= 128:  # below that it is black
        bits = next(bits for bits in (8, 10, 12, 14, 16) if high < 1 << bits)
        most = float((1 << bits) - 1)
        if bits < 16:
            if high < most / 2:
                raise DataError(
                    f"{name} has values from {low:g} to {high:g} in 16 bits: it may be a dark picture, or a brighter "
                    f"one of {bits} bits. Save it again as a PNG of 8 bits."
                )
            warnings.warn(
                f"pictures of 16 bits with values up to {most:g} at most are taken for pictures of {bits} bits.",
                stacklevel=2,
            )
    grey = np.rint(x * (255 / most)).astype(np.uint8)
    return 255 - grey if stored.inverted else grey
