"""Examples of layers on features: dense, normalisation, dropout, softmax, and layers that hold layers."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np

from numnist.explain.arithmetic import added, n, products
from numnist.explain.examples.layer_example import ByHand, LayerExample, LayerRun
from numnist.nn import BatchNorm, Dense, Dropout, LayerNorm, ReLU, Residual, Sequential, Softmax

BACKPROPAGATION = "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors"
X = ((1, 0.5), (2, -1), (-1, 3))  # 3 features, 2 samples
DY = ((1, 0.5), (-1, 2))


def dense_y(run: LayerRun) -> ByHand:
    words, value = products(zip(run.p["w"][0], run.x[:, 0]))
    return ByHand("y", (0, 0), f"{words} + {n(run.p['b'][0, 0])}", value + run.p["b"][0, 0])


def dense_dw(run: LayerRun) -> ByHand:
    return ByHand("dw", (0, 1), *products(zip(run.dy[0], run.x[1])))


def dense_db(run: LayerRun) -> ByHand:
    return ByHand("db", (0, 0), added(run.dy[0]), sum(run.dy[0].tolist()))


def dense_dx(run: LayerRun) -> ByHand:
    return ByHand("dx", (0, 0), *products(zip(run.p["w"][:, 0], run.dy[:, 0])))


def normalized(numbers: list[float], eps: float) -> tuple[float, float, list[float]]:
    """Mean, variance and x̂ of a list."""
    mean = sum(numbers) / len(numbers)
    var = sum((x - mean) ** 2 for x in numbers) / len(numbers)
    return mean, var, [(x - mean) / sqrt(var + eps) for x in numbers]


def norm_y(run: LayerRun, numbers: list[float]) -> ByHand:
    mean, var, xhat = normalized(numbers, 1e-5)
    w, b = run.p["w"][0, 0], run.p["b"][0, 0]
    words = f"{n(w)}·({n(numbers[0])} - {n(mean)}) / √({n(var)} + 0.00001) + {n(b)}"
    return ByHand("y", (0, 0), words, w * xhat[0] + b)


def norm_dx(run: LayerRun, numbers: list[float], dxhat: list[float]) -> ByHand:
    _, var, xhat = normalized(numbers, 1e-5)
    M = len(numbers)
    mean, along = sum(dxhat) / M, sum(d * h for d, h in zip(dxhat, xhat)) / M
    words = f"({n(dxhat[0])} - {n(mean)} - {n(xhat[0])}·{n(along)}) / √({n(var)} + 0.00001)"
    return ByHand("dx", (0, 0), words, (dxhat[0] - mean - xhat[0] * along) / sqrt(var + 1e-5))


def batch_y(run: LayerRun) -> ByHand:
    return norm_y(run, run.x[0].tolist())


def batch_dx(run: LayerRun) -> ByHand:
    return norm_dx(run, run.x[0].tolist(), (run.dy[0] * run.p["w"][0, 0]).tolist())


def layer_y(run: LayerRun) -> ByHand:
    return norm_y(run, run.x[:, 0].tolist())


def layer_dx(run: LayerRun) -> ByHand:
    return norm_dx(run, run.x[:, 0].tolist(), (run.dy[:, 0] * run.p["w"][:, 0]).tolist())


def kept_y(run: LayerRun) -> ByHand:
    at = _first(run.y != 0)
    return ByHand("y", at, f"{n(run.x[at])} / (1 - 0.5)", float(run.x[at]) / 0.5, "kept at random")


def dropped_y(run: LayerRun) -> ByHand:
    at = _first(run.y == 0)
    return ByHand("y", at, f"{n(run.x[at])}·0", 0.0, "dropped at random")


def kept_dx(run: LayerRun) -> ByHand:
    at = _first(run.y != 0)
    return ByHand("dx", at, f"{n(run.dy[at])} / (1 - 0.5)", float(run.dy[at]) / 0.5)


def softmax_y(run: LayerRun) -> ByHand:
    x = run.x[:, 0].tolist()
    words = f"e^{n(x[0])} / ({' + '.join(f'e^{n(v)}' for v in x)})"
    return ByHand("y", (0, 0), words, exp(x[0]) / sum(map(exp, x)))


def softmax_dx(run: LayerRun) -> ByHand:
    x, dy = run.x[:, 0].tolist(), run.dy[:, 0].tolist()
    y = [exp(v) / sum(map(exp, x)) for v in x]
    words, along = products(zip(dy, y))
    return ByHand("dx", (0, 0), f"{n(y[0])}·({n(dy[0])} - ({words}))", y[0] * (dy[0] - along))


def residual_y(run: LayerRun) -> ByHand:
    words, body = products(zip(run.p["0.w"][0], run.x[:, 0]))
    body += run.p["0.b"][0, 0]
    return ByHand("y", (0, 0), f"({words} + {n(run.p['0.b'][0, 0])}) + {n(run.x[0, 0])}", body + run.x[0, 0])


def residual_dx(run: LayerRun) -> ByHand:
    words, body = products(zip(run.p["0.w"][:, 0], run.dy[:, 0]))
    return ByHand("dx", (0, 0), f"({words}) + {n(run.dy[0, 0])}", body + run.dy[0, 0])


def chain_y(run: LayerRun) -> ByHand:
    hidden = [max(0.0, float(row @ run.x[:, 0] + b[0])) for row, b in zip(run.p["0.w"], run.p["0.b"])]
    words, value = products(zip(run.p["2.w"][0], hidden))
    return ByHand("y", (0, 0), f"{words} + {n(run.p['2.b'][0, 0])}", value + run.p["2.b"][0, 0])


def chain_dx(run: LayerRun) -> ByHand:
    on = [float(row @ run.x[:, 0] + b[0] > 0) for row, b in zip(run.p["0.w"], run.p["0.b"])]
    parts = [(w, k, v) for w, k, v in zip(run.p["0.w"][:, 0], on, run.p["2.w"][0])]
    words = " + ".join(f"{n(w)}·{n(k)}·{n(v)}·{n(run.dy[0, 0])}" for w, k, v in parts)
    return ByHand("dx", (0, 0), words, float(sum(w * k * v for w, k, v in parts) * run.dy[0, 0]))


def _first(mask: np.ndarray) -> tuple[int, ...]:
    """The index of the first True."""
    return tuple(map(int, np.argwhere(mask)[0]))


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
        (dense_y, dense_dw, dense_db, dense_dx),
        {"w": ((0.5, -1, 2), (1.5, 0, -0.5)), "b": (0.1, -0.2)},
        paper=BACKPROPAGATION,
    ),
    "BatchNorm": LayerExample(
        BatchNorm(), ((1, 2, 3, 6), (0.5, -0.5, 1.5, 0.5)), ((1, 0, -1, 0.5), (0.5, 1, -1, 2)),
        NORM_GRADIENT, (batch_y, batch_dx), {"w": (2, 0.5), "b": (0.1, -0.2)},
        paper="Ioffe & Szegedy 2015, arxiv.org/abs/1502.03167",
        note="Rows are features, columns are samples; mean and var are those of a row, as in training mode, and Σ and "
        "mean() run over the samples. dmean and dvar hold the batch's own statistics (var unbiased), which update the "
        "running ones after the step.",
    ),
    "LayerNorm": LayerExample(
        LayerNorm(), X, ((1, 0.5), (-1, 1), (0.5, -1)),
        NORM_GRADIENT, (layer_y, layer_dx), {"w": (2, 0.5, 1), "b": (0.1, -0.2, 0)},
        paper="Ba, Kiros & Hinton 2016, arxiv.org/abs/1607.06450",
        note="Rows are features, columns are samples; mean and var are those of a column. Σ runs over the samples, "
        "mean() over the features.",
    ),
    "Dropout": LayerExample(
        Dropout(0.5), ((1, 2), (3, 4), (5, 6), (7, 8)), ((1, 1), (2, 2), (3, 3), (4, 4)),
        ("dx = dy·mask / (1 - rate)",), (kept_y, dropped_y, kept_dx),
        paper="Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting",
        note="In training mode; in evaluation mode y = x. Backward uses the mask of forward. Division by 1 - rate, "
        "here doubling, keeps the expected value.",
    ),
    "Softmax": LayerExample(
        Softmax(), ((1, 0.5), (2, 0), (0, -1)), ((1, 0.5), (-1, 2), (0.5, 1)),
        ("dx[i] = y[i]·(dy[i] - Σ dy[j]·y[j])",), (softmax_y, softmax_dx),
        paper="Bridle 1990, Probabilistic interpretation of feedforward classification network outputs",
    ),
    "Residual": LayerExample(
        Residual(Dense(2)), ((1, 0.5), (2, -1)), DY,
        (
            "dx = (∂body/∂x)ᵀ dy + dy",
            "or, with a shortcut:  dx = (∂body/∂x)ᵀ dy + (∂shortcut/∂x)ᵀ dy",
        ),
        (residual_y, residual_dx),
        {"0.w": ((0.5, -1), (1.5, 2)), "0.b": (0.1, -0.2)},
        paper="He, Zhang, Ren & Sun 2015, arxiv.org/abs/1512.03385",
        note="0 is the body, here Dense(2), whose ∂body/∂x is 0.w.",
    ),
    "Sequential": LayerExample(
        Sequential(Dense(2), ReLU(), Dense(1)), X, ((1, -2),),
        ("The chain rule, from the last layer to the first: the dx of a layer is the dy of the layer before it.",),
        (chain_y, chain_dx),
        {"0.w": ((0.5, -1, -2), (1.5, 0, -0.5)), "0.b": (0.1, -0.2), "2.w": ((2, -1),), "2.b": (0.5,)},
        paper=BACKPROPAGATION,
        note="0 and 2 are the dense layers; the ReLU between them has no parameters.",
    ),
}  # fmt: skip
