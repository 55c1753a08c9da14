"""A network under construction: layers with the numbers of their parameters, and the model that they become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from numnist.importing.imported import Wanted
from numnist.ink.normalize import Normalization
from numnist.model.limits import check_plan
from numnist.model.model import Model
from numnist.nn import Residual, Sequential
from numnist.nn.base import Array, Layer
from numnist.support.errors import ModelFileError, ShapeError, UsageError


@dataclass(frozen=True, eq=False)
class Part:
    """A layer with its parameters.

    arrays: by the layer's own names, in its shapes;  inside: the parts of the layers in it, in its order.
    """

    layer: Layer
    arrays: Mapping[str, Array] = field(default_factory=dict)
    inside: tuple[Part, ...] = ()

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Array]]:
        """All parameters with the names that a model gives them."""
        for name, array in self.arrays.items():
            yield prefix + name, array
        for i, part in enumerate(self.inside):
            yield from part.walk(f"{prefix}{i}.")


def in_a_row(parts: Sequence[Part]) -> Part:
    """Parts one after the other."""
    return Part(Sequential(*(part.layer for part in parts)), inside=tuple(parts))


def around(body: Sequence[Part], shortcut: Sequence[Part] = ()) -> Part:
    """The sum of what two ways make of the same input; without a shortcut that input itself is added."""
    ways = [way[0] if len(way) == 1 else in_a_row(way) for way in (body, shortcut) if way]
    return Part(Residual(*(way.layer for way in ways)), inside=tuple(ways))


def assembled(
    parts: Sequence[Part],
    in_shape: tuple[int, int, int],
    wanted: Wanted,
    path: Path,
    *,
    normalization: Normalization | None = None,
    classes: Sequence[str] | None = None,
    preparation: str | None = None,
    background: bool = False,
    about: Mapping[str, Any] | None = None,
    dtype: Any = np.float32,
) -> Model:
    """The model of these parts.   classes, preparation: what the file says, which `wanted` overrides

    Raises ModelFileError if the parts do not fit together or hold numbers that are not finite, and UsageError if the
    number of classes that are wanted is not that of the outputs.
    """
    if not parts:
        raise ModelFileError(f"{path}: it holds no layers, so there is nothing to import.")
    whole = in_a_row(parts)
    try:
        plan = whole.layer.build(in_shape)
        check_plan(plan)
    except ShapeError as error:
        raise ModelFileError(f"{path}: its layers do not fit together: {error}") from None
    except UsageError as error:
        raise ModelFileError(f"{path}: {error}") from None
    if wanted.classes is not None and plan.out_shape != (len(wanted.classes),):
        raise UsageError(
            f"{len(wanted.classes)} classes were named, but the network has {plan.out_shape[0]} outputs: name each."
        )
    try:
        model = Model(
            whole.layer, in_shape, seed=None, dtype=dtype, classes=wanted.classes or classes, background=background,
            normalization=normalization, preparation=wanted.preparation or preparation,
        )  # fmt: skip
    except UsageError as error:
        raise ModelFileError(f"{path}: what it holds does not fit together: {error}") from None
    given = dict(whole.walk())
    for name, array in model.parameters.arrays().items():
        if name not in given or given[name].shape != array.shape:
            found = given[name].shape if name in given else "missing"
            raise ModelFileError(f"{path}: parameter {name} is {found}, but its layer needs {array.shape}.")
        with np.errstate(over="ignore"):
            array[...] = given[name]
        if not np.isfinite(array).all():
            raise ModelFileError(f"{path}: parameter {name} holds numbers that are not finite in {np.dtype(dtype)}.")
    model.about.update(about or {})
    return model
