"""Plain functions: what they return is what is computed here by hand, and they refuse what does not fit."""

from __future__ import annotations

from inspect import isfunction

import numpy as np
import pytest

from numnist import ShapeError, UsageError
from numnist.naive import numerical_gradient
from numnist.nn import LAYERS, Dropout, Flatten, Residual, Sequential, functional as F  # noqa: N812, as everyone calls it
from numnist.nn.functional import conv2d, cross_entropy, dense

RNG = np.random.default_rng(0)
X, PICTURES = RNG.standard_normal((5, 4)), RNG.standard_normal((2, 4, 6, 5))
W, B = RNG.standard_normal((3, 4)), RNG.standard_normal(3)
KERNELS = RNG.standard_normal((6, 2, 3, 2))
SCALE, SHIFT = RNG.standard_normal(4), RNG.standard_normal(4)
CASES = {  # function, arrays whose gradients it knows, options
    "dense": (F.dense, (X, W, B), {}),
    "dense without bias": (F.dense, (X, W), {}),
    "conv2d": (F.conv2d, (PICTURES, KERNELS, RNG.standard_normal(6)), {"stride": 2, "padding": (1, 2), "groups": 2}),
    "conv2d without bias": (
        F.conv2d,
        (PICTURES, RNG.standard_normal((3, 4, 2, 2))),
        {"dilation": 2, "padding": "same"},
    ),
    "max_pool2d": (F.max_pool2d, (PICTURES,), {"window": 3, "stride": 2, "padding": 1}),
    "avg_pool2d": (F.avg_pool2d, (PICTURES,), {"window": (2, 3), "padding": 1, "count_padding": False}),
    "global_avg_pool": (F.global_avg_pool, (PICTURES,), {}),
    "batch_norm": (F.batch_norm, (X, SCALE, SHIFT), {"eps": 0.1}),
    "batch_norm of pictures": (F.batch_norm, (PICTURES, SCALE, SHIFT), {}),
    "batch_norm after training": (F.batch_norm, (X, SCALE, SHIFT), {"mean": SHIFT, "var": SCALE**2}),
    "layer_norm": (F.layer_norm, (X, SCALE, SHIFT), {"eps": 0.1}),
    "layer_norm of pictures": (F.layer_norm, (PICTURES, *RNG.standard_normal((2, 4, 6, 5))), {}),
    "leaky_relu": (F.leaky_relu, (X,), {"slope": 0.2}),
    "elu": (F.elu, (X,), {"alpha": 1.5}),
    **{name: (getattr(F, name), (X,), {}) for name in ("relu", "gelu", "silu", "sigmoid", "tanh", "softmax")},
}
EVERY = pytest.mark.parametrize(("function", "arrays", "options"), CASES.values(), ids=list(CASES))


@EVERY
def test_gradients_are_those_of_differences(function, arrays, options):
    y = function(*arrays, **options)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    found = function.gradients(dy, *arrays, **options)
    assert [g.shape for g in found] == [a.shape for a in arrays]
    for k, gradient in enumerate(found):
        moved = [a.copy() for a in arrays]

        def f(_, moved=moved):
            return float(np.vdot(dy, function(*moved, **options)))

        slopes = numerical_gradient(f, moved[k].reshape(-1))
        np.testing.assert_allclose(gradient.reshape(-1), slopes, rtol=0, atol=1e-7)  # rounding 1e-16 · 100 / h


@EVERY
def test_float32_stays_and_arguments_are_not_changed(function, arrays, options):
    single = [a.astype(np.float32) for a in arrays]
    options = {k: v.astype(np.float32) if isinstance(v, np.ndarray) else v for k, v in options.items()}
    for array in single:
        array.flags.writeable = False
    y = function(*single, **options)
    assert y.dtype == np.float32
    y[...] = 0  # it is nobody's but the caller's
    assert function(*single, **options).any()
    assert all(g.dtype == np.float32 for g in function.gradients(y, *single, **options))


def test_samples_come_first_and_weights_are_out_by_in():
    np.testing.assert_allclose(dense(X, W, B), X @ W.T + B, rtol=0, atol=1e-14)  # four terms of order 1
    dx, dw, db = dense.gradients(np.ones((5, 3)), X, W, B)
    np.testing.assert_allclose(dx, np.ones((5, 3)) @ W, atol=1e-14)
    np.testing.assert_allclose(dw, np.ones((3, 5)) @ X, atol=1e-14)
    assert np.array_equal(db, [5, 5, 5])


def test_a_convolution_by_hand():
    x = [[[[1, 2, 0], [0, 3, 1], [2, 0, 4]]]]
    assert conv2d(x, [[[[1, 10], [100, 1000]]]], [0.5]).tolist() == [[[[3021.5, 1302.5], [230.5, 4013.5]]]]


def test_lists_and_whole_numbers_become_float64():
    assert F.relu([[1, -2]]).tolist() == [[1.0, 0.0]]
    assert F.relu([[1, -2]]).dtype == np.float64


def test_losses_by_hand():
    loss, dlogits = cross_entropy([[0.0, 0.0]], [1])
    assert loss == pytest.approx(np.log(2), rel=1e-15)
    assert dlogits.tolist() == [[0.5, -0.5]]
    assert F.mean_squared_error([[1.0, 3.0]], [0]) == (4.5, pytest.approx(np.array([[0.0, 3.0]])))
    loss, dlogits = F.multiclass_svm([[1.0, 3.0]], [0])
    assert (loss, dlogits.tolist()) == (3.0, [[-1.0, 1.0]])


def test_every_layer_has_a_function():
    used = {type(function.__wrapped__(*arrays, **options).layer) for function, arrays, options in CASES.values()}
    without = {Dropout, Flatten, Residual, Sequential}  # chance, a reshape, and layers of layers
    assert used == set(LAYERS.values()) - without


def test_every_function_is_a_function_with_help():
    functions = [F.dense, *(function for function, _, _ in CASES.values()), F.cross_entropy]
    assert all(isfunction(function) and function.__doc__ for function in functions)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dense(X, W.T), r"needs w of the shape \(4, 4\) for samples of \(4,\); it has the shape \(4, 3\)"),
        (lambda: dense(X, B), r"dense needs w of the shape \(units, in\), but gets \(3,\)"),
        (lambda: dense(X, W, B[:, None].T), r"needs b of the shape"),
        (lambda: dense(PICTURES, W), r"put Flatten\(\) before it"),
        (lambda: dense(3.0, W), "samples that are not empty|put Flatten"),
        (lambda: dense.gradients(X, X, W), r"the shape \(5, 3\), but dy has \(5, 4\)"),
        (lambda: conv2d(PICTURES, KERNELS), "needs w of the shape"),
        (lambda: conv2d(PICTURES, W), r"needs w of the shape \(K, C/groups, kh, kw\)"),
        (lambda: F.batch_norm(X, SCALE, SHIFT, mean=SHIFT), "mean and var both"),
        (lambda: cross_entropy(X, [0, 1]), r"gets \(5, 4\) and \(2,\) of int64"),
        (lambda: cross_entropy(X, [0, 1, 2, 3, 4]), "labels run from 0 to 4, but must be 0 to 3"),
        (lambda: cross_entropy(X, [0.0, 1, 2, 3, 1]), "whole numbers"),
        (lambda: F.elu(X, alpha=-1), "ELU alpha is -1"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises((ShapeError, UsageError), match=message):
        call()
