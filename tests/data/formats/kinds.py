"""A digit in every format and every mode that Pillow can write; rarer.py has what it cannot write by itself."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from numnist.data.formats.image import FORMATS
from numnist.data.strokes.drawing import draw

HEIGHT, WIDTH = 90, 84  # of the picture: three times a drawing, and three more rows above and below it
ROUNDED = 4  # of 255: what conversions to and from other colours lose
LOSSY = 40  # of 255: what JPEG and the like may change of a single pixel
FEW_COLOURS = 16  # of 255: what a palette that Pillow chooses may change
LIGHTNESS = 30  # of 255: what is between the L of LAB, which follows the eye, and grey
MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB", "I", "I;16",
         "I;16B", "I;16L", "F")  # fmt: skip
CLIPPING = ("GIF", "WEBP")  # formats of 8 bits, into which Pillow writes 255 for all above
SQUEEZED = ("JPEG", "MPO", "WEBP")  # formats that change pixels


@dataclass(frozen=True)
class Kind:
    """One file, or an image in memory.

    tolerance: of 255, by how much a pixel may be off;  None: numnist, or Pillow, does not read this and says so
    """

    name: str
    content: bytes | Image.Image
    tolerance: float | None


@cache
def digit(number: int = 0) -> tuple[np.ndarray, int]:
    """A digit in black on white paper (HEIGHT, WIDTH), and which."""
    x, labels = draw(number + 1, seed=20)
    paper = 255 - np.kron(x[number], np.ones((3, 3), np.uint8))
    return np.pad(paper, ((3, 3), (0, 0)), constant_values=255), int(labels[number])


def in_mode(grey: np.ndarray, mode: str) -> Image.Image:
    """A grey picture as an image of this mode, and no different to look at."""
    if mode == "LAB":
        neutral = Image.new("L", grey.shape[::-1], 128)
        return Image.merge("LAB", (Image.fromarray(grey), neutral, neutral))
    if mode == "I;16L":
        return Image.frombytes("I;16L", grey.shape[::-1], (grey.astype("<u2") * 257).tobytes())
    if mode[0] == "I":
        kind = {"I": np.int32, "I;16": "<u2", "I;16B": ">u2"}[mode]
        return Image.fromarray((grey.astype(np.int64) * 257).astype(kind))
    if mode == "F":
        return Image.fromarray((grey / 255).astype(np.float32))
    image = Image.fromarray(grey)
    for step in {"PA": ("P", "PA"), "La": ("LA", "La"), "RGBa": ("RGBA", "RGBa"), "HSV": ("RGB", "HSV")}.get(
        mode, (mode,)
    ):
        image = image.convert(step, dither=Image.Dither.NONE) if step == "1" else image.convert(step)
    return image


def encode(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def written(number: int = 0) -> Iterator[Kind]:
    """Every format times every mode, where Pillow can write it."""
    Image.init()
    grey, _ = digit(number)
    for kind in sorted(Image.SAVE):
        for mode in MODES:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    content = encode(in_mode(grey, mode), kind)
            except Exception:  # this format has no such mode, or another program would have to write it
                continue
            if kind in CLIPPING and mode[0] in "IF":
                continue  # Pillow has written another picture
            read = kind in FORMATS or kind == "MPO"
            yield Kind(f"{kind} {mode}", content, _tolerance(kind, mode) if read else None)


def _tolerance(kind: str, mode: str) -> float:
    if mode == "1":
        return 128  # of a pixel that was neither
    if mode == "LAB":
        return LIGHTNESS
    if kind == "GIF" and mode in ("RGBA", "RGBa"):
        return FEW_COLOURS
    return LOSSY if kind in SQUEEZED else ROUNDED


def off(read: np.ndarray, grey: np.ndarray) -> float:
    """By how much of 255 the worst pixel is wrong, in grey."""
    if read.shape[:2] != grey.shape:
        return 255.0
    seen = read if read.ndim == 2 else read @ np.array([0.299, 0.587, 0.114])
    return float(np.abs(seen.astype(float) - grey).max())


def in_memory(number: int = 0) -> Iterator[Kind]:
    """An image of Pillow in each mode."""
    for mode in MODES:
        yield Kind(f"image {mode}", in_mode(digit(number)[0], mode), _tolerance("", mode))


def turned(number: int = 0) -> Iterator[Kind]:
    """In each of the eight ways that EXIF can say, in each format that has EXIF."""
    undo = (
        lambda x: x, np.fliplr, lambda x: np.rot90(x, 2), np.flipud, np.transpose, lambda x: np.rot90(x, 1),
        lambda x: np.rot90(x, 2).T, lambda x: np.rot90(x, -1),
    )  # fmt: skip
    for kind in ("PNG", "JPEG", "TIFF", "WEBP", "MPO"):
        for turn, change in enumerate(undo, start=1):
            exif = Image.Exif()
            exif[0x0112] = turn
            image = Image.fromarray(np.ascontiguousarray(change(digit(number)[0])))
            yield Kind(f"{kind} turned {turn}", encode(image, kind, exif=exif), LOSSY if kind in SQUEEZED else 0)
