"""Examples of layers on features: dense, normalisation, dropout, softmax, and layers that hold layers."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, sqrt

import numpy as np

from numnist.explain.arithmetic import added, n, products
from numnist.explain.examples.layer_example import ByHand, LayerExample, LayerRun
from numnist.nn import BatchNorm, Dense, Dropout, LayerNorm, ReLU, Residual, Sequential, Softmax

BACKPROPAGATION = "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors"
X = ((1, 0.5), (2, -1), (-1, 3))  # 3 features, 2 samples
DY = ((1, 0.5), (-1, 2))


def dense(run: LayerRun) -> Iterator[ByHand]:
    w, b, x, dy = run.p["w"], run.p["b"][0, 0], run.x, run.dy
    words, value = products(zip(w[0], x[:, 0]))
    yield ByHand("y", (0, 0), f"{words} + {n(b)}", value + b)
    yield ByHand("dw", (0, 1), *products(zip(dy[0], x[1])))
    yield ByHand("db", (0, 0), added(dy[0]), float(dy[0].sum()))
    yield ByHand("dx", (0, 0), *products(zip(w[:, 0], dy[:, 0])))


def batch_norm(run: LayerRun) -> Iterator[ByHand]:
    return norm(run, run.x[0].tolist(), (run.dy[0] * run.p["w"][0, 0]).tolist())


def layer_norm(run: LayerRun) -> Iterator[ByHand]:
    return norm(run, run.x[:, 0].tolist(), (run.dy[:, 0] * run.p["w"][:, 0]).tolist())


def norm(run: LayerRun, x: list[float], dxhat: list[float]) -> Iterator[ByHand]:
    """The first of the numbers that are normalised together."""
    M, w, b, eps = len(x), run.p["w"][0, 0], run.p["b"][0, 0], 1e-5
    mean = sum(x) / M
    var = sum((x_i - mean) ** 2 for x_i in x) / M
    xhat = [(x_i - mean) / sqrt(var + eps) for x_i in x]
    words = f"{n(w)}·({n(x[0])} - {n(mean)}) / √({n(var)} + 0.00001) + {n(b)}"
    yield ByHand("y", (0, 0), words, w * xhat[0] + b)
    dmean, along = sum(dxhat) / M, sum(d * h for d, h in zip(dxhat, xhat)) / M
    words = f"({n(dxhat[0])} - {n(dmean)} - {n(xhat[0])}·{n(along)}) / √({n(var)} + 0.00001)"
    yield ByHand("dx", (0, 0), words, (dxhat[0] - dmean - xhat[0] * along) / sqrt(var + eps))


def dropout(run: LayerRun) -> Iterator[ByHand]:
    kept, dropped = (tuple(map(int, np.argwhere(mask)[0])) for mask in (run.y != 0, run.y == 0))
    yield ByHand("y", kept, f"{n(run.x[kept])} / (1 - 0.5)", float(run.x[kept]) / 0.5, "kept at random")
    yield ByHand("y", dropped, f"{n(run.x[dropped])}·0", 0.0, "dropped at random")
    yield ByHand("dx", kept, f"{n(run.dy[kept])} / (1 - 0.5)", float(run.dy[kept]) / 0.5)


def softmax(run: LayerRun) -> Iterator[ByHand]:
    x, dy = run.x[:, 0].tolist(), run.dy[:, 0].tolist()
    y = [exp(v) / sum(map(exp, x)) for v in x]
    yield ByHand("y", (0, 0), f"e^{n(x[0])} / ({' + '.join(f'e^{n(v)}' for v in x)})", y[0])
    words, along = products(zip(dy, y))
    yield ByHand("dx", (0, 0), f"{n(y[0])}·({n(dy[0])} - ({words}))", y[0] * (dy[0] - along))


def residual(run: LayerRun) -> Iterator[ByHand]:
    w, b, x, dy = run.p["0.w"], run.p["0.b"][0, 0], run.x, run.dy
    words, body = products(zip(w[0], x[:, 0]))
    yield ByHand("y", (0, 0), f"({words} + {n(b)}) + {n(x[0, 0])}", body + b + x[0, 0])
    words, body = products(zip(w[:, 0], dy[:, 0]))
    yield ByHand("dx", (0, 0), f"({words}) + {n(dy[0, 0])}", body + dy[0, 0])


def sequential(run: LayerRun) -> Iterator[ByHand]:
    w, w2, b2, dy = run.p["0.w"], run.p["2.w"][0], run.p["2.b"][0, 0], run.dy[0, 0]
    z = (w @ run.x[:, 0] + run.p["0.b"][:, 0]).tolist()  # what the ReLU gets
    words, value = products(zip(w2, [max(0.0, z_i) for z_i in z]))
    yield ByHand("y", (0, 0), f"{words} + {n(b2)}", value + b2)
    parts = [(w_i, float(z_i > 0), v) for w_i, z_i, v in zip(w[:, 0], z, w2)]
    words = " + ".join(f"{n(w_i)}·{n(on)}·{n(v)}·{n(dy)}" for w_i, on, v in parts)
    yield ByHand("dx", (0, 0), words, float(sum(w_i * on * v for w_i, on, v in parts) * dy))


NORM_GRADIENT = (
    "dw = Σ dy·x̂",
    "db = Σ dy",
    "dx = (dx̂ - mean(dx̂) - x̂·mean(dx̂·x̂)) / √(var + eps)",
    "with x̂ = (x - mean) / √(var + eps), dx̂ = w·dy",
)

FEATURE_LAYERS: dict[str, LayerExample] = {
    "Dense": LayerExample(
        Dense(2), X, DY,
        ("dw = dy xᵀ", "db[k] = Σ dy[k, n]", "dx = wᵀ dy"),
        dense,
        {"w": ((0.5, -1, 2), (1.5, 0, -0.5)), "b": (0.1, -0.2)},
        paper=BACKPROPAGATION,
    ),
    "BatchNorm": LayerExample(
        BatchNorm(), ((1, 2, 3, 6), (0.5, -0.5, 1.5, 0.5)), ((1, 0, -1, 0.5), (0.5, 1, -1, 2)),
        NORM_GRADIENT, batch_norm, {"w": (2, 0.5), "b": (0.1, -0.2)},
        paper="Ioffe & Szegedy 2015, arxiv.org/abs/1502.03167",
        note="Rows are features, columns are samples; mean and var are those of a row, as in training mode, and Σ and "
        "mean() run over the samples. dmean and dvar hold the batch's own statistics (var unbiased), which update the "
        "running ones after the step.",
    ),
    "LayerNorm": LayerExample(
        LayerNorm(), X, ((1, 0.5), (-1, 1), (0.5, -1)),
        NORM_GRADIENT, layer_norm, {"w": (2, 0.5, 1), "b": (0.1, -0.2, 0)},
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
}  # fmt: skip
