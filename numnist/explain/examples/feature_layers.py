"""Examples of layers on columns of features: dense, normalisation, dropout, softmax, and layers made of layers."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np

from numnist.explain.arithmetic import listed, n, products
from numnist.explain.examples.example import Example, Hand, Worked
from numnist.nn import BatchNorm, Dense, Dropout, LayerNorm, ReLU, Residual, Sequential, Softmax
from numnist.nn.activations import softmax

BACKPROPAGATION = "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors"
X = ((1, 0.5), (2, -1), (-1, 3))  # 3 features, 2 samples
DY = ((1, 0.5), (-1, 2))


def dense_y(e: Worked) -> Hand:
    words, value = products(zip(e.p["w"][0], e.x[:, 0]))
    return Hand("y", (0, 0), f"{words} + {n(e.p['b'][0, 0])}", value + e.p["b"][0, 0])


def dense_dw(e: Worked) -> Hand:
    return Hand("dw", (0, 1), *products(zip(e.dy[0], e.x[1])))


def dense_db(e: Worked) -> Hand:
    return Hand("db", (0, 0), listed(e.dy[0]), sum(e.dy[0].tolist()))


def dense_dx(e: Worked) -> Hand:
    return Hand("dx", (0, 0), *products(zip(e.p["w"][:, 0], e.dy[:, 0])))


def normalized(numbers: list[float], eps: float) -> tuple[float, float, list[float]]:
    """Mean, variance and x̂ of a list."""
    mean = sum(numbers) / len(numbers)
    var = sum((x - mean) ** 2 for x in numbers) / len(numbers)
    return mean, var, [(x - mean) / sqrt(var + eps) for x in numbers]


def norm_y(e: Worked, numbers: list[float]) -> Hand:
    mean, var, xhat = normalized(numbers, 1e-5)
    w, b = e.p["w"][0, 0], e.p["b"][0, 0]
    words = f"{n(w)}·({n(numbers[0])} - {n(mean)}) / √({n(var)} + 0.00001) + {n(b)}"
    return Hand("y", (0, 0), words, w * xhat[0] + b)


def norm_dx(e: Worked, numbers: list[float], dxhat: list[float]) -> Hand:
    _, var, xhat = normalized(numbers, 1e-5)
    M = len(numbers)
    mean, along = sum(dxhat) / M, sum(d * h for d, h in zip(dxhat, xhat)) / M
    words = f"({n(dxhat[0])} - {n(mean)} - {n(xhat[0])}·{n(along)}) / √({n(var)} + 0.00001)"
    return Hand("dx", (0, 0), words, (dxhat[0] - mean - xhat[0] * along) / sqrt(var + 1e-5))


def batch_y(e: Worked) -> Hand:
    return norm_y(e, e.x[0].tolist())


def batch_dx(e: Worked) -> Hand:
    return norm_dx(e, e.x[0].tolist(), (e.dy[0] * e.p["w"][0, 0]).tolist())


def layer_y(e: Worked) -> Hand:
    return norm_y(e, e.x[:, 0].tolist())


def layer_dx(e: Worked) -> Hand:
    return norm_dx(e, e.x[:, 0].tolist(), (e.dy[:, 0] * e.p["w"][:, 0]).tolist())


def kept_y(e: Worked) -> Hand:
    at = _first(e.y != 0)
    return Hand("y", at, f"{n(e.x[at])} / (1 - 0.5)", float(e.x[at]) / 0.5, "the die said: keep")


def dropped_y(e: Worked) -> Hand:
    at = _first(e.y == 0)
    return Hand("y", at, f"{n(e.x[at])}·0", 0.0, "the die said: drop")


def kept_dx(e: Worked) -> Hand:
    at = _first(e.y != 0)
    return Hand("dx", at, f"{n(e.dy[at])} / (1 - 0.5)", float(e.dy[at]) / 0.5)


def softmax_y(e: Worked) -> Hand:
    x = e.x[:, 0].tolist()
    words = f"e^{n(x[0])} / ({' + '.join(f'e^{n(v)}' for v in x)})"
    return Hand("y", (0, 0), words, exp(x[0]) / sum(map(exp, x)))


def softmax_dx(e: Worked) -> Hand:
    x, dy = e.x[:, 0].tolist(), e.dy[:, 0].tolist()
    y = [exp(v) / sum(map(exp, x)) for v in x]
    words, along = products(zip(dy, y))
    return Hand("dx", (0, 0), f"{n(y[0])}·({n(dy[0])} - ({words}))", y[0] * (dy[0] - along))


def residual_y(e: Worked) -> Hand:
    words, body = products(zip(e.p["0.w"][0], e.x[:, 0]))
    body += e.p["0.b"][0, 0]
    return Hand("y", (0, 0), f"({words} + {n(e.p['0.b'][0, 0])}) + {n(e.x[0, 0])}", body + e.x[0, 0])


def residual_dx(e: Worked) -> Hand:
    words, body = products(zip(e.p["0.w"][:, 0], e.dy[:, 0]))
    return Hand("dx", (0, 0), f"({words}) + {n(e.dy[0, 0])}", body + e.dy[0, 0])


def chain_y(e: Worked) -> Hand:
    hidden = [max(0.0, float(row @ e.x[:, 0] + b[0])) for row, b in zip(e.p["0.w"], e.p["0.b"])]
    words, value = products(zip(e.p["2.w"][0], hidden))
    return Hand("y", (0, 0), f"{words} + {n(e.p['2.b'][0, 0])}", value + e.p["2.b"][0, 0])


def chain_dx(e: Worked) -> Hand:
    on = [float(row @ e.x[:, 0] + b[0] > 0) for row, b in zip(e.p["0.w"], e.p["0.b"])]
    parts = [(w, k, v) for w, k, v in zip(e.p["0.w"][:, 0], on, e.p["2.w"][0])]
    words = " + ".join(f"{n(w)}·{n(k)}·{n(v)}·{n(e.dy[0, 0])}" for w, k, v in parts)
    return Hand("dx", (0, 0), words, float(sum(w * k * v for w, k, v in parts) * e.dy[0, 0]))


def _first(mask: np.ndarray) -> tuple[int, ...]:
    """Where the first True stands."""
    return tuple(map(int, np.argwhere(mask)[0]))


NORM_GRADIENT = (
    "dw = Σ dy·x̂,  db = Σ dy,  with x̂ = (x - mean) / √(var + eps)",
    "dx = (dx̂ - mean of dx̂ - x̂ · mean of dx̂·x̂) / √(var + eps),  with dx̂ = w·dy",
)

COLUMNS: dict[str, Example] = {
    "Dense": Example(
        Dense(2), X, DY,
        ("dw = dy xᵀ", "db = Σ dy over the samples", "dx = wᵀ dy"),
        (dense_y, dense_dw, dense_db, dense_dx),
        {"w": ((0.5, -1, 2), (1.5, 0, -0.5)), "b": (0.1, -0.2)},
        paper=BACKPROPAGATION,
    ),
    "BatchNorm": Example(
        BatchNorm(), ((1, 2, 3, 6), (0.5, -0.5, 1.5, 0.5)), ((1, 0, -1, 0.5), (0.5, 1, -1, 2)),
        NORM_GRADIENT, (batch_y, batch_dx), {"w": (2, 0.5), "b": (0.1, -0.2)},
        paper="Ioffe & Szegedy 2015, arxiv.org/abs/1502.03167",
        note="Rows are features, columns are samples; mean and var are those of a row, as in training. In the places "
        "dmean and dvar stand the batch's own statistics (var unbiased), by which a step moves the running ones.",
    ),
    "LayerNorm": Example(
        LayerNorm(), X, ((1, 0.5), (-1, 1), (0.5, -1)),
        NORM_GRADIENT, (layer_y, layer_dx), {"w": (2, 0.5, 1), "b": (0.1, -0.2, 0)},
        paper="Ba, Kiros & Hinton 2016, arxiv.org/abs/1607.06450",
        note="Rows are features, columns are samples; mean and var are those of a column.",
    ),
    "Dropout": Example(
        Dropout(0.5), ((1, 2), (3, 4), (5, 6), (7, 8)), ((1, 1), (2, 2), (3, 3), (4, 4)),
        ("dx = dy·mask / (1 - rate), with the mask of forward",), (kept_y, dropped_y, kept_dx),
        paper="Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting",
        note="As in training; outside it y = x. What is kept is doubled, so that the mean stays.",
    ),
    "Softmax": Example(
        Softmax(), ((1, 0.5), (2, 0), (0, -1)), ((1, 0.5), (-1, 2), (0.5, 1)),
        ("dx = y·(dy - Σ dy·y), the sum over the features",), (softmax_y, softmax_dx),
        paper="Bridle 1990, Probabilistic interpretation of feedforward classification network outputs",
        helpers=(softmax,),
    ),
    "Residual": Example(
        Residual(Dense(2)), ((1, 0.5), (2, -1)), DY,
        ("dx = dx of the body + dy (or + dx of the shortcut)",), (residual_y, residual_dx),
        {"0.w": ((0.5, -1), (1.5, 2)), "0.b": (0.1, -0.2)},
        paper="He, Zhang, Ren & Sun 2015, arxiv.org/abs/1512.03385",
        note="0 is the body, here Dense(2).",
    ),
    "Sequential": Example(
        Sequential(Dense(2), ReLU(), Dense(1)), X, ((1, -2),),
        ("from the last layer to the first: what one layer calls dx is dy to the layer before (the chain rule)",),
        (chain_y, chain_dx),
        {"0.w": ((0.5, -1, -2), (1.5, 0, -0.5)), "0.b": (0.1, -0.2), "2.w": ((2, -1),), "2.b": (0.5,)},
        paper=BACKPROPAGATION,
        note="0 and 2 are the dense layers; between them stands a ReLU, which has no parameters.",
    ),
}  # fmt: skip
