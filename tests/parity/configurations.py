"""Random configurations of every kind of layer, each a function of its kind and number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from numnist.nn import (
    ELU,
    GELU,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2d,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)
from numnist.support.errors import ShapeError

EACH = 14  # configurations of every kind


class Configuration(NamedTuple):
    layer: Layer
    in_shape: tuple[int, ...]
    N: int


Rng = np.random.Generator


def number(rng: Rng, low: int, high: int) -> int:
    return int(rng.integers(low, high + 1))


def numbers(rng: Rng, low: int, high: int) -> int | tuple[int, int]:
    """One number for both directions, or two."""
    a, b = number(rng, low, high), number(rng, low, high)
    return a if rng.random() < 0.5 else (a, b)


def choice(rng: Rng, *values: Any) -> Any:
    return values[number(rng, 0, len(values) - 1)]


def conv(rng: Rng, channels: int) -> Layer:
    groups = choice(rng, *[d for d in range(1, channels + 1) if channels % d == 0])
    return Conv2d(
        groups * number(rng, 1, 3),
        numbers(rng, 1, 5),
        stride=numbers(rng, 1, 3),
        padding=choice(rng, 0, numbers(rng, 0, 3), "same", "valid"),
        dilation=choice(rng, 1, 1, numbers(rng, 1, 3)),
        groups=choice(rng, 1, groups),
        bias=bool(rng.random() < 0.8),
    )


def pool(kind: type[Any], rng: Rng, **fields: Any) -> Layer:
    kh, kw = number(rng, 1, 4), number(rng, 1, 4)
    padding = choice(rng, 0, "same", "valid", (number(rng, 0, kh // 2), number(rng, 0, kw // 2)))
    return kind((kh, kw), stride=choice(rng, None, numbers(rng, 1, 3)), padding=padding, **fields)


def block(rng: Rng, channels: int) -> Layer:
    """A residual block with batch norm, before or after the convolutions, with or without a shortcut layer."""
    if rng.random() < 0.5:
        inner = [BatchNorm(), ReLU(), Conv2d(channels, 3, padding=1, bias=False)]
        return Residual(Sequential(*inner, BatchNorm(), Tanh(), Conv2d(channels, 3, padding=1)))
    filters, stride = number(rng, 1, 4), number(rng, 1, 2)
    body = Sequential(Conv2d(filters, 3, stride, "same"), BatchNorm(), SiLU(), Conv2d(filters, 1), BatchNorm(0.8))
    return Residual(body, Sequential(Conv2d(filters, 1, stride, "same", bias=False), BatchNorm()))


def network(rng: Rng, channels: int) -> Layer:
    """A small whole network from picture to logits."""
    activation = choice(rng, ReLU(), GELU(), ELU(), LeakyReLU(0.1), Tanh())
    # No ReLU before a dense layer before batch norm: if only one unit is active, batch norm cancels its weight, whose
    # gradient is then a difference of equal numbers.
    return Sequential(
        Conv2d(number(rng, 2, 4), 3, padding=1, bias=bool(rng.random() < 0.5)),
        choice(rng, BatchNorm(), LayerNorm()),
        activation,
        choice(rng, MaxPool2d(2), AvgPool2d(2, padding="same", count_padding=False)),
        Dropout(choice(rng, 0, 0.2, 0.5)),
        Residual(Conv2d(1, 3, padding=1)) if rng.random() < 0.3 else Conv2d(3, 2, padding="same"),
        *choice(rng, (GlobalAvgPool(), Dense(5)), (Flatten(), Dense(6), BatchNorm(), ReLU(), Dense(4))),
    )


def elementwise(make: Callable[[Rng], Layer]) -> Callable[[Rng, int], Layer]:
    return lambda rng, channels: make(rng)


KINDS: dict[str, Callable[[Rng, int], Layer]] = {
    "Conv2d": conv,
    "Conv2d again": conv,
    "MaxPool2d": lambda rng, _: pool(MaxPool2d, rng),
    "AvgPool2d": lambda rng, _: pool(AvgPool2d, rng, count_padding=bool(rng.random() < 0.5)),
    "GlobalAvgPool": elementwise(lambda _: GlobalAvgPool()),
    "Dense": lambda rng, _: Dense(number(rng, 1, 40), bias=bool(rng.random() < 0.8)),
    "BatchNorm": lambda rng, _: BatchNorm(rng.random(), eps=choice(rng, 1e-5, 1e-3, 0.1)),
    "LayerNorm": lambda rng, _: LayerNorm(choice(rng, 1e-5, 1e-3, 0.1)),
    "Dropout": lambda rng, _: Dropout(rng.random()),
    "Flatten": elementwise(lambda _: Flatten()),
    "ReLU": elementwise(lambda _: ReLU()),
    "LeakyReLU": lambda rng, _: LeakyReLU(rng.random()),
    "ELU": lambda rng, _: ELU(2 * rng.random()),
    "GELU": elementwise(lambda _: GELU()),
    "SiLU": elementwise(lambda _: SiLU()),
    "Sigmoid": elementwise(lambda _: Sigmoid()),
    "Tanh": elementwise(lambda _: Tanh()),
    "Softmax": elementwise(lambda _: Softmax()),
    "Residual": block,
    "Sequential": network,
}
PICTURES_ONLY = {"Conv2d", "Conv2d again", "MaxPool2d", "AvgPool2d", "GlobalAvgPool", "Residual", "Sequential"}


def configurations(kind: str) -> list[Configuration]:
    """EACH configurations of a kind; those that do not fit the random picture size are drawn again."""
    rng, found = np.random.default_rng(list(kind.encode())), []
    while len(found) < EACH:
        C, H, W, N = number(rng, 1, 4), number(rng, 1, 11), number(rng, 1, 11), number(rng, 1, 6)
        shape: tuple[int, ...] = (C, H, W)
        if kind == "Dense" or (kind not in PICTURES_ONLY and rng.random() < 0.5):
            shape = (number(rng, 1, 50),)
        layer = KINDS[kind](rng, C)
        try:
            layer.build(shape)
        except ShapeError:
            continue
        # the variance of a few numbers may be tiny, and then float32 gradients, PyTorch's too, have few correct digits
        if kind in ("Residual", "Sequential"):
            N += 6
        elif kind == "BatchNorm" and N * int(np.prod(shape[1:])) < 4:
            N += 3
        found.append(Configuration(layer, shape, N))
    return found
