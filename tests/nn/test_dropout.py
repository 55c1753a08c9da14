"""Dropout: how many units stay, that the sum stays what it was, and that no two places share their chances."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from numnist.nn import EVAL, Dropout, Mode, Residual, Sequential


def kept(rate, mode, n=200_000):
    y, _ = Dropout(rate).forward(None, np.ones((n // 10, 10)), mode)
    return y != 0


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.25, 0.5, 0.9, 0.999])
def test_share_that_stays_is_1_minus_rate(rate):
    for step in range(5):
        share = kept(rate, Mode(True, 1, (step,))).mean()
        # five standard errors of 200,000 coins; the rate's own grid of 1/65,536 is finer
        assert abs(share - (1 - rate)) < 5 * sqrt(rate * (1 - rate) / 200_000)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_expectation_stays_the_same(rate):
    x = np.random.default_rng(0).uniform(1, 2, (100, 50))
    sums = [Dropout(rate).forward(None, x, Mode(True, 0, (step,)))[0].mean() for step in range(100)]
    # five standard errors of the mean of 500,000 numbers, each 0 or about 1.5 / (1 - rate)
    assert abs(np.mean(sums) / x.mean() - 1) < 5 * 1.1 * sqrt(rate / (1 - rate) / 500_000)


def test_every_address_has_its_own_mask():
    addresses = [(0,), (1,), (0, 0), (0, 1), (1, 0)]
    masks = [kept(0.5, Mode(True, seed, address)) for seed in (0, 1) for address in addresses]
    for i, a in enumerate(masks):
        for b in masks[:i]:
            assert abs((a == b).mean() - 0.5) < 5 * 0.5 / sqrt(200_000)  # unrelated coins agree half of the time


def test_layers_of_one_network_draw_apart():
    x, mode = np.ones((1000, 10)), Mode(True, 3, (7,))
    both, _ = Sequential(Dropout(0.5), Dropout(0.5)).forward([None, None], x, mode)
    assert 0.2 < (both != 0).mean() < 0.3  # a quarter; one mask twice would leave a half
    both, _ = Residual(Dropout(0.5), Dropout(0.5)).forward([None, None], x, mode)
    assert set(np.unique(both)) == {0, 2, 4}  # one mask twice would leave no 2


def test_layers_inside_others_draw_apart_in_every_step():
    layer = Sequential(Sequential(Dropout(0.5)), Sequential(Dropout(0.5)))
    views, x = [[None], [None]], np.ones((1000, 10))
    first, again, later = (layer.forward(views, x, Mode(True, 3, (step, 0)))[0] for step in (7, 7, 8))
    assert 0.2 < (first != 0).mean() < 0.3  # a quarter; one mask twice would leave a half
    assert np.array_equal(first, again)
    assert abs(((first != 0) == (later != 0)).mean() - (1 / 16 + 9 / 16)) < 0.05  # as unrelated as two pictures


def test_samples_and_units_draw_apart():
    mask = kept(0.5, Mode(True, 0, (0,)))
    for neighbour in (mask[1:], mask[:, 1:]):
        share = (mask[: len(neighbour), : neighbour.shape[1]] == neighbour).mean()
        assert abs(share - 0.5) < 5 * 0.5 / sqrt(neighbour.size)


def test_nothing_happens_in_use():
    x = np.random.default_rng(0).standard_normal((5, 4))
    assert np.array_equal(Dropout(0.9).forward(None, x, EVAL)[0], x)
