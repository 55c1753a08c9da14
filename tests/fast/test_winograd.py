"""Winograd: the transforms are exact, and what they cost in digits is little."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from numnist.fast.im2col import Im2col
from numnist.fast.winograd import KERNELS, TILE, Winograd, pays, transforms
from numnist.nn import Conv2d


@pytest.mark.parametrize("k", KERNELS)
def test_the_transforms_are_a_correlation(k):
    rng = np.random.default_rng(k)
    A, G, B = transforms(k, np.dtype(np.float64))
    n = TILE + k - 1
    assert A.shape == (n * n, TILE * TILE)
    d, g = rng.integers(-9, 10, (n, n)), rng.integers(-9, 10, (k, k))
    y = A.T @ ((G @ g.reshape(-1)) * (B @ d.reshape(-1)))
    expected = [[(d[i : i + k, j : j + k] * g).sum() for j in range(TILE)] for i in range(TILE)]
    np.testing.assert_allclose(y.reshape(TILE, TILE), expected, atol=1e-10)


@pytest.mark.parametrize("k", KERNELS)
def test_all_but_the_weights_transform_is_exact_in_binary(k):
    A, _, B = transforms(k, np.dtype(np.float32))
    for matrix in (A, B):
        assert all(Fraction(float(value)).denominator <= 64**2 for value in matrix.flat)
        assert np.array_equal(matrix, matrix.astype(np.float64).astype(np.float32))


@pytest.mark.parametrize(("k", "padding"), [(3, 0), (5, 2)])
def test_in_float32_it_is_within_1e_minus_4_of_im2col(k, padding):
    rng = np.random.default_rng(k)
    x, conv = rng.standard_normal((32, 14, 14, 8), np.float32), Conv2d(64, k, padding=padding)
    w = rng.standard_normal((64, 32, k, k), np.float32)
    y = {}
    for kind in (Winograd, Im2col):
        run = kind(conv, (1, 1), w, x, border=False, keep=False)
        y[kind] = np.zeros(run.shape, np.float32)
        for rows in run.blocks:
            run.place(y[kind], rows)[...] = run.phases(run.outputs(rows))[0, 0]
    found, expected = y[Winograd][:, : y[Im2col].shape[1], : y[Im2col].shape[2]], y[Im2col]
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()


def test_it_is_taken_where_it_pays():
    assert pays(Conv2d(64, 3), (2, 2), channels=32, N=64)
    assert pays(Conv2d(8, 5, padding="same"), (1, 1), channels=8, N=64)
    others = Conv2d(64, 3, stride=2), Conv2d(64, 3, dilation=(1, 2)), Conv2d(64, (3, 5)), Conv2d(64, 7), Conv2d(4, 3)
    for conv in others:
        assert not pays(conv, (2, 2), channels=32, N=64)
    assert not pays(Conv2d(64, 3), (2, 2), channels=1, N=64)
    assert pays(Conv2d(64, 3), (2, 2), channels=32, N=8)
    assert not pays(Conv2d(64, 3), (2, 2), channels=32, N=7)
    assert not pays(Conv2d(64, 3), (2, 2), channels=8, N=15)
    assert not pays(Conv2d(64, 3), (3, 3), channels=32, N=64)  # a window would lie across tiles
