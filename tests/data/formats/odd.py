"""What numnist makes of odd pictures, judged: for each its name, and what is wrong, "" if nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from numnist.data.formats.image import pixels_of, read_picture
from numnist.model.model import Model
from numnist.model.predict import read
from numnist.support.errors import DataError
from tests.data.formats import kinds, pngsuite, rarer

WAYS: tuple[Callable[..., Iterator[kinds.Kind]], ...] = (kinds.written, kinds.in_memory, kinds.turned, rarer.rarer)


def judged(content: bytes, name: str) -> str:
    """What came of a picture file: "read", "refused" with advice, or what is wrong."""
    try:
        found = read_picture(content, name)
    except DataError as error:
        return "refused" if refused(error, name) else f"WRONG: {error}"
    except BaseException as error:  # whatever else comes is the fault that is looked for
        return f"WRONG: {error!r}"
    return "read" if found.dtype == np.uint8 and found.ndim in (2, 3) else f"WRONG: {found.dtype} {found.shape}"


def refused(error: DataError, name: str) -> bool:
    """Whether an error names the file, and says what to do."""
    return name in str(error) and any(way in str(error) for way in ("ave it again", "make it smaller"))


def png_faults() -> Iterator[tuple[str, str]]:
    """Of each PNG."""
    for case in (*pngsuite.cases(), *pngsuite.further()):
        try:
            found = _pixels(case.content, case.name)
        except DataError as error:
            wrong = "" if case.shown is None and refused(error, case.name) else str(error)
        else:
            wrong = "let in" if case.shown is None else "" if case.fits(found) else "wrong"
        yield case.name, wrong


def kind_faults(number: int, model: Model | None = None) -> Iterator[tuple[str, str]]:
    """Of a drawing in each kind of file.   model: one that must read it as the digit that it is"""
    grey, label = kinds.digit(number)
    for kind in (each for way in WAYS for each in way(number)):
        try:
            found = _pixels(kind.content, kind.name)
        except DataError as error:
            wrong = "" if kind.tolerance is None and refused(error, kind.name) else str(error)
        else:
            off = kinds.off(found, grey)
            wrong = "let in" if kind.tolerance is None else f"off by {off:g}" if off > kind.tolerance else ""
            if model and not wrong and read(model, [kind.content])[0].label != str(label):
                wrong = "read as another digit"
        yield kind.name, wrong


def legible(model: Model) -> Iterator[int]:
    """The numbers of drawings that the model reads where they are plain."""
    number = 0
    while True:
        grey, label = kinds.digit(number)
        if read(model, [grey])[0].label == str(label):
            yield number
        number += 1


def _pixels(content: bytes | Image.Image, name: str):
    return read_picture(content, name) if isinstance(content, bytes) else pixels_of(content, name)


def originals() -> list[bytes]:
    """The files to be damaged: PNG in all forms, and twice those of the other formats, of which there are fewer."""
    found = [case.content for case in (*pngsuite.cases(), *pngsuite.further())]
    every = (*kinds.written(), *kinds.turned(), *rarer.rarer())
    return found + 2 * [
        kind.content for kind in every if isinstance(kind.content, bytes) and len(kind.content) < 200_000
    ]
