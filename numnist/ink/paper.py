"""The paper: its grey at every pixel of a picture, in even light or not."""

from __future__ import annotations

from typing import Literal

import numpy as np

from numnist.ink.pixels import Floats, border, resize

Beyond = Literal["constant", "edge"]

EVEN = 0.02  # the interquartile range up to which a border is of one tone
ONE_TONE = 0.10  # the same for a class of pixels
NARROW = 3  # times as long as wide: so narrow is only what was cut to a 1
MOST = 0.65  # of all pixels: the larger class is paper, whatever lies in the corners
APART = 4  # interquartile ranges of the paper between the means of two classes; the halves of mere noise are 2 apart
SMALL = 24  # pixels a side; in smaller pictures too few are paper to see more than their border's tone
BROAD = 0.28  # of a picture's side; what is broader than this both ways is no stroke
ENOUGH = 128  # pixels a side that are enough for a median
FINEST = 256  # cells a side that show the edge of a shadow


def paper_grey(grey: Floats) -> tuple[Floats | float, bool]:
    """The paper's grey, one number or (h, w), and whether the picture's border is of one tone.

    A border of one tone is paper, if much of the picture has its tone.  Else the border has ink or other things in it:
    then the larger of two classes of pixels is paper (where both are large, the one with more of the corners), if it is
    of one tone; and if it is not, the light is uneven.
    """
    frame = border(grey[None])
    tone = float(np.median(frame))
    few = some(grey)
    like_border = np.count_nonzero(np.abs(few - tone) <= ONE_TONE)
    if _spread(frame) <= EVEN and like_border > (1 - MOST) * few.size:
        return tone, True
    threshold = _otsu(few)
    below, corners = few <= threshold, float((grey[[0, 0, -1, -1], [0, -1, 0, -1]] <= threshold).mean())
    share = float(below.mean())
    if max(grey.shape) >= NARROW * min(grey.shape):
        share = 0.5  # cut to a 1: nearly all is ink, but pens are round
    dark = 2 * share + corners > 1.5 if max(share, 1 - share) < MOST else share > 0.5
    paper, other = few[below == dark], few[below != dark]
    if min(grey.shape) < SMALL:
        return float(np.percentile(paper, 25 if dark else 75)), False
    apart = abs(float(paper.mean() - other.mean())) if paper.size and other.size else 0.0
    if _spread(paper) <= min(ONE_TONE, apart / APART):
        return float(np.median(paper)), False
    return _illumination(grey), False


def some(x: Floats) -> Floats:
    """Every pixel of a small picture, and enough of a large one for its median: at least ENOUGH a side."""
    step = max(1, min(x.shape) // ENOUGH)
    return x[::step, ::step]


def without_shadows(strength: Floats) -> Floats:
    """What rises above the ground around it, and is narrower than BROAD: ink, but neither shadows nor other grounds.

    The ground is a morphological opening, and the rest its top hat (Meyer, 1979).  Cells of at most FINEST a side
    are fine enough for the edge of a shadow.
    """
    cells = resize(strength, *(min(n, FINEST) for n in strength.shape))
    hat: Floats = strength - resize(opened(cells, "edge"), *strength.shape)
    paper = some(strength) < 0.25 * strength.max()
    hat -= np.median(some(hat)[paper])  # the opening runs along the lower edge of noise
    return hat


def opened(x: Floats, beyond: Beyond) -> Floats:
    """The smallest of a window around each pixel, then the largest of those: x (h, w) without its strokes.

    beyond: what lies beyond the edge: "constant" is paper, 0, so that a stroke along the edge stays narrow; with
    "edge" the picture goes on as it is there.
    """
    radius = max(1, int(BROAD * max(x.shape) / 2))
    for extreme in (np.minimum, np.maximum):
        for axis in (0, 1):
            x = _running(extreme, x, radius, axis, beyond if extreme is np.minimum else "edge")
    return x


def _running(extreme: np.ufunc, x: Floats, radius: int, axis: int, beyond: Beyond) -> Floats:
    """The extreme over 2·radius + 1 lines around each: one pass forwards and one backwards in blocks of that length
    (van Herk, 1992; Gil and Werman, 1993).  Beyond the edge x goes on as it is there, or is 0 for paper."""
    x = np.moveaxis(x, axis, 0)
    n, length = len(x), 2 * radius + 1
    around = np.pad(x, ((radius, radius + -(n + 2 * radius) % length), (0, 0)), mode=beyond)
    blocks = around.reshape(-1, length, x.shape[1])
    forwards = extreme.accumulate(blocks, axis=1).reshape(around.shape)
    backwards = extreme.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].reshape(around.shape)
    return np.moveaxis(extreme(backwards[:n], forwards[length - 1 :][:n]), 0, axis)


def _spread(x: Floats) -> float:
    """The interquartile range."""
    return float(np.subtract(*np.percentile(x, [75, 25])))


def _otsu(grey: Floats) -> float:
    """The grey that splits the pixels best into two classes: largest variance between them (Otsu, 1979)."""
    counts = np.bincount(np.rint(grey * 255).astype(np.int64).ravel(), minlength=256)
    levels = np.arange(256)
    below, total = np.cumsum(counts), np.cumsum(counts * levels)
    above = below[-1] - below
    between = (total[-1] * below - total * below[-1]) ** 2.0 / np.maximum(below * above, 1)
    best = np.flatnonzero(between == between.max())  # between two clusters all are equal
    return float(best[0] + best[-1]) / 2 / 255


def _illumination(grey: Floats) -> Floats:
    """The paper's grey in uneven light (h, w): a quadratic surface fitted robustly to most of the page."""
    cells = resize(grey, *(min(n, 32) for n in grey.shape))
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in cells.shape), indexing="ij")
    A = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)  # (cells, 6)
    b = cells.ravel()
    clean = np.ones(len(b), bool)
    for _ in range(10):  # least trimmed squares: refit to the half that fits best, so that ink does not count
        c = np.linalg.lstsq(A[clean], b[clean], rcond=None)[0]
        error = np.abs(A @ c - b)
        clean = error <= np.median(error)
    y, x = np.linspace(-1, 1, grey.shape[0])[:, None], np.linspace(-1, 1, grey.shape[1])
    surface: Floats = c[0] + c[1] * x + c[2] * y + c[3] * x * x + c[4] * x * y + c[5] * y * y
    return surface
