"""Ink: the one way from any picture to the one a network expects, and the steps it took.

MNIST was made by fitting the ink into 20×20 of 28×28, keeping its proportions, and then moving its centre
of mass to the centre.  A network trained on such pictures misreads all others, so the command line, the
API and the page send every picture through here:

    picture ──> grey ──> light ink on black ──> box of the ink ──> fit 20×20 ──> centre of mass to the centre

Resizing is numnist's own (two matrix products), so that the same picture gives the same bits everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.errors import UsageError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FITTED = 20 / 28  # the share of the frame that MNIST gives to the longer side of the ink
EDGE = 16.5 / 255  # what is fainter bounds no ink; up to here MNIST's own boxes are exactly 20 pixels
CELLS = 64  # specks are told from ink on a grid of at most 64×64 cells


@dataclass(frozen=True, eq=False)
class Ink:
    """A prepared picture, and how it was made.

    picture   (H, W) uint8, light ink on black; (C, H, W) where the network wants colour
    polarity  of the picture that was given: "light-on-dark" or "dark-on-light"
    box       of the ink, in pixels of the picture that was given: top, left, bottom, right (exclusive)
    scale     prepared pixels per given pixel
    shift     pixels (down, right) by which the fitted box was moved from the middle of the frame
    blank     True where nothing is drawn; then the picture is all zero
    """

    picture: NDArray[np.uint8]
    polarity: str
    box: tuple[int, int, int, int]
    scale: float
    shift: tuple[int, int]
    blank: bool

    def to_dict(self) -> dict[str, Any]:
        """The steps as plain JSON types, without the picture."""
        return {
            "polarity": self.polarity,
            "box": list(self.box),
            "scale": self.scale,
            "shift": list(self.shift),
            "blank": self.blank,
        }


def prepare(picture: NDArray[Any], preparation: str, shape: tuple[int, int, int]) -> Ink:
    """The picture as a network with this `preparation` ("digits" or "photo") and input shape expects it."""
    if preparation == "digits":
        return ink(picture, shape)
    if preparation == "photo":
        return photo(picture, shape)
    raise UsageError(f"preparation {preparation!r} is unknown: use 'digits' (fit the ink) or 'photo' (resize).")


def ink(picture: NDArray[Any], shape: tuple[int, int, int] = (1, 28, 28)) -> Ink:
    """Handwriting, prepared as MNIST was.

    picture: (H, W), (H, W, 3) or (H, W, 4), uint8 0..255 or float 0..1.
    Raises UsageError for what is not a picture.
    """
    C, H, W = shape
    if C != 1:
        raise UsageError(f"handwriting is prepared as one channel, but the network wants {C}: use 'photo'.")
    grey = _grey(_pixels(picture))  # (h, w) 0..1
    strength, polarity = _lift(grey)  # (h, w) 0 is paper
    if strength.max() < EDGE:
        return Ink(np.zeros((H, W), np.uint8), polarity, (0, 0, *grey.shape), 1.0, (0, 0), blank=True)
    fitted = fit(strength[None], (H, W))
    top, left, bottom, right = fitted.boxes[0].tolist()
    return Ink(
        fitted.pictures[0],
        polarity,
        (top, left, bottom, right),
        float(fitted.scales[0]),
        (int(fitted.shifts[0, 0]), int(fitted.shifts[0, 1])),
        blank=False,
    )


def photo(picture: NDArray[Any], shape: tuple[int, int, int]) -> Ink:
    """The whole picture, fitted into the frame in the colours that the network knows.

    One channel: grey on black, as in Fashion-MNIST, so a picture with a light background is inverted.
    Three channels: the colours as they are.
    """
    C, H, W = shape
    if C not in (1, 3):
        raise UsageError(f"a photo has 1 (grey) or 3 (red, green, blue) channels, but the network wants {C}.")
    pixels = _pixels(picture)  # (h, w, 3)
    planes = np.moveaxis(pixels, 2, 0) if C == 3 else _grey(pixels)[None]  # (C, h, w)
    border = _border(planes)  # (C, pixels)
    light = C == 1 and float(np.median(border)) > 0.5
    if light:
        planes, border = 1 - planes, 1 - border
    h, w = planes.shape[1:]
    scale = min(H / h, W / w)
    size = max(1, round(h * scale)), max(1, round(w * scale))
    offset = (H - size[0]) // 2, (W - size[1]) // 2
    down = _resampling([0], [h], [offset[0]], [size[0]], H, h)
    across = _resampling([0], [w], [offset[1]], [size[1]], W, w)
    out = np.empty((C, H, W))
    out[:] = np.median(border, axis=1)[:, None, None]  # what the picture does not fill looks like its edge
    inside = np.s_[:, offset[0] : offset[0] + size[0], offset[1] : offset[1] + size[1]]
    out[inside] = (down @ planes @ across.transpose(0, 2, 1))[inside]
    result = np.rint(out * 255).astype(np.uint8)
    return Ink(
        result[0] if C == 1 else result,
        "dark-on-light" if light else "light-on-dark",
        (0, 0, h, w),
        scale,
        (0, 0),
        blank=False,
    )


# ---- fitting: the box of the ink into the frame, its centre of mass to the centre -------------------------


@dataclass(frozen=True, eq=False)
class Fitted:
    """What `fit` did to each of N canvases: (N, H, W) uint8, (N, 4), (N,), (N, 2)."""

    pictures: NDArray[np.uint8]
    boxes: Ints
    scales: Floats
    shifts: Ints


def fit(canvases: NDArray[np.floating[Any]], frame: tuple[int, int] = (28, 28)) -> Fitted:
    """Clean canvases, each with some ink, as MNIST was made.  canvases: (N, h, w), 0 is paper.

    Whole-pixel moves only: what fits already stays itself to the bit, and edges stay as sharp as they were.
    """
    H, W = frame
    edge = canvases.max(axis=(1, 2))[:, None] * EDGE
    top, bottom = _extent(canvases.max(axis=2) > edge)
    left, right = _extent(canvases.max(axis=1) > edge)
    scale = np.minimum(H * FITTED / (bottom - top), W * FITTED / (right - left))  # (N,)
    down, dy = _placing(canvases.sum(axis=2, dtype=np.float64), top, bottom, scale, H)  # (N, H, h), (N,)
    across, dx = _placing(canvases.sum(axis=1, dtype=np.float64), left, right, scale, W)  # (N, W, w), (N,)
    out = down @ canvases @ across.transpose(0, 2, 1)  # (N, H, W)
    out *= 255 / out.max(axis=(1, 2), keepdims=True)
    return Fitted(
        np.rint(out).astype(np.uint8),
        np.stack([top, left, bottom, right], axis=1),
        scale,
        np.stack([dy, dx], axis=1),
    )


def _extent(inked: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """First inked line, and one past the last.  inked: (N, lines)"""
    return inked.argmax(axis=1), inked.shape[1] - inked[:, ::-1].argmax(axis=1)


def _placing(profile: Floats, start: Ints, stop: Ints, scale: Floats, frame: int) -> tuple[Floats, Ints]:
    """One axis of `fit`: the resampling matrices (N, frame, size), and the shifts from the middle (N,).

    profile: (N, size), the ink in each line, whose mean is the centre of mass.
    """
    length = stop - start
    fitted = np.maximum(np.rint(length * scale), 1).astype(np.int64)
    middles = np.arange(profile.shape[1]) + 0.5
    centre = (profile @ middles / profile.sum(axis=1) - start) * (fitted / length)
    # the whole pixel that leaves the centre of mass in [14, 15), which is where all of MNIST has it
    offset = np.clip(np.ceil(frame / 2 - centre).astype(np.int64), 0, frame - fitted)
    return _resampling(start, length, offset, fitted, frame, profile.shape[1]), offset - (frame - fitted) // 2


def _resampling(start: Any, length: Any, offset: Any, fitted: Any, frame: int, size: int) -> Floats:
    """Matrices (N, frame, size) that take `length` lines from `start` to `fitted` lines at `offset`.

    Shrinking averages areas: the weight is how much of the old pixel lies in the new one.  Enlarging draws
    straight lines between the middles of pixels.  At scale 1 both are the identity.
    """
    start, length, offset, fitted = (np.reshape(a, (-1, 1, 1)) for a in (start, length, offset, fitted))
    step = length / fitted  # old pixels per new pixel
    new = np.arange(frame)[:, None] - offset  # (N, frame, 1) counted from the box
    old = np.arange(size) - start  # (N, 1, size) counted from the box
    shrink = np.minimum((new + 1) * step, old + 1) - np.maximum(new * step, old)
    enlarge = 1 - np.abs((new + 0.5) * step - (old + 0.5))
    weights = np.maximum(np.where(step >= 1, shrink, enlarge), 0)
    weights *= (new >= 0) & (new < fitted) & (old >= 0) & (old < length)
    total = weights.sum(axis=2, keepdims=True)
    return weights / np.where(total > 0, total, 1)  # type: ignore[no-any-return]


# ---- cleaning: any picture to light ink on black ----------------------------------------------------------


def _pixels(picture: NDArray[Any]) -> Floats:
    """Whatever was given as (h, w, 3) from 0 to 1, transparency laid on white."""
    picture = np.asarray(picture)
    if picture.ndim == 2:
        picture = picture[:, :, None]
    if picture.ndim != 3 or picture.shape[2] not in (1, 3, 4) or picture.size == 0:
        raise UsageError(
            f"a picture is (H, W), (H, W, 3) or (H, W, 4), but this array has shape {picture.shape}: "
            "pass one picture at a time, channels last."
        )
    if picture.dtype == np.uint8:
        values = picture / 255
    elif picture.dtype == bool or np.issubdtype(picture.dtype, np.floating):
        values = picture.astype(np.float64)
        if not (values.min() >= 0 and values.max() <= 1):
            raise UsageError(
                f"a float picture runs from 0 to 1, this one from {values.min():.3g} to {values.max():.3g}: "
                "divide by the largest value, or pass uint8."
            )
    else:
        raise UsageError(f"a picture is uint8 0..255 or float 0..1, this one is {picture.dtype}: convert it.")
    if picture.shape[2] == 4:
        alpha = values[:, :, 3:]
        values = values[:, :, :3] * alpha + (1 - alpha)
    return np.broadcast_to(values, (*values.shape[:2], 3))


def _grey(pixels: Floats) -> Floats:
    """(h, w, 3) -> (h, w), weighted as the eye does (ITU-R BT.601)."""
    return pixels @ np.array([0.299, 0.587, 0.114])


def _border(planes: Floats) -> Floats:
    """The outermost pixels.  (C, h, w) -> (C, pixels)"""
    return np.concatenate([planes[:, 0], planes[:, -1], planes[:, :, 0], planes[:, :, -1]], axis=1)


def _lift(grey: Floats) -> tuple[Floats, str]:
    """Take the ink off the paper: strength (h, w), 0 where there is none, and the polarity found.

    Ink is on the side of the paper's grey that has more energy; the other side is noise, which tells how
    much of the ink's side is noise too.  Nothing drawn gives all zeros.
    """
    above = grey - _paper(grey)  # (h, w)
    light = float((np.maximum(above, 0) ** 2).sum()) >= float((np.minimum(above, 0) ** 2).sum())
    strength = above if light else -above
    behind = strength[strength < 0]
    noise = float(np.sqrt((behind**2).mean())) if behind.size else 0.0
    strength = np.maximum(strength - 4 * noise, 0)  # 4 standard deviations: about 2 false pixels in 60,000
    cells = _thumbnail(strength, CELLS)
    if cells.max() <= noise:  # nothing stands out of the noise
        strength = np.zeros_like(strength)
    return strength * _near(cells > 0.15 * cells.max(), strength.shape), "light-on-dark" if light else "dark-on-light"


def _near(cells: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which pixels lie in a marked cell or beside one: a speck marks no cell, a stroke all along itself."""
    grown = np.pad(cells, 1)
    grown = grown[:-2] | grown[1:-1] | grown[2:]
    grown = grown[:, :-2] | grown[:, 1:-1] | grown[:, 2:]
    rows, columns = (np.arange(n) * c // n for n, c in zip(shape, cells.shape))
    return grown[np.ix_(rows, columns)]


def _paper(grey: Floats) -> Floats:
    """The grey of the paper under each pixel (h, w): one level, or a smooth surface where light is uneven."""
    border = _border(grey[None])
    quarter, half, three_quarters = np.percentile(border, [25, 50, 75])
    if three_quarters - quarter <= 0.02:
        return np.full(grey.shape, half)
    cells = _thumbnail(grey, 32)
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in cells.shape), indexing="ij")
    A = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)  # (cells, 6)
    b = cells.ravel()
    clean = np.ones(len(b), bool)
    for _ in range(10):  # least trimmed squares: refit to the half that fits best, so that ink has no say
        c = np.linalg.lstsq(A[clean], b[clean], rcond=None)[0]
        error = np.abs(A @ c - b)
        clean = error <= np.median(error)
    y, x = np.linspace(-1, 1, grey.shape[0])[:, None], np.linspace(-1, 1, grey.shape[1])
    return c[0] + c[1] * x + c[2] * y + c[3] * x * x + c[4] * x * y + c[5] * y * y


def _thumbnail(grey: Floats, size: int) -> Floats:
    """Averages of at most size × size cells."""
    h, w = grey.shape
    rows, columns = min(h, size), min(w, size)
    down = _resampling([0], [h], [0], [rows], rows, h)[0]
    across = _resampling([0], [w], [0], [columns], columns, w)[0]
    return down @ grey @ across.T
