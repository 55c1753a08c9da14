"""Preprocessing: from any picture to the input that a network expects, with every step that was taken.

Ink is what was written, as opposed to the paper.  MNIST was made by resizing the ink into 20×20 of 28×28, keeping
its proportions, and then moving its centre of mass to the middle.  A network trained on such pictures misclassifies
all others, so the command line, the API and the page send every picture through here:

    picture ──> grey ──> light ink on black ──> box of the ink ──> resized to 20×20 ──> centre of mass in the middle

To see what a step is for, leave it out: prepare(..., without=["center"]).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.center import THRESHOLD, center_in_frame
from numnist.ink.foreground import extract_foreground
from numnist.ink.photo import extract_object
from numnist.ink.pixels import Floats, as_floats, border, resize, resize_into, to_grey
from numnist.support.errors import UsageError

# The steps that can be left out, in order: light ink on black; resized into the frame; centre of mass in the middle.
STEPS = {"digits": ("ink", "fit", "center"), "photo": ("ink", "fit"), "plain": ("fit",)}
PREPARATIONS = tuple(STEPS)  # every data set and model names one of them, see `prepare`


@dataclass(frozen=True, eq=False)
class Ink:
    """A prepared picture, and how it was made."""

    picture: NDArray[np.uint8]  # (H, W), light ink on black; (C, H, W) where the network takes colour
    polarity: str  # of the original: "light-on-dark" or "dark-on-light"
    box: tuple[int, int, int, int]  # of the ink, in pixels of the original: top, left, bottom, right (exclusive)
    scale: float  # prepared pixels per original pixel
    shift: tuple[int, int]  # pixels (down, right) by which the resized box was moved from the middle of the frame
    blank: bool  # True where nothing is drawn; then the picture is all zero
    # The intermediate pictures by name: "given" (in grey) and the result of each of STEPS, (h, w) or (C, h, w), uint8
    # or float 0..1.  Keeping them costs nothing, since they are made anyway.
    stages: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)
    # Where they were looked for and there are several, each character as a picture of its own, in reading order.
    characters: tuple[Ink, ...] = ()
    # Returns the left and the right half where it may be two characters that touch, else (): few pictures need them.
    halves: Callable[[], tuple[Ink, ...]] = field(default=tuple, repr=False)
    clear: bool = True  # False for ink beside the characters, several lines, and what is too wide for a character

    def to_dict(self) -> dict[str, Any]:
        """The steps as plain JSON types, without the pictures."""
        steps = {"polarity": self.polarity, "box": list(self.box), "scale": self.scale, "shift": list(self.shift)}
        return steps | {"blank": self.blank}


def prepare(picture: NDArray[Any], preparation: str, shape: tuple[int, int, int], without: Collection[str] = ()) -> Ink:
    """The picture as a network with this `preparation` and input shape (C, H, W) expects it.

    "digits" centres the ink as MNIST did;  "photo" cuts out the object and puts it on black, as Fashion-MNIST did;
    "plain" only resizes.
    without: steps to leave out, of STEPS["digits"]; a preparation ignores those that it does not have.
    Raises UsageError for an unknown preparation or step, and for what is not a picture.
    """
    unknown = [step for step in without if step not in STEPS["digits"]]
    if unknown:
        raise UsageError(f"preparing has no step {unknown[0]!r} to leave out; there are {', '.join(STEPS['digits'])}.")
    if preparation not in PREPARATIONS:
        raise UsageError(f"preparation {preparation!r} is unknown; there are {', '.join(PREPARATIONS)}.")
    if preparation == "digits":
        return prepare_digit(picture, shape, without)
    return prepare_photo(picture, shape, preparation == "photo", without)


def prepare_digit(
    picture: NDArray[Any], shape: tuple[int, int, int] = (1, 28, 28), without: Collection[str] = ()
) -> Ink:
    """Handwriting, prepared as MNIST was.

    picture: (H, W), (H, W, 3) or (H, W, 4), uint8 0..255 or float 0..1.
    without: "ink" takes the grey levels for ink, white paper too;  "fit" resizes the whole picture into the frame;
    "center" leaves the ink in the middle of the frame.
    Raises UsageError for what is not a picture, and for a network that takes colour.
    """
    C, H, W = shape
    if C != 1:
        raise UsageError(f"handwriting is prepared as one channel, but the network takes {C}: use 'photo'.")
    pixels, stride = as_floats(picture)
    grey = to_grey(pixels)
    ink, polarity = extract_foreground(grey) if "ink" not in without else (grey, "light-on-dark")  # (h, w), 0 is paper
    stages: dict[str, NDArray[Any]] = {"given": grey, "ink": ink}
    h, w = np.shape(picture)[:2]
    if (ink.max() if "ink" not in without else np.ptp(grey)) < THRESHOLD:
        blank = stages["fit"] = stages["center"] = np.zeros((H, W), np.uint8)
        return Ink(blank, polarity, (0, 0, h, w), 1.0, (0, 0), blank=True, stages=stages)
    if "fit" in without:
        middle, shift, box, scale = _place_whole(ink, (H, W))
    else:
        found = center_in_frame(ink[None], (H, W))
        shift, box, scale = tuple(found.shifts[0].tolist()), found.boxes[0], float(found.scales[0])
        middle = np.roll(found.pictures[0], np.negative(shift), axis=(0, 1))
    shift = (0, 0) if "center" in without else shift
    centered = np.roll(middle, shift, axis=(0, 1))  # only empty lines wrap around: all ink stays inside the frame
    stages |= {"fit": middle, "center": centered}
    top, left, bottom, right = np.minimum(np.multiply(box, stride), (h, w, h, w)).tolist()
    return Ink(centered, polarity, (top, left, bottom, right), scale / stride, shift, blank=False, stages=stages)


def prepare_photo(
    picture: NDArray[Any], shape: tuple[int, int, int], invert: bool = True, without: Collection[str] = ()
) -> Ink:
    """An object or a scene, prepared as the photographs of a data set were.

    One channel and `invert`: as Fashion-MNIST was made, from grey photographs on an even ground.  The ground becomes
    black and a dark object light; the picture is cut to the object, which is fitted into the frame.  A picture of the
    frame's size is fitted already: it is inverted if its border is light, else it stays as it is.
    Otherwise the whole picture is fitted into the frame, with its colours as they are.
    without: "ink" leaves the ground and takes the whole picture;  "fit" stretches to the frame, whatever the
    proportions.
    Raises UsageError for what is not a picture, and for a network with other channels than 1 or 3.
    """
    C, H, W = shape
    if C not in (1, 3):
        raise UsageError(f"a photo has 1 (grey) or 3 (red, green, blue) channels, but the network takes {C}.")
    pixels, stride = as_floats(picture)
    h, w = pixels.shape[:2]
    planes = to_grey(pixels)[None] if C == 1 else np.broadcast_to(np.moveaxis(pixels, 2, 0), (3, h, w))
    stages: dict[str, NDArray[Any]] = {"given": planes}
    light, rows, columns = True, slice(0, h), slice(0, w)
    if invert and "ink" not in without and C == 1:
        if (h, w) != (H, W):
            cut, (rows, columns), light = extract_object(planes[0])
            planes = cut[None]
        elif float(np.median(border(planes))) > 0.5:
            planes, light = 1 - planes, False
    stages["ink"] = planes
    planes = planes[:, rows, columns]
    if "fit" not in without:
        # what is added looks like the border of a scene; around an object it is black
        edge = border(planes) if stages["ink"] is stages["given"] else np.zeros((C, 1))
        background = np.rint(np.median(edge, axis=1) * 255)[:, None, None] / 255
        placed, scale = resize_into(planes, (H, W), background)
    else:
        placed, scale = resize(planes, H, W), min(H / planes.shape[1], W / planes.shape[2])
    result = np.rint(placed * 255).astype(np.uint8)
    stages["fit"] = result = result[0] if C == 1 else result
    full = np.shape(picture)[:2]
    top, left, bottom, right = np.multiply((rows.start, columns.start, rows.stop, columns.stop), stride).tolist()
    box = (top, left, min(bottom, full[0]), min(right, full[1]))
    polarity = "light-on-dark" if light else "dark-on-light"
    return Ink(result, polarity, box, scale / stride, (0, 0), blank=False, stages=stages)


def _place_whole(ink: Floats, frame: tuple[int, int]) -> tuple[NDArray[np.uint8], tuple[int, int], Any, float]:
    """The whole picture at the size of the frame, the shift to the centre of mass, the box and the scale.

    The shift never moves ink out of the frame.
    """
    whole, scale = resize_into(ink[None], frame, 0)
    middle = np.rint(whole[0] * (255 / whole.max())).astype(np.uint8)
    shifts = []
    for axis, size in enumerate(frame):
        profile = middle.sum(axis=1 - axis, dtype=np.float64)
        inked = np.flatnonzero(profile)
        center = float(profile @ (np.arange(size) + 0.5)) / float(profile.sum())
        shifts.append(int(np.clip(round(size / 2 - center), -inked[0], size - 1 - inked[-1])))
    return middle, (shifts[0], shifts[1]), (0, 0, *ink.shape), scale
