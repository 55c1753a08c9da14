"""Every layer with every option, and a small model around one."""

from __future__ import annotations

from itertools import product

import numpy as np

from numnist import (
    ELU,
    GELU,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LayerNorm,
    LeakyReLU,
    MaxPool2d,
    Model,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)  # fmt: skip
from numnist.nn.base import Layer

PAIRS = (1, 2, (1, 2))
HEAD = (Flatten(), Dense(3))
CONVS = {
    f"conv {kernel} {stride} {padding} {dilation} {groups} {bias}": Conv2d(
        4, kernel, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias
    )
    for (kernel, stride, padding, dilation, groups), bias in zip(
        product((3, (2, 3)), PAIRS, ("same", "valid", 2, (0, 1)), PAIRS, (1, 2)), (True, False) * 500
    )
}
POOLS = {
    f"{kind.__name__} {window} {stride} {padding}": kind(window, stride, padding)
    for kind, window, stride, padding in product(
        (MaxPool2d, AvgPool2d), (2, 3, (2, 3)), (None, 1, (3, 2)), ("same", "valid", 1, (0, 1))
    )
}
AVERAGES = {f"average without padding {p}": AvgPool2d(3, 2, p, count_padding=False) for p in ("same", 1, (0, 1))}
PLAIN = {
    repr(layer): layer
    for layer in (
        ReLU(), LeakyReLU(0.2), ELU(0.7), GELU(), SiLU(), Sigmoid(), Tanh(), Softmax(), BatchNorm(eps=1e-3),
        LayerNorm(),
        GlobalAvgPool(), Dropout(0.5), Residual(Sequential(Conv2d(2, 3, padding="same"), ReLU())),
        Residual(Conv2d(4, 3, padding="same"), Conv2d(4, 1)),
    )
}  # fmt: skip
PICTURES = CONVS | POOLS | AVERAGES | PLAIN
FEATURES = {
    repr(layer): layer
    for layer in (ReLU(), GELU(), Softmax(), BatchNorm(), LayerNorm(), Dropout(), Dense(5), Dense(5, bias=False),
                  Residual(Dense(12)))
}  # fmt: skip


def around(layer: Layer, shape: tuple[int, int, int], flat: bool = False) -> Model:
    """A model with this layer in the middle, whose parameters are all different, running statistics too."""
    ends = (Dense(3),) if isinstance(layer, GlobalAvgPool) or flat else HEAD
    model = Model(Sequential(*([Flatten()] if flat else []), layer, *ends), shape, seed=1)
    rng = np.random.default_rng(0)
    for array in model.parameters.arrays().values():
        array[...] = rng.uniform(0.1, 1, array.shape) if array.shape[1:] == (1,) else rng.normal(size=array.shape) / 3
    return model
