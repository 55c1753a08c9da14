"""Normalisation: measured mean and standard deviation, and pixels that become the network's input."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.ink.normalize import BLOCK, KINDS, Normalization, unit_floats
from numnist.support.errors import UsageError


def pictures(N=50, C=1, H=6, W=5, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (N, C, H, W), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_global_makes_every_channel_mean_0_and_std_1(channels):
    x = pictures(C=channels)
    x[:, 0] //= 3  # so that channels differ
    y = Normalization.fit("global", x).apply(x, np.float64)
    # 1e-12: sums of 1,500 numbers of order 1
    np.testing.assert_allclose(y.mean(axis=(1, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=(1, 2, 3)), 1, atol=1e-12)


def test_pixel_makes_every_pixel_mean_0_and_std_1():
    x = pictures()
    y = Normalization.fit("pixel", x).apply(x, np.float64)
    # 1e-12: sums of 50 numbers of order 1
    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=-1), 1, atol=1e-12)


def test_unit_is_a_division_by_255():
    x = pictures()
    norm = Normalization.fit("unit", x)
    np.testing.assert_allclose(
        norm.apply(x, np.float64), np.moveaxis(x / 255, 0, -1), atol=1e-16
    )  # 1/255 is rounded; 0 stays 0


@pytest.mark.parametrize("kind", KINDS)
def test_uint8_and_float_pictures_are_the_same(kind):
    x = pictures()
    norm = Normalization.fit(kind, x)
    again = Normalization.fit(kind, x / 255)
    # float64 has 16 digits; the variance is a difference of two means, and loses some 3 of them
    np.testing.assert_allclose(norm.mean, again.mean, atol=1e-14)
    np.testing.assert_allclose(norm.std, again.std, rtol=1e-12)
    np.testing.assert_allclose(norm.apply(x, np.float64), norm.apply(x / 255, np.float64), atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_apply_returns_batch_last_contiguous_and_of_the_type(kind, dtype):
    x = pictures(N=7, C=2)
    x.flags.writeable = False
    y = Normalization.fit(kind, x).apply(x, dtype)
    assert y.shape == (2, 6, 5, 7)
    assert y.dtype == dtype
    assert y.flags.c_contiguous
    exact = Normalization.fit(kind, x).apply(x, np.float64)
    assert np.abs(y - exact).max() < 2e-6  # float32's 6e-8 of numbers up to 4, three roundings


@pytest.mark.parametrize("kind", KINDS)
def test_each_picture_is_treated_alone(kind):
    """What a picture becomes cannot depend on what comes with it."""
    x = pictures()
    norm = Normalization.fit(kind, x)
    assert np.array_equal(norm.apply(x[3:4], np.float32), norm.apply(x, np.float32)[..., 3:4])


def test_constant_pixels_do_not_blow_up():
    """A blank border, as every MNIST pixel in a corner is."""
    x = pictures()
    x[..., 0] = 0
    x[..., 1] = 255
    norm = Normalization.fit("pixel", x)
    y = norm.apply(x, np.float32)
    assert np.all(norm.std[..., :2] == 1)
    assert np.abs(y[:, :, :2]).max() < 1e-6  # float32 rounds x·scale + offset, both near 1
    brighter = x.copy()
    brighter[..., 0] = 255
    assert np.abs(norm.apply(brighter, np.float32)).max() < 10  # divided by 1, and not by a std near 0


@pytest.mark.parametrize("kind", ["global", "pixel"])
def test_measuring_in_blocks_is_measuring_at_once(kind):
    x = np.random.default_rng(0).integers(0, 256, (BLOCK + 77, 1, 2, 2), dtype=np.uint8)
    norm, unit = Normalization.fit(kind, x), x / 255
    # 4,173 numbers are summed in another order; the std, a difference, loses 2 digits more
    axes = (0, 2, 3) if kind == "global" else 0
    np.testing.assert_allclose(norm.mean.squeeze(), unit.mean(axis=axes).squeeze(), rtol=1e-12)
    np.testing.assert_allclose(norm.std.squeeze(), unit.std(axis=axes).squeeze(), rtol=1e-10)


def test_no_pictures_make_no_trouble():
    assert Normalization.fit("global", pictures(N=0)).kind == "unit"
    assert Normalization.unit().apply(pictures(N=0), np.float32).shape == (1, 6, 5, 0)


def test_unknown_kind_is_refused():
    with pytest.raises(UsageError, match="unknown normalization 'zscore'; there are global, pixel, unit"):
        Normalization.fit("zscore", pictures())


def test_unit_floats_of_both_types():
    assert unit_floats(np.array([0, 51, 255], np.uint8), np.float32).tolist() == pytest.approx([0, 0.2, 1])
    assert unit_floats(np.array([0.25]), np.float32).dtype == np.float32
