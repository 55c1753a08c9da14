"""Picture files as arrays, grey or colour."""

from __future__ import annotations

import importlib.util
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from numnist.data.formats.claims import check_claims
from numnist.data.formats.depth import check_depth, clear_colour, from_16_bits, stored_as
from numnist.ink.pixels import is_hidden
from numnist.support.errors import DataError
from numnist.support.extras import install

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 50_000_000  # as large as phone photographs get; a small file can claim far more
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # a closed list: other decoders may start programs
SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm",
            ".heic", ".heif")  # fmt: skip
HEIC = (".heic", ".heif")  # as iPhones save photographs
HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"hevc")
HEIC_EXTRA = f"install what reads it ({install('heic')})"

_CONVERT = "save it again as PNG or JPEG"


def read_picture(source: str | os.PathLike[str] | bytes, name: str = "the picture") -> NDArray[np.uint8]:
    """A picture as it is meant to be seen: (H, W) if it is grey, else (H, W, 3), uint8 0..255.

    `source` is a path, or the bytes of a file, which messages call `name`.  EXIF rotation is applied, 16 bits are
    scaled to 8 (and 10, 12 or 14 in files of 16, with a warning), and of an animation the first frame is taken.
    Transparency is laid on white, whatever ground the file asks for; where white hides all, as under white ink, the
    transparency is the picture.  Colour profiles and gamma are not applied.
    Raises DataError.
    """
    if isinstance(source, bytes):
        return _decode(source, name)
    path = Path(source)
    try:
        if path.exists() and not path.is_file():  # a folder, or a pipe, which might never end
            raise DataError(f"{path} is not a file, but a picture is expected: name the picture in it.")
        return _decode(path.read_bytes(), str(path))
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        why = getattr(error, "strerror", None) or error
        raise DataError(f"the picture {path} cannot be read ({why}): check the path.") from error


def _decode(content: bytes, name: str) -> NDArray[np.uint8]:
    """The array in the bytes of a picture file."""
    from PIL import Image  # imported here, because numnist.data needs only NumPy

    if not content:
        raise DataError(f"{name} is empty (0 bytes), not a picture: {_CONVERT}.")
    with _refusing(name):
        if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
            return _pixels(_open_heic(content, name), name)
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:  # reads the header only
            _check_size(image.size, name)
            image.verify()  # the checksums of a PNG, which decoding ignores
            check_claims(image, content, name)
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return _pixels(image, name, turn=True)


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn what Pillow raises into a DataError that says what to do."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{name} has more than {MAX_PIXELS:,} pixels: make it smaller.") from error
    except UnidentifiedImageError as error:
        raise DataError(
            f"{name} is not a picture in one of the formats {', '.join(FORMATS)}, or a broken or rare one: {_CONVERT}."
        ) from error
    except DataError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly anything for a broken file
        raise DataError(f"{name} is a broken picture ({error}): {_CONVERT}.") from error


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise DataError(
            f"{name} is {width}×{height} pixels, more than the {MAX_PIXELS:,} that numnist unpacks: make it smaller."
        )


def can_read(suffix: str) -> bool:
    """Whether pictures with this suffix of SUFFIXES can be read here: HEIC needs an extra."""
    return suffix not in HEIC or importable("pillow_heif")


def importable(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _open_heic(content: bytes, name: str) -> Image.Image:
    """A photograph as iPhones save it, upright."""
    if not importable("pillow_heif"):
        raise DataError(f"{name} is a HEIC picture, as iPhones save them: {HEIC_EXTRA}, or {_CONVERT}.")
    import pillow_heif  # type: ignore[import-not-found, unused-ignore]

    heif = pillow_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=True)
    _check_size(heif.size, name)
    image: Image.Image = heif.to_pillow()
    return image


def pixels_of(image: Image.Image, name: str) -> NDArray[np.uint8]:
    """An image of Pillow as 8-bit grey (H, W), or (H, W, 3) if it shows any colour; messages call it `name`."""
    with _refusing(name):
        _check_size(image.size, name)
        return _pixels(image, name)


def _pixels(image: Image.Image, name: str, turn: bool = False) -> NDArray[np.uint8]:
    """turn: whether to apply EXIF rotation"""
    from PIL import Image, ImageOps

    stored = stored_as(image)  # before the pixels are decoded, which forgets it
    if turn:
        ImageOps.exif_transpose(image, in_place=True)
    clear = clear_colour(image, stored)
    if image.mode == "La":
        image = image.convert("LA")  # Pillow converts it to nothing else
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image)
        grey = from_16_bits(values, name, stored)
        return grey if clear is None else _on_white(grey, np.where(values == clear, 0, 255).astype(np.uint8))
    check_depth(image, name, stored)
    if stored.box:  # nothing is drawn outside it
        inside, image = image.convert("RGBA").crop(stored.box), Image.new("RGBA", image.size)
        image.paste(inside, stored.box)
    if image.has_transparency_data:
        if clear is not None:
            image.info["transparency"] = clear
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() != (255, 255):  # browsers write an alpha channel even if all is opaque
            white = Image.new("RGBA", image.size, "white")
            laid, alpha = Image.alpha_composite(white, image), np.asarray(image.getchannel("A"))
            if is_hidden(np.asarray(laid)) and not is_hidden(alpha):
                return alpha
            image = laid
    if image.mode not in ("L", "RGBA"):
        image = image.convert("RGB")
    # band by band: three times faster than comparing the bytes of pixels
    first, *others = (np.asarray(band) for band in image.split()[:3])
    return first if all(np.array_equal(first, other) for other in others) else np.asarray(image.convert("RGB"))


def _on_white(grey: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey (H, W) where it is opaque, else white; or what is opaque, if white hides all."""
    laid = np.where(alpha == 0, 255, grey).astype(np.uint8)
    return alpha if is_hidden(laid) and not is_hidden(alpha) else laid
