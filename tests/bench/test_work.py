"""Every backend is given what numnist itself trains on."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np

from numnist import SoftmaxCrossEntropy
from numnist.bench.backends import ours
from tests.bench.made_up import work


def test_there_are_only_whole_batches(tmp_path):
    w = work(tmp_path, batch=100)
    assert len(w.pictures()) == len(w.labels()) == 200


def test_every_side_converts_pixels_to_the_numbers_that_numnist_computes(tmp_path):
    w = work(tmp_path)
    pictures = w.pictures()
    assert pictures.dtype == np.uint8
    ours = w.normalization.apply(pictures, np.float32).transpose(3, 0, 1, 2)
    assert np.array_equal(pictures.astype(np.float32) * np.float32(w.scale) + np.float32(w.offset), ours)


def test_layers_that_were_built_beforehand_are_not_built_again(tmp_path):
    w = work(tmp_path)
    layers = w.built()
    assert replace(w, prepared=layers).built() is layers


def test_batches_come_in_the_order_of_train(tmp_path):
    """With a learning rate of 0 the weights stay, so a step's loss is that of its batch under the initial weights."""
    w = work(tmp_path, count=96, learning_rate=0.0, whole_batch=True)
    backend, x, labels = ours.Backend(w), w.pictures(), w.labels()
    for batch in islice(w.batches(96), 6):  # two epochs
        expected, _ = SoftmaxCrossEntropy()(w.model().logits(x[batch]).T, labels[batch])
        assert abs(backend.step() - expected) < 1e-5  # float32 rounding; another batch is off by 0.1


def test_built_layers_carry_the_models_own_parameters(tmp_path):
    w = work(tmp_path, "lenet-bn")
    arrays = [array for built in w.built() for array in built.arrays.values()]
    expected = w.model().parameters.arrays().values()
    assert all(np.array_equal(a, b.reshape(a.shape)) for a, b in zip(arrays, expected, strict=True))
    assert {a.ndim for a in arrays} == {1, 2, 4}  # biases and the like, dense weights, convolutions
