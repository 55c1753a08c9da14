"""Strongest pictures: those with the largest outputs, and the part of each that the unit sees."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    LayerNorm,
    MaxPool2d,
    Model,
    ReLU,
    Residual,
    Sequential,
    ShapeError,
    UsageError,
)
from numnist.interpret.blocks import blocks, steps
from numnist.interpret.receptive_field import receptive_field
from numnist.interpret.strongest import StrongestPictures
from numnist.interpret.trace import trace
from tests.small import CLASSES, CONV, MLP, pictures, trained

MANY = pictures(300, seed=7).x
NESTED = Sequential(Sequential(Conv2d(3, 3, stride=2), ReLU()), Sequential(Flatten(), Dense(CLASSES)))


@pytest.mark.parametrize("network", [MLP, CONV, NESTED], ids=["mlp", "conv", "nested"])
def test_they_are_the_pictures_with_the_largest_outputs_of_the_layers_as_written(network):
    model = trained(network, dtype=np.float64)
    strongest, outputs = StrongestPictures(model, MANY), trace(model, MANY)
    found = blocks(model.plan)
    for k, block in enumerate(found):
        output = next(each.output for each in outputs if each.place == block.places[block.shown])  # (N, units, ...)
        for unit in range(min(4, output.shape[1])):
            flat = output[:, unit].reshape(len(MANY), -1)
            best = strongest.of(k, unit)
            assert len(best) == 9
            # float64, compiled and as written: the last of 16 digits
            np.testing.assert_allclose([each.value for each in best], np.sort(flat.max(axis=1))[::-1][:9], atol=1e-12)
            for each in best:
                at = (each.row, each.column) if output.ndim == 4 else ()
                assert output[each.index, unit][at] == pytest.approx(each.value, abs=1e-12)  # likewise


def test_equal_ones_come_in_their_order_and_fewer_pictures_are_all_there_are():
    model = Model(MLP, (1, 8, 8), seed=None)  # all outputs are 0
    assert [each.index for each in StrongestPictures(model, MANY).of(1, 2)] == list(range(9))
    assert len(StrongestPictures(model, MANY[:4]).of(0, 0)) == 4


@pytest.mark.parametrize("size", [1, 7, 129])
def test_the_last_pictures_count_too(size):
    model = trained(MLP, dtype=np.float64)
    x = MANY[:size]
    best = StrongestPictures(model, x, count=size).of(1, 0)
    assert sorted(each.index for each in best) == list(range(size))
    assert [each.value for each in best] == sorted((each.value for each in best), reverse=True)


def seen(network, shape, row, column):
    """The box of input pixels that change the middle map's unit, found by changing them one by one."""
    model = Model(network, shape, dtype=np.float64, seed=3)
    base = np.random.default_rng(1).uniform(0.4, 0.6, shape)
    batch = np.repeat(base[None], shape[1] * shape[2] + 1, axis=0)
    for k, (i, j) in enumerate(np.ndindex(shape[1:])):
        batch[k, :, i, j] += 0.3
    values = trace(model, batch)[-3].output[:, :, row, column]  # the layer before Flatten and Dense
    # a product may sum its columns in different orders: in float64 that changes the last of 16 digits
    changed = (np.abs(values[:-1] - values[-1]) > 1e-12).any(axis=1).reshape(shape[1:])
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


LAYERS = {
    "plain": [Conv2d(4, 3), Conv2d(4, (1, 3))],
    "stride": [Conv2d(4, 3, stride=2), BatchNorm(), Conv2d(4, 2, dilation=2)],
    "padding": [Conv2d(4, 3, padding="same"), AvgPool2d(2), Conv2d(4, 3, padding=1)],
    "residual": [Residual(Sequential(Conv2d(1, 3, padding="same"), Conv2d(1, 3, padding="same"))), AvgPool2d(2)],
    "shortcut": [Residual(Conv2d(4, 1, stride=2), shortcut=Conv2d(4, 3, stride=2, padding=1))],
    "norm": [Conv2d(4, 3), LayerNorm()],
}


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("at", [(0, 0), (0, 1), (1, 1)])
def test_the_receptive_field_is_where_a_changed_pixel_changes_the_unit(layers, at):
    shape = (1, 10, 10)
    network = Sequential(*layers, Flatten(), Dense(2))
    plans = [plan for _, plan in steps(network.build(shape))][: len(layers)]
    assert receptive_field(plans, *at) == seen(network, shape, *at)


def test_max_pooling_sees_its_window_and_a_dense_layer_everything():
    plans = [plan for _, plan in steps(Sequential(MaxPool2d(3, 2), Flatten(), Dense(2)).build((1, 9, 9)))]
    assert receptive_field(plans[:1], 1, 2) == (2, 4, 5, 7)
    assert receptive_field(plans, 0, 0) == (0, 0, 9, 9)


def test_where_only_padding_is_seen_the_field_is_empty():
    plans = [Conv2d(1, 1, padding=2).build((1, 4, 4))]
    top, left, bottom, right = receptive_field(plans, 0, 0)
    assert (bottom - top, right - left) == (0, 0)


def test_the_box_is_the_receptive_field_at_the_strongest_place():
    model = trained(CONV)
    plans = [plan for _, plan in steps(model.plan)]
    for each in StrongestPictures(model, MANY[:20]).of(0, 1):
        assert each.box == receptive_field(plans[:3], each.row, each.column)


def test_what_there_is_not_is_refused():
    strongest = StrongestPictures(Model(MLP, (1, 8, 8)), MANY[:3])
    with pytest.raises(UsageError, match="give 0 to 1"):
        strongest.of(2, 0)
    with pytest.raises(UsageError, match="give 0 to 3"):
        strongest.of(1, 4)
    with pytest.raises(ShapeError, match="expects pictures of shape"):
        StrongestPictures(Model(MLP, (1, 8, 8)), np.zeros((3, 9, 9), np.uint8))
