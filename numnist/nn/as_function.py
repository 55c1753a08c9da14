"""A layer as a plain function of arrays: batch-last for any layer, and batch-first for those of functional.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import NamedTuple, ParamSpec, Protocol, cast

import numpy as np
from numpy.typing import ArrayLike

from numnist.nn.base import EVAL, Array, Layer, Mode, Views
from numnist.support.errors import ShapeError

Arrays = Mapping[str, Array]  # parameters by the names of Plan.walk()
P = ParamSpec("P")


def forward_last(layer: Layer, p: Arrays, x: Array, *, train: bool = False) -> Array:
    """What a layer makes of x: (..., N) -> y (..., N).   train: in training mode (the batch's statistics)"""
    return np.array(layer.forward(_views(layer, p, x), x, Mode(True) if train else EVAL)[0])


def backward_last(
    layer: Layer, p: Arrays, x: Array, dy: Array, *, train: bool = False
) -> tuple[Array, dict[str, Array]]:
    """(dx, gradients of the parameters by name), for dy, the gradient at y: all of them batch-last."""
    views, g = _views(layer, p, x), {name: np.zeros_like(array) for name, array in p.items()}
    _, cache = layer.forward(views, x, Mode(True) if train else EVAL)
    dx = layer.backward(views, Views(layer.build(x.shape[:-1]), g), dy, cache)
    return np.array(dx), g


def _views(layer: Layer, p: Arrays, x: Array) -> Views:
    """The arrays as the layer takes them, checked."""
    plan = layer.build(x.shape[:-1])
    for name, param in plan.walk():
        if name not in p or p[name].shape != param.shape:
            got = f"has the shape {p[name].shape}" if name in p else "is missing"
            raise ShapeError(
                f"{layer} needs {name} of the shape {param.shape} for samples of {plan.in_shape}; it {got}."
            )
    return Views(plan, dict(p))


class Call(NamedTuple):
    """A layer with its arguments.   trained: the names of those whose gradients are asked for, in order"""

    layer: Layer
    x: ArrayLike
    p: Mapping[str, ArrayLike | None]
    trained: tuple[str, ...] = ()
    train: bool = False


class Function(Protocol[P]):
    """A function of arrays that knows its gradients."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Array: ...

    def gradients(self, dy: ArrayLike, /, *args: P.args, **kwargs: P.kwargs) -> tuple[Array, ...]:
        """(dx, dw, db ...), of x and then of each parameter that was given, in their order and shapes.

        dy: the gradient of the loss at y;  the other arguments as in the call.
        """


def as_function(call: Callable[P, Call]) -> Function[P]:
    """A function that runs the layer of a call, with the samples first."""

    @wraps(call)
    def function(*args: P.args, **kwargs: P.kwargs) -> Array:
        layer, x, p, _, train = call(*args, **kwargs)
        given, (x, *_) = floats(p, x)
        return samples_first(forward_last(layer, _columns(layer, given, x), samples_last(x), train=train))

    def gradients(dy: ArrayLike, /, *args: P.args, **kwargs: P.kwargs) -> tuple[Array, ...]:
        layer, x, p, trained, train = call(*args, **kwargs)
        given, (x, dy) = floats(p, x, dy)
        expected = (len(x), *layer.build(x.shape[1:]).out_shape)
        if dy.shape != expected:
            raise ShapeError(f"dy is the gradient at y, which has the shape {expected}, but dy has {dy.shape}.")
        dx, g = backward_last(layer, _columns(layer, given, x), samples_last(x), samples_last(dy), train=train)
        return samples_first(dx), *(g[name].reshape(given[name].shape) for name in trained if name in given)

    gradients.__doc__ = Function.gradients.__doc__
    function.gradients = gradients  # type: ignore[attr-defined]
    return cast("Function[P]", function)


def floats(p: Mapping[str, ArrayLike | None], *others: ArrayLike) -> tuple[dict[str, Array], list[Array]]:
    """The parameters that are given, and other arrays, all of one float type."""
    given = {name: np.asarray(array) for name, array in p.items() if array is not None}
    arrays = [np.asarray(array) for array in others]
    single = all(array.dtype == np.float32 for array in (*given.values(), *arrays))
    dtype = np.float32 if single else np.float64
    return {name: array.astype(dtype) for name, array in given.items()}, [array.astype(dtype) for array in arrays]


def _columns(layer: Layer, p: dict[str, Array], x: Array) -> dict[str, Array]:
    """Biases and scales as columns, as layers have them; any other shape stays, and is refused."""
    shapes = {name: param.shape for name, param in layer.build(x.shape[1:]).walk()}
    return {name: a[..., None] if shapes.get(name) == (*a.shape, 1) else a for name, a in p.items()}


def samples_last(x: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(x, 0, -1)) if x.ndim else x


def samples_first(x: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(x, -1, 0))
