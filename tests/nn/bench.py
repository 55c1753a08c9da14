"""What laws and other tests of layers work with: a case made ready to run, and comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from numnist.nn import Layer, Mode, Plan, Views
from tests.nn.cases import Case


@dataclass
class Bench:
    """A case made ready: parameters of order 1, and random x and dy."""

    plan: Plan
    p: Views
    arrays: dict[str, Any]
    x: Any
    dy: Any


def vector_views(plan: Plan, vector: Any) -> tuple[Views, dict[str, Any]]:
    """The plan's arrays inside a vector."""
    arrays, at = {}, 0
    for name, param in plan.walk():
        arrays[name] = vector[at : at + param.size].reshape(param.shape)
        at += param.size
    return Views(plan, arrays), arrays


def bench(case: Case, dtype: Any = np.float64, *, N: int | None = None, whole: bool = False) -> Bench:
    """`whole` makes x of small whole numbers, so that maxima tie and ReLUs meet exact zeros."""
    plan = case.layer.build(case.in_shape)
    rng = np.random.default_rng((len(repr(case)), *case.in_shape))
    N = case.N if N is None else N
    # all positive, since running variances are among them, and far from the 0 and 1 that hide missing factors
    p, arrays = vector_views(plan, rng.uniform(0.4, 1.6, plan.size).astype(dtype))
    shape = (*case.in_shape, N)
    x = rng.integers(-1, 2, shape) if whole else rng.standard_normal(shape)
    dy = rng.standard_normal((*plan.out_shape, N))
    return Bench(plan, p, arrays, x.astype(dtype), dy.astype(dtype))


def gradients(
    layer: Layer, b: Bench, mode: Mode, *, fill: float = np.nan, want_dx: bool = True
) -> tuple[Any, Any, dict[str, Any]]:
    """(y, dx, {name: gradient}) of one forward and one backward; gradients start as `fill`."""
    g, arrays = vector_views(b.plan, np.full(b.plan.size, fill, b.x.dtype))
    y, cache = layer.forward(b.p, b.x, mode)
    dx = layer.backward(b.p, g, b.dy, cache, want_dx)
    return y, dx, arrays


def same(a: Any, b: Any, what: str, tolerance: float = 0.0) -> None:
    """Equal shapes and values: to the bit, or within `tolerance` of b's largest value (or of 1, if that is more)."""
    assert a.shape == b.shape, f"{what}: shape {a.shape} instead of {b.shape}"
    if tolerance == 0.0:
        assert np.array_equal(a, b), f"{what} differs"
    elif a.size:
        off = np.abs(a - b).max() / max(1.0, np.abs(b).max())
        assert off <= tolerance, f"{what} is off by {off:.1e}"


def all_same(a: tuple[Any, Any, dict[str, Any]], b: tuple[Any, Any, dict[str, Any]], what: str, *args: Any) -> None:
    """(y, dx, gradients) equal, each as in `same`."""
    same(a[0], b[0], f"{what}: y", *args)
    same(a[1], b[1], f"{what}: dx", *args)
    assert list(a[2]) == list(b[2])
    for name in a[2]:
        same(a[2][name], b[2][name], f"{what}: the gradient of {name}", *args)


def arrays_in(thing: Any) -> Iterator[Any]:
    """All arrays in a cache, however deep."""
    if isinstance(thing, np.ndarray):
        yield thing
    elif isinstance(thing, tuple | list):
        for part in thing:
            yield from arrays_in(part)
