"""The configurations in which every layer is tried, and the shapes that each refuses."""

from __future__ import annotations

from dataclasses import dataclass

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
    GlorotUniform,
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


@dataclass(frozen=True)
class Case:
    """A layer for samples of a shape.   x: (*in_shape, N)"""

    layer: Layer
    in_shape: tuple[int, ...]
    N: int = 3

    def __str__(self) -> str:
        return f"{self.layer!r} on {(*self.in_shape, self.N)}"


def cases_of(shape: tuple[int, ...], *layers: Layer) -> list[Case]:
    return [Case(layer, shape) for layer in layers]


PICTURE, COLUMN = (2, 5, 6), (7,)
ELEMENTWISE = (
    ReLU(), LeakyReLU(), LeakyReLU(0.0), LeakyReLU(0.3), LeakyReLU(1), ELU(), ELU(0.5), ELU(2.0), GELU(), SiLU(),
    Sigmoid(), Tanh(), Softmax(), Dropout(), Dropout(0.0), Dropout(0.25), Dropout(0.9), LayerNorm(), LayerNorm(0.1),
    BatchNorm(), BatchNorm(0.5), BatchNorm(0.0, eps=0.1), BatchNorm(1, eps=1e-3), Flatten(),
)  # fmt: skip

CASES: list[Case] = [
    *cases_of(COLUMN, *ELEMENTWISE),
    *cases_of(PICTURE, *ELEMENTWISE),
    *cases_of(COLUMN, Dense(4), Dense(1), Dense(5, bias=False), Dense(3, initializer=GlorotUniform())),
    Case(Dense(3), (1,)),
    *cases_of(
        PICTURE,
        Conv2d(3, 3),
        Conv2d(1, 1),
        Conv2d(2, 1, bias=False),
        Conv2d(3, (5, 6)),
        Conv2d(3, (2, 3), stride=2),
        Conv2d(3, (3, 2), stride=(1, 3), padding=(0, 2)),
        Conv2d(3, 3, padding=1),
        Conv2d(3, 3, padding=4),
        Conv2d(3, 2, padding="valid"),
        Conv2d(3, 3, padding="same"),
        Conv2d(3, 2, stride=2, padding="same"),
        Conv2d(3, (4, 1), stride=3, padding="same"),
        Conv2d(3, 2, dilation=2),
        Conv2d(2, (3, 2), padding=2, dilation=(2, 3)),
        Conv2d(2, 3, padding="same", dilation=2),
        Conv2d(4, 3, groups=2),
        Conv2d(2, 2, groups=2, bias=False, stride=2),
        Conv2d(2, 1, stride=3),
    ),
    Case(Conv2d(6, 3, groups=3, padding=1, stride=2, dilation=2), (3, 7, 5), 2),
    Case(Conv2d(3, (1, 3)), (1, 1, 4)),
    *[
        case
        for pool in (MaxPool2d, AvgPool2d)
        for case in cases_of(
            PICTURE,
            pool(2),
            pool(1),
            pool(1, stride=2),
            pool((5, 6)),
            pool((2, 3)),
            pool(3, stride=1),
            pool(3, stride=2),
            pool(2, stride=3),
            pool((3, 2), stride=(2, 1), padding=(1, 0)),
            pool(2, stride=1, padding=1),
            pool(4, padding=2),
            pool(3, padding="same"),
            pool((2, 4), stride=(1, 3), padding="same"),
            pool(2, padding="valid"),
        )
    ],
    *cases_of(
        PICTURE,
        AvgPool2d(3, padding=1, count_padding=False),
        AvgPool2d((2, 3), stride=1, padding="same", count_padding=False),
        AvgPool2d(2, count_padding=False),
        GlobalAvgPool(),
    ),
    Case(GlobalAvgPool(), (3, 1, 1)),
    *cases_of(
        PICTURE,
        Residual(Conv2d(2, 3, padding=1)),
        Residual(Sequential(BatchNorm(), ReLU(), Conv2d(2, 3, padding=1, bias=False))),
        Residual(Conv2d(4, 3, stride=2, padding=1), Conv2d(4, 1, stride=2)),
        Residual(Sequential(Conv2d(3, 2), Dropout(0.3)), Sequential(Conv2d(3, 2, bias=False), BatchNorm())),
        Residual(ReLU()),
        Residual(ReLU(), MaxPool2d(1)),
        Residual(Residual(Dropout(0.5))),
        Residual(Dropout(0.5), Dropout(0.25)),
        Sequential(ReLU()),
        Sequential(Flatten(), Dense(3)),
        Sequential(Conv2d(3, 3), BatchNorm(), ReLU(), MaxPool2d(2), Dropout(0.2), Flatten(), Dense(4), Softmax()),
        Sequential(Sequential(Tanh()), Sequential(Dropout(0.5), Sequential(GlobalAvgPool(), LayerNorm()))),
        Sequential(Conv2d(2, 2, stride=2, padding="same"), GELU(), AvgPool2d(2, padding="same"), Conv2d(3, 1), SiLU()),
    ),
    *cases_of(COLUMN, Residual(Dense(7)), Residual(Sequential(Dense(3), Tanh()), Dense(3)), Sequential(Dense(2))),
]

# Shapes of one sample that a layer cannot take.
NO_PICTURE: list[tuple[int, ...]] = [(), (4,), (4, 4), (1, 4, 4, 4), (0, 4, 4), (1, 0, 4), (1, 4, 0)]
WRONG_SHAPES: list[tuple[Layer, tuple[int, ...]]] = [
    *[(layer, shape) for layer in ELEMENTWISE for shape in ((), (0,), (2, 0, 3))],
    *[(Dense(3), shape) for shape in ((), (0,), (1, 4), (1, 4, 4))],
    *[(layer, shape) for layer in (Conv2d(2, 1), MaxPool2d(1), AvgPool2d(1), GlobalAvgPool()) for shape in NO_PICTURE],
    *[(layer, (1, 4, 4)) for layer in (Conv2d(2, 5), MaxPool2d(5), AvgPool2d((1, 5)), Conv2d(2, 3, dilation=2))],
    (Conv2d(3, 1, groups=3), (4, 4, 4)),
    (Sequential(Flatten(), Conv2d(2, 3)), (1, 4, 4)),
    (Sequential(Conv2d(2, 3), Dense(3)), (1, 4, 4)),
    (Residual(Conv2d(2, 3)), (2, 4, 4)),
    (Residual(Conv2d(2, 3), Conv2d(3, 3)), (2, 4, 4)),
    (Residual(Flatten()), (2, 4, 4)),
]
