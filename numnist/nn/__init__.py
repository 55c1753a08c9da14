"""Layers, initializers and losses.  Each layer has its forward and backward pass side by side."""

from typing import Any

from numnist.nn.activations import ACTIVATIONS, ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from numnist.nn.base import EVAL, Layer, Mode, Param, Plan, Views
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense
from numnist.nn.dropout import Dropout
from numnist.nn.flatten import Flatten
from numnist.nn.initializers import (
    INITIALIZERS,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LeCunNormal,
    Normal,
    Ones,
    Orthogonal,
    Zeros,
)
from numnist.nn.norm import BatchNorm, LayerNorm
from numnist.nn.pool import AvgPool2d, GlobalAvgPool, MaxPool2d
from numnist.nn.residual import Residual
from numnist.nn.sequential import Sequential

# The layers that a model file may contain: reading a file creates nothing that is not in this table.
LAYERS: dict[str, type[Any]] = {
    layer.__name__: layer
    for layer in (
        Dense, Conv2d, MaxPool2d, AvgPool2d, GlobalAvgPool, BatchNorm, LayerNorm, Dropout, Flatten,
        *ACTIVATIONS, Residual, Sequential,
    )
}  # fmt: skip

__all__ = [
    "ELU", "EVAL", "GELU", "INITIALIZERS", "LAYERS", "AvgPool2d", "BatchNorm", "Conv2d", "Dense", "Dropout",
    "Flatten", "GlobalAvgPool", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Layer", "LayerNorm",
    "LeCunNormal", "LeakyReLU", "MaxPool2d", "Mode", "Normal", "Ones", "Orthogonal", "Param", "Plan", "ReLU",
    "Residual", "Sequential", "SiLU", "Sigmoid", "Softmax", "Tanh", "Views", "Zeros",
]  # fmt: skip
