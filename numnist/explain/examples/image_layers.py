"""Examples of layers on pictures: convolution, pooling, flatten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from numnist.explain.arithmetic import listed, n, products
from numnist.explain.examples.example import Example, Hand, Worked
from numnist.nn import AvgPool2d, Conv2d, Flatten, GlobalAvgPool, MaxPool2d
from numnist.nn.windows import Windows

PICTURE = (((1, 3, 0, 2), (2, 0, 1, 5), (4, 1, 2, 0), (0, 6, 1, 3)),)  # (1, 4, 4)


def one(picture: object) -> NDArray[np.float64]:
    """A batch of a single picture: (C, H, W) -> (C, H, W, 1)."""
    return np.array(picture, np.float64)[..., None]


def conv_y(e: Worked) -> Hand:
    words, value = products(zip(e.p["w"][0, 0].ravel(), e.x[0, :2, :2, 0].ravel()))
    return Hand("y", (0, 0, 0, 0), f"{words} + {n(e.p['b'][0, 0])}", value + e.p["b"][0, 0])


def conv_dw(e: Worked) -> Hand:
    return Hand("dw", (0, 0, 0, 0), *products(zip(e.dy.ravel(), e.x[0, :3, :3, 0].ravel())))


def conv_dx(e: Worked) -> Hand:
    pairs = [(e.p["w"][0, 0, i, j], e.dy[0, 1 - i, 1 - j, 0]) for i in (0, 1) for j in (0, 1)]
    return Hand("dx", (0, 1, 1, 0), *products(pairs))


def max_y(e: Worked) -> Hand:
    window = e.x[0, :2, :2, 0].ravel().tolist()
    return Hand("y", (0, 0, 0, 0), f"max({', '.join(map(n, window))})", max(window))


def max_dx(e: Worked) -> Hand:
    return Hand("dx", (0, 0, 1, 0), "dy[0, 0, 0, 0]", float(e.dy[0, 0, 0, 0]), "it was the largest of its window")


def average_y(e: Worked) -> Hand:
    window = e.x[0, :2, :2, 0].ravel().tolist()
    return Hand("y", (0, 0, 0, 0), f"({listed(window)}) / 4", sum(window) / 4)


def average_dx(e: Worked) -> Hand:
    return Hand("dx", (0, 0, 0, 0), f"{n(e.dy[0, 0, 0, 0])} / 4", float(e.dy[0, 0, 0, 0]) / 4)


def global_y(e: Worked) -> Hand:
    channel = e.x[0, :, :, 0].ravel().tolist()
    return Hand("y", (0, 0), f"({listed(channel)}) / {len(channel)}", sum(channel) / len(channel))


def global_dx(e: Worked) -> Hand:
    return Hand("dx", (0, 0, 0, 0), f"{n(e.dy[0, 0])} / 4", float(e.dy[0, 0]) / 4)


def flatten_y(e: Worked) -> Hand:
    return Hand("y", (2, 0), "x[0, 1, 0, 0]", float(e.x[0, 1, 0, 0]))


def flatten_dx(e: Worked) -> Hand:
    return Hand("dx", (0, 1, 0, 0), "dy[2, 0]", float(e.dy[2, 0]))


PICTURES: dict[str, Example] = {
    "Conv2d": Example(
        Conv2d(1, 2), one(PICTURE), one((((1, 0, -1), (2, 0.5, 0), (-1, 1, 3)),)),
        (
            "dw[k, c, i, j] = Σ dy[k, oi, oj] · x[c, oi·stride + i, oj·stride + j]",
            "db[k] = Σ dy[k]",
            "dx: each dy[k, oi, oj] adds w[k] · dy to the pixels that it was made from",
        ),
        (conv_y, conv_dw, conv_dx), {"w": (1, -1, 0.5, 2), "b": (0.5,)},
        paper="LeCun et al. 1998, Gradient-based learning applied to document recognition",
        helpers=(Windows.gather, Windows.scatter),
        note="dx[0, 1, 1, 0] is a pixel that four outputs saw, so four products come back to it. `numnist lesson 4` "
        "shows the columns in numbers.",
    ),
    "MaxPool2d": Example(
        MaxPool2d(2), one(PICTURE), one((((1, 2), (3, 4)),)),
        ("dx = dy at the pixel that was the largest of its window, 0 elsewhere",), (max_y, max_dx),
        paper="Ranzato et al. 2007, Unsupervised learning of invariant feature hierarchies",
    ),
    "AvgPool2d": Example(
        AvgPool2d(2), one(PICTURE), one((((1, 2), (3, 4)),)),
        ("dx = dy / (pixels of the window), the same to each",), (average_y, average_dx),
        paper="LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition",
    ),
    "GlobalAvgPool": Example(
        GlobalAvgPool(), one((((1, 3), (2, 0)), ((4, 1), (0, 6)))), ((1,), (-2,)),
        ("dx = dy / (H·W), the same to each pixel of the channel",), (global_y, global_dx),
        paper="Lin, Chen & Yan 2013, arxiv.org/abs/1312.4400",
    ),
    "Flatten": Example(
        Flatten(), [[[[1, 5], [2, 6]], [[3, 7], [4, 8]]]], ((1, -1), (2, -2), (3, -3), (4, -4)),
        ("dx = dy in x's shape again",), (flatten_y, flatten_dx),
        note="Two pictures of 2 × 2 pixels; their rows are laid one after the other.",
    ),
}  # fmt: skip
