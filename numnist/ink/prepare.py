"""Ink: the one way from any picture to the one a network expects, and the steps it took.

MNIST was made by fitting the ink into 20×20 of 28×28, keeping its proportions, and then moving its centre
of mass to the centre.  A network trained on such pictures misreads all others, so the command line, the
API and the page send every picture through here:

    picture ──> grey ──> light ink on black ──> box of the ink ──> fit 20×20 ──> centre of mass to the centre

Resizing is numnist's own (two matrix products), so that the same picture gives the same bits everywhere.

To see what a step is for, leave it out: prepare(..., without=["center"]).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.center import EDGE, fit, resize
from numnist.ink.foreground import Floats, border_of, grey_of, lift, pixels_of
from numnist.support.errors import UsageError

PREPARATIONS = ("digits", "photo", "plain")  # of which a data set and a model name theirs, see `prepare`
# The steps that can be left out, in order: light ink on black; into its place in the frame; to the centre of mass.
STEPS = {"digits": ("ink", "fit", "center"), "photo": ("ink", "fit"), "plain": ("fit",)}


@dataclass(frozen=True, eq=False)
class Ink:
    """A prepared picture, and how it was made.

    picture   (H, W) uint8, light ink on black; (C, H, W) where the network wants colour
    polarity  of the picture that was given: "light-on-dark" or "dark-on-light"
    box       of the ink, in pixels of the picture that was given: top, left, bottom, right (exclusive)
    scale     prepared pixels per given pixel
    shift     pixels (down, right) by which the fitted box was moved from the middle of the frame
    blank     True where nothing is drawn; then the picture is all zero
    stages    the pictures on the way, by name: "given" (in grey) and what each of STEPS made of it, (h, w) or
              (C, h, w), uint8 or float 0..1.  Those that were made anyway, so they cost nothing
    """

    picture: NDArray[np.uint8]
    polarity: str
    box: tuple[int, int, int, int]
    scale: float
    shift: tuple[int, int]
    blank: bool
    stages: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The steps as plain JSON types, without the picture."""
        return {
            "polarity": self.polarity,
            "box": list(self.box),
            "scale": self.scale,
            "shift": list(self.shift),
            "blank": self.blank,
        }


def prepare(picture: NDArray[Any], preparation: str, shape: tuple[int, int, int], without: Collection[str] = ()) -> Ink:
    """The picture as a network with this `preparation` and input shape expects it.

    "digits" fits the ink as MNIST did;  "photo" resizes, on a black ground as in Fashion-MNIST;  "plain" only resizes.
    without: steps to leave out, of STEPS["digits"]; a preparation passes over those that it does not have.
    """
    unknown = [step for step in without if step not in STEPS["digits"]]
    if unknown:
        raise UsageError(f"preparing has no step {unknown[0]!r} to leave out; there are {', '.join(STEPS['digits'])}.")
    if preparation == "digits":
        return ink(picture, shape, without)
    if preparation == "photo":
        return photo(picture, shape, without=without)
    if preparation == "plain":
        return photo(picture, shape, invert=False, without=without)
    raise UsageError(f"preparation {preparation!r} is unknown; there are {', '.join(PREPARATIONS)}.")


def ink(picture: NDArray[Any], shape: tuple[int, int, int] = (1, 28, 28), without: Collection[str] = ()) -> Ink:
    """Handwriting, prepared as MNIST was.

    picture: (H, W), (H, W, 3) or (H, W, 4), uint8 0..255 or float 0..1.
    without: "ink" takes the grey as it is for ink, white paper too;  "fit" resizes the whole picture into the frame;
    "center" leaves the ink in the middle of the frame.
    Raises UsageError for what is not a picture.
    """
    C, H, W = shape
    if C != 1:
        raise UsageError(f"handwriting is prepared as one channel, but the network wants {C}: use 'photo'.")
    pixels, stride = pixels_of(picture)
    grey = grey_of(pixels)
    lifted, polarity = lift(grey) if "ink" not in without else (grey, "light-on-dark")  # (h, w), 0 is paper
    stages: dict[str, NDArray[Any]] = {"given": grey, "ink": lifted}
    h, w = np.shape(picture)[:2]
    if (lifted.max() if "ink" not in without else np.ptp(grey)) < EDGE:
        blank = np.zeros((H, W), np.uint8)
        stages |= {"fit": blank, "center": blank}
        return Ink(blank, polarity, (0, 0, h, w), 1.0, (0, 0), blank=True, stages=stages)
    middle, shift, box, scale = (_whole if "fit" in without else _fitted)(lifted, (H, W))
    shift = (0, 0) if "center" in without else shift
    centred = np.roll(middle, shift, axis=(0, 1))  # only empty lines go around: all ink stays inside the frame
    stages |= {"fit": middle, "center": centred}
    top, left, bottom, right = np.minimum(np.multiply(box, stride), (h, w, h, w)).tolist()
    return Ink(centred, polarity, (top, left, bottom, right), scale / stride, shift, blank=False, stages=stages)


