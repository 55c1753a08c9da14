"""The five reference networks of the benchmark, with their batch sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numnist.nn import BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU, Sequential
from numnist.nn.base import Layer
from numnist.support.errors import UsageError
from numnist.support.serialisation import suggest


@dataclass(frozen=True)
class Reference:
    """A network, its batch size, and the repeats that make a measurement of about half a second."""

    name: str
    title: str
    network: Sequential
    batch: int
    steps: int
    inferences: int  # on 1,000 pictures

    @property
    def without_dropout(self) -> Sequential:
        """The same network without dropout: no two libraries draw the same random numbers."""
        return Sequential(*(layer for layer in self.network.layers if not isinstance(layer, Dropout)))


def _deep(units: Sequence[int], rate: float) -> list[Layer]:
    """Dense, ReLU and dropout for each number of units."""
    return [layer for n in units for layer in (Dense(n), ReLU(), Dropout(rate))]


def _block(filters: int) -> list[Layer]:
    return [Conv2d(filters, 5, padding="same"), BatchNorm(), ReLU(), MaxPool2d(2)]


_ALL = (
    Reference(
        "mlp", "784-256-128-10",
        Sequential(Flatten(), Dense(256), ReLU(), Dense(128), ReLU(), Dense(10)),
        batch=128, steps=200, inferences=150,
    ),
    Reference(
        "cnn28", "conv 28 3×3, ReLU, max pool 2, dense 128, ReLU, dense 10",
        Sequential(Conv2d(28, 3), ReLU(), MaxPool2d(2), Flatten(), Dense(128), ReLU(), Dense(10)),
        batch=1024, steps=5, inferences=30,
    ),
    Reference(
        "torch-example",
        "PyTorch's own MNIST example: conv 32 3×3, ReLU, conv 64 3×3, ReLU, max pool 2, dropout .25, dense 128, ReLU, "
        "dropout .5, dense 10",
        Sequential(
            Conv2d(32, 3), ReLU(), Conv2d(64, 3), ReLU(), MaxPool2d(2), Dropout(0.25), Flatten(),
            Dense(128), ReLU(), Dropout(0.5), Dense(10),
        ),
        batch=128, steps=6, inferences=4,
    ),
    Reference(
        "lenet-bn", "two blocks of conv 5×5 same (32, 64), batch norm, ReLU, max pool 2; dense 256, ReLU, dense 10",
        Sequential(*_block(32), *_block(64), Flatten(), Dense(256), ReLU(), Dense(10)),
        batch=128, steps=10, inferences=4,
    ),
    Reference(
        "deep-mlp", "784-3000-2500-2000-1500-1000-500-10 with dropout .3",
        Sequential(Flatten(), *_deep((3000, 2500, 2000, 1500, 1000, 500), 0.3), Dense(10)),
        batch=256, steps=3, inferences=3,
    ),
)  # fmt: skip
REFERENCES = {reference.name: reference for reference in _ALL}


def references(names: Sequence[str] = ()) -> list[Reference]:
    """The networks of these names; all by default.  Raises UsageError for an unknown name."""
    for name in names:
        if name not in REFERENCES:
            raise UsageError(
                f"there is no reference network {name!r}{suggest(name, REFERENCES)}; there are {', '.join(REFERENCES)}."
            )
    return [REFERENCES[name] for name in names or REFERENCES]
