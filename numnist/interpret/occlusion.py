"""Occlusion: cover one part of a picture after the other, and see how the prediction falls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink.normalize import is_features
from numnist.model.loss import check_labels
from numnist.model.model import Model
from numnist.support.checks import Pair, pair
from numnist.support.errors import UsageError

Floats = NDArray[np.float64]

SHARD = 256  # covered pictures in memory at a time
MEASURES = ("probability", "score")


@dataclass(frozen=True, eq=False)
class Occlusion:
    """How much the label's probability or score falls while a patch of the picture is covered.

    drops: (N, rows, columns), positive where covering lowers it;  tops, lefts: of the patches in each row and column;
    size: (height, width) of a patch;  shape: (H, W) of the pictures;  before: (N,), with nothing covered.
    """

    drops: Floats
    tops: NDArray[np.int64]
    lefts: NDArray[np.int64]
    size: tuple[int, int]
    shape: tuple[int, int]
    before: Floats

    def pixels(self) -> Floats:
        """For each pixel the mean drop of all patches that cover it: (N, H, W)."""
        total, count = np.zeros((len(self.drops), *self.shape)), np.zeros(self.shape)
        for i, j in np.ndindex(self.drops.shape[1:]):
            covered = self.covered(i, j)
            total[:, *covered] += self.drops[:, i, j, None, None]
            count[covered] += 1
        return np.divide(total, count, out=np.zeros_like(total), where=count > 0)  # a stride may leave pixels out

    def covered(self, row: int, column: int) -> tuple[slice, slice]:
        """The rows and columns of the picture that a patch covers."""
        top, left = int(self.tops[row]), int(self.lefts[column])
        return slice(top, top + self.size[0]), slice(left, left + self.size[1])


def occlusion(
    model: Model,
    pictures: NDArray[Any],
    labels: Any,
    *,
    size: Pair = 5,
    stride: Pair = 2,
    fill: float = 0.0,
    measure: str = "probability",
) -> Occlusion:
    """Cover a patch of each picture, predict, move the patch on: what the prediction rests on makes it fall.

    (Zeiler & Fergus 2014, arxiv.org/abs/1311.2901, section 4.2, who cover with grey.  Their maps show what is left;
    here is what was lost.)  Unlike a gradient this is no approximation for small changes: the network sees each covered
    picture.  In return it can tell patches apart, but no pixels.

    pictures: (N, H, W) or (N, C, H, W);  labels: (N,) indices into `classes`;  size, stride: of the patch in pixels,
    one number or (rows, columns); a last patch ends at the edge.  fill: what covers, from 0 to 1; 0, black, is the
    ground of handwriting, so that ink is taken away and none is added.  measure: the "probability" of the label, or its
    "score", the logit, which changes even where the network is certain.
    Raises ShapeError or UsageError.
    """
    x = model.check_pictures(pictures)
    labels = check_labels(labels, len(x), len(model.classes))
    (height, width), (down, across) = pair(size, "occlusion size"), pair(stride, "occlusion stride")
    H, W = x.shape[2:]
    if is_features(model.in_shape):
        raise UsageError("occlusion covers patches of pictures, but this model takes features: change them one by one.")
    if height > H or width > W:
        raise UsageError(f"occlusion size is {height} × {width}, but the pictures are {H} × {W}: give a smaller patch.")
    if not 0 <= fill <= 1:
        raise UsageError(f"occlusion fill is {fill!r}, but must lie in 0..1, from black to white.")
    if measure not in MEASURES:
        raise UsageError(f"occlusion measure is {measure!r}, but must be one of {', '.join(MEASURES)}.")
    tops, lefts = _starts(H, height, down), _starts(W, width, across)
    level = round(255 * fill) if x.dtype == np.uint8 else fill
    drops = np.empty((len(x), len(tops), len(lefts)))
    before = np.empty(len(x))
    for n, (picture, label) in enumerate(zip(x, labels)):
        patches = [(top, left) for top in tops for left in lefts]
        values = np.concatenate(list(_covered(model, picture, int(label), patches, (height, width), level, measure)))
        before[n] = values[0]
        drops[n] = (values[0] - values[1:]).reshape(drops.shape[1:])
    return Occlusion(drops, tops, lefts, (height, width), (H, W), before)


def _covered(
    model: Model,
    picture: NDArray[Any],
    label: int,
    patches: list[tuple[int, int]],
    size: tuple[int, int],
    level: float,
    measure: str,
) -> Iterator[Floats]:
    """The label's value for the picture itself, then with each patch covered."""
    outputs = model.predict_proba if measure == "probability" else model.logits
    # The picture itself goes through together with the covered ones: alone its sums would run in another order, and
    # where covering changes nothing the drop should be 0.
    for at in range(0, 1 + len(patches), SHARD):
        some = [None, *patches][at : at + SHARD]
        batch = np.repeat(picture[None], len(some), axis=0)
        for covered, patch in zip(batch, some):
            if patch is not None:
                covered[:, patch[0] : patch[0] + size[0], patch[1] : patch[1] + size[1]] = level
        yield outputs(batch, threads=1)[:, label].astype(np.float64)


def _starts(length: int, size: int, stride: int) -> NDArray[np.int64]:
    """Where patches begin along an axis: every `stride` pixels, and one that ends at the edge."""
    return np.unique([*range(0, length - size + 1, stride), length - size])