def photo(
    picture: NDArray[Any], shape: tuple[int, int, int], invert: bool = True, without: Collection[str] = ()
) -> Ink:
    """The whole picture, fitted into the frame in the colours that the network knows.

    One channel: grey on black, as in Fashion-MNIST, so a picture with a light border is inverted if `invert`.
    Three channels: the colours as they are.
    without: "ink" inverts nothing;  "fit" stretches the picture to the frame, whatever its proportions.
    """
    C, H, W = shape
    if C not in (1, 3):
        raise UsageError(f"a photo has 1 (grey) or 3 (red, green, blue) channels, but the network wants {C}.")
    pixels, stride = pixels_of(picture)
    h, w = pixels.shape[:2]
    planes = grey_of(pixels)[None] if C == 1 else np.broadcast_to(np.moveaxis(pixels, 2, 0), (3, h, w))
    stages: dict[str, NDArray[Any]] = {"given": planes}
    border = border_of(planes)  # (C, pixels)
    light = invert and "ink" not in without and C == 1 and float(np.median(border)) > 0.5
    if light:
        planes, border = 1 - planes, 1 - border
    stages["ink"] = planes
    ground = np.rint(np.median(border, axis=1) * 255)[:, None, None]  # the empty space looks like the border
    if "fit" not in without:
        placed, scale = _into(planes, (H, W), ground / 255)
    else:
        placed, scale = resize(planes, H, W), min(H / h, W / w)
    result = np.rint(placed * 255).astype(np.uint8)
    result = result[0] if C == 1 else result
    return Ink(
        result,
        "dark-on-light" if light else "light-on-dark",
        (0, 0, *np.shape(picture)[:2]),
        scale / stride,
        (0, 0),
        blank=False,
        stages=stages | {"fit": result},
    )


# ---- placing: in the middle of the frame, and how far from there the centre of mass belongs -----------------

Placed = tuple[NDArray[np.uint8], tuple[int, int], tuple[int, ...], float]  # (H, W), shift, box, scale


def _fitted(lifted: Floats, frame: tuple[int, int]) -> Placed:
    """The ink's box as large as MNIST has it."""
    fitted = fit(lifted[None], frame)
    down, across = fitted.shifts[0].tolist()
    middle = np.roll(fitted.pictures[0], (-down, -across), axis=(0, 1))
    return middle, (down, across), tuple(fitted.boxes[0].tolist()), float(fitted.scales[0])


def _whole(lifted: Floats, frame: tuple[int, int]) -> Placed:
    """The whole picture as large as the frame.  It is not moved so far that ink would leave the frame."""
    whole, scale = _into(lifted[None], frame, 0)
    middle = np.rint(whole[0] * (255 / whole.max())).astype(np.uint8)
    shifts = []
    for axis, size in enumerate(frame):
        profile = middle.sum(axis=1 - axis, dtype=np.float64)
        inked = np.flatnonzero(profile)
        centre = float(profile @ (np.arange(size) + 0.5)) / float(profile.sum())
        shifts.append(int(np.clip(round(size / 2 - centre), -inked[0], size - 1 - inked[-1])))
    return middle, (shifts[0], shifts[1]), (0, 0, *lifted.shape), scale


def _into(planes: Floats, frame: tuple[int, int], ground: Any) -> tuple[Floats, float]:
    """Resize pictures (C, h, w) into the middle of a frame (H, W), keeping their proportions; and the scale."""
    (C, h, w), (H, W) = planes.shape, frame
    scale = min(H / h, W / w)
    rows, columns = max(1, round(h * scale)), max(1, round(w * scale))
    top, left = (H - rows) // 2, (W - columns) // 2
    placed = np.empty((C, H, W))
    placed[:] = ground
    placed[:, top : top + rows, left : left + columns] = resize(planes, rows, columns)
    return placed, scale
