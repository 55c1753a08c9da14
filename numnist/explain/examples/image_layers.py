"""Examples of layers on images: convolution, pooling, flatten."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from numnist.explain.examples.layer_example import LayerExample, LayerRun, Words
from numnist.explain.numbers import added, n, products
from numnist.nn import AvgPool2d, Conv2d, Flatten, GlobalAvgPool, MaxPool2d
from numnist.nn.windows import Windows

IMAGE = (((1, 3, 0, 2), (2, 0, 1, 5), (4, 1, 2, 0), (0, 6, 1, 3)),)  # (1, 4, 4)


def one(image: object) -> NDArray[np.float64]:
    """A batch of one image: (C, H, W) -> (C, H, W, 1)."""
    return np.array(image, np.float64)[..., None]


def convolution(run: LayerRun) -> Iterator[Words]:
    w, b, x, dy = run.p["w"][0, 0], run.p["b"][0, 0], run.x[0, ..., 0], run.dy[0, ..., 0]
    yield "y", (0, 0, 0, 0), f"{products(w, x[:2, :2])} + {n(b)}"
    yield "dw", (0, 0, 0, 0), products(dy, x[:3, :3])
    yield "dx", (0, 1, 1, 0), products(w, dy[1::-1, 1::-1])


def max_pool(run: LayerRun) -> Iterator[Words]:
    yield "y", (0, 0, 0, 0), f"max({', '.join(map(n, run.x[0, :2, :2, 0].flat))})"
    yield "dx", (0, 0, 1, 0), "dy[0, 0, 0, 0]", "x was the largest of its window"


def average_pool(run: LayerRun) -> Iterator[Words]:
    yield "y", (0,) * run.dy.ndim, f"({added(run.x[0, :2, :2, 0])}) / 4"
    yield "dx", (0, 0, 0, 0), f"{n(run.dy.flat[0])} / 4"


def flatten(run: LayerRun) -> Iterator[Words]:
    yield "y", (2, 0), "x[0, 1, 0, 0]"
    yield "dx", (0, 1, 0, 0), "dy[2, 0]"


IMAGE_LAYERS: dict[str, LayerExample] = {
    "Conv2d": LayerExample(
        Conv2d(1, 2), one(IMAGE), one((((1, 0, -1), (2, 0.5, 0), (-1, 1, 3)),)),
        (
            "dw[k, c, i, j] = Σ dy[k, oi, oj, n] · x[c, oi·stride + i·dilation, oj·stride + j·dilation, n]",
            "db[k] = Σ dy[k, oi, oj, n]",
            "dx[c, oi·stride + i·dilation, oj·stride + j·dilation, n] += w[k, c, i, j] · dy[k, oi, oj, n]",
        ),
        convolution, {"w": (1, -1, 0.5, 2), "b": (0.5,)},
        paper="LeCun et al. 1998, Gradient-based learning applied to document recognition",
        helpers=(Windows.gather, Windows.scatter),
        note="Indices of x and dx count from the corner of the padding. Four outputs saw the pixel of dx[0, 1, 1, 0], "
        "so it collects four products. `numnist lesson 4` shows the columns in numbers.",
    ),
    "MaxPool2d": LayerExample(
        MaxPool2d(2), one(IMAGE), one((((1, 2), (3, 4)),)),
        (
            "dx[c, p, q, n] += dy[c, oi, oj, n] where x[c, p, q, n] = y[c, oi, oj, n]",
            "with p = oi·stride + i, q = oj·stride + j",
        ),
        max_pool,
        paper="Ranzato et al. 2007, Unsupervised learning of invariant feature hierarchies",
        note="If several pixels of a window are equal, the first in row order gets the gradient.",
    ),
    "AvgPool2d": LayerExample(
        AvgPool2d(2), one(IMAGE), one((((1, 2), (3, 4)),)),
        ("dx[c, oi·stride + i, oj·stride + j, n] += dy[c, oi, oj, n] / (kh·kw)",), average_pool,
        paper="LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition",
        note="kh·kw is the number of pixels of the window; with count_padding=False, of those outside the padding.",
    ),
    "GlobalAvgPool": LayerExample(
        GlobalAvgPool(), one((((1, 3), (2, 0)), ((4, 1), (0, 6)))), ((1,), (-2,)),
        ("dx[c, i, j, n] = dy[c, n] / (H·W)",), average_pool,
        paper="Lin, Chen & Yan 2013, arxiv.org/abs/1312.4400",
    ),
    "Flatten": LayerExample(
        Flatten(), [[[[1, 5], [2, 6]], [[3, 7], [4, 8]]]], ((1, -1), (2, -2), (3, -3), (4, -4)),
        ("dx[c, i, j, n] = dy[(c·H + i)·W + j, n]",), flatten,
        note="Two images of 2 × 2 pixels, whose rows are laid one after the other.",
    ),
}  # fmt: skip
