"""Examples of layers, on a few features or on one small image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from numnist.explain.examples.layer_example import LayerExample, LayerRun, Words
from numnist.explain.numbers import added, n, products, with_numbers
from numnist.naive.activations import Activation
from numnist.naive.norm import mean_and_variance, normalize
from numnist.nn import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LayerNorm,
    MaxPool2d,
    ReLU,
    Residual,
    Sequential,
    Softmax,
)
from numnist.nn.base import Layer
from numnist.nn.windows import Windows

BACKPROPAGATION = "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors"
X = ((1, 0.5), (2, -1), (-1, 3))  # 3 features, 2 samples
DY = ((1, 0.5), (-1, 2))
IMAGE = (((1, 3, 0, 2), (2, 0, 1, 5), (4, 1, 2, 0), (0, 6, 1, 3)),)  # (1, 4, 4)


def one(image: object) -> NDArray[np.float64]:
    """A batch of one image: (C, H, W) -> (C, H, W, 1)."""
    return np.array(image, np.float64)[..., None]


def activation_example(layer: Layer, activation: Activation) -> LayerExample:
    """From the table in numnist/naive/activations.py: y and dx for one positive and one negative x."""

    def words(run: LayerRun) -> Iterator[Words]:
        for name, formula in (("y", activation.y), ("dx", activation.slope)):
            for at in ((0, 0), (1, 0)):
                value = with_numbers(formula.text, activation.letters(layer, float(run.x[at])))
                yield name, at, value if name == "y" else f"{n(run.dy[at])}·{value}"

    x, dy = ((1, -0.5), (-2, 0.5), (3, -1.5)), ((1, 0.5), (2, -1), (-0.5, 2))
    return LayerExample(layer, x, dy, (activation.gradient,), words, paper=activation.paper, note=activation.note)


def dense(run: LayerRun) -> Iterator[Words]:
    w, b, x, dy = run.p["w"], run.p["b"], run.x, run.dy
    yield "y", (0, 0), f"{products(w[0], x[:, 0])} + {n(b[0, 0])}"
    yield "dw", (0, 1), products(dy[0], x[1])
    yield "db", (0, 0), added(dy[0])
    yield "dx", (0, 0), products(w[:, 0], dy[:, 0])


def norm(run: LayerRun) -> Iterator[Words]:
    """The first of the numbers that are normalised together: a row in batch norm, a column in layer norm."""
    together = (0, ...) if isinstance(run.layer, BatchNorm) else (..., 0)
    x, dxhat = run.x[together].tolist(), (run.dy * run.p["w"])[together].tolist()
    mean, var = mean_and_variance(x)
    xhat = normalize(x, mean, var, 1e-5)
    root = f"√({n(var)} + 0.00001)"
    yield "y", (0, 0), f"{n(run.p['w'][0, 0])}·({n(x[0])} - {n(mean)}) / {root} + {n(run.p['b'][0, 0])}"
    dmean, along = np.mean(dxhat), np.mean(np.multiply(dxhat, xhat))
    yield "dx", (0, 0), f"({n(dxhat[0])} - {n(dmean)} - {n(xhat[0])}·{n(along)}) / {root}"


def dropout(run: LayerRun) -> Iterator[Words]:
    y = run.results["y"]
    kept, dropped = (tuple(map(int, np.argwhere(mask)[0])) for mask in (y != 0, y == 0))
    yield "y", kept, f"{n(run.x[kept])} / (1 - 0.5)", "kept at random"
    yield "y", dropped, f"{n(run.x[dropped])}·0", "dropped at random"
    yield "dx", kept, f"{n(run.dy[kept])} / (1 - 0.5)"


def softmax(run: LayerRun) -> Iterator[Words]:
    x, y, dy = run.x[:, 0], run.results["y"][:, 0], run.dy[:, 0]
    yield "y", (0, 0), f"e^{n(x[0])} / ({' + '.join(f'e^{n(v)}' for v in x)})"
    yield "dx", (0, 0), f"{n(y[0])}·({n(dy[0])} - ({products(dy, y)}))"


def residual(run: LayerRun) -> Iterator[Words]:
    w, b, x, dy = run.p["0.w"], run.p["0.b"], run.x[:, 0], run.dy[:, 0]
    yield "y", (0, 0), f"({products(w[0], x)} + {n(b[0, 0])}) + {n(x[0])}"
    yield "dx", (0, 0), f"({products(w[:, 0], dy)}) + {n(dy[0])}"


def sequential(run: LayerRun) -> Iterator[Words]:
    w, v = run.p["0.w"], run.p["2.w"][0]
    z = w @ run.x[:, 0] + run.p["0.b"][:, 0]  # what the ReLU gets
    yield "y", (0, 0), f"{products(v, np.maximum(z, 0))} + {n(run.p['2.b'][0, 0])}"
    yield "dx", (0, 0), " + ".join(f"{n(a)}·{n(on)}·{n(b)}·{n(run.dy[0, 0])}" for a, on, b in zip(w[:, 0], z > 0, v))


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


NORM_GRADIENT = (
    "dw = Σ dy·x̂",
    "db = Σ dy",
    "dx = (dx̂ - mean(dx̂) - x̂·mean(dx̂·x̂)) / √(var + eps)",
    "with x̂ = (x - mean) / √(var + eps), dx̂ = w·dy",
)

LAYER_EXAMPLES: dict[str, LayerExample] = {
    "Dense": LayerExample(
        Dense(2), X, DY,
        ("dw = dy xᵀ", "db[k] = Σ dy[k, n]", "dx = wᵀ dy"),
        dense,
        {"w": ((0.5, -1, 2), (1.5, 0, -0.5)), "b": (0.1, -0.2)},
        paper=BACKPROPAGATION,
    ),
    "BatchNorm": LayerExample(
        BatchNorm(), ((1, 2, 3, 6), (0.5, -0.5, 1.5, 0.5)), ((1, 0, -1, 0.5), (0.5, 1, -1, 2)),
        NORM_GRADIENT, norm, {"w": (2, 0.5), "b": (0.1, -0.2)},
        paper="Ioffe & Szegedy 2015, arxiv.org/abs/1502.03167",
        note="Rows are features, columns are samples; mean and var are those of a row, as in training mode, and Σ and "
        "mean() run over the samples. dmean and dvar hold the batch's own statistics (var unbiased), which update the "
        "running ones after the step.",
    ),
    "LayerNorm": LayerExample(
        LayerNorm(), X, ((1, 0.5), (-1, 1), (0.5, -1)),
        NORM_GRADIENT, norm, {"w": (2, 0.5, 1), "b": (0.1, -0.2, 0)},
        paper="Ba, Kiros & Hinton 2016, arxiv.org/abs/1607.06450",
        note="Rows are features, columns are samples; mean and var are those of a column. Σ runs over the samples, "
        "mean() over the features.",
    ),
    "Dropout": LayerExample(
        Dropout(0.5), ((1, 2), (3, 4), (5, 6), (7, 8)), ((1, 1), (2, 2), (3, 3), (4, 4)),
        ("dx = dy·mask / (1 - rate)",), dropout,
        paper="Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting",
        note="In training mode; in evaluation mode y = x. Backward uses the mask of forward. Division by 1 - rate, "
        "here doubling, keeps the expected value.",
    ),
    "Softmax": LayerExample(
        Softmax(), ((1, 0.5), (2, 0), (0, -1)), ((1, 0.5), (-1, 2), (0.5, 1)),
        ("dx[i] = y[i]·(dy[i] - Σ dy[j]·y[j])",), softmax,
        paper="Bridle 1990, Probabilistic interpretation of feedforward classification network outputs",
    ),
    "Residual": LayerExample(
        Residual(Dense(2)), ((1, 0.5), (2, -1)), DY,
        (
            "dx = (∂body/∂x)ᵀ dy + dy",
            "or, with a shortcut:  dx = (∂body/∂x)ᵀ dy + (∂shortcut/∂x)ᵀ dy",
        ),
        residual,
        {"0.w": ((0.5, -1), (1.5, 2)), "0.b": (0.1, -0.2)},
        paper="He, Zhang, Ren & Sun 2015, arxiv.org/abs/1512.03385",
        note="0 is the body, here Dense(2), whose ∂body/∂x is 0.w.",
    ),
    "Sequential": LayerExample(
        Sequential(Dense(2), ReLU(), Dense(1)), X, ((1, -2),),
        ("The chain rule, from the last layer to the first: the dx of a layer is the dy of the layer before it.",),
        sequential,
        {"0.w": ((0.5, -1, -2), (1.5, 0, -0.5)), "0.b": (0.1, -0.2), "2.w": ((2, -1),), "2.b": (0.5,)},
        paper=BACKPROPAGATION,
        note="0 and 2 are the dense layers; the ReLU between them has no parameters.",
    ),
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
