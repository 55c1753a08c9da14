"""Every backend is given what numnist itself trains on."""

from __future__ import annotations

from itertools import islice

import numpy as np

from numnist import SoftmaxCrossEntropy
from numnist.bench.backends import ours
from tests.bench.made_up import work


def test_there_are_only_whole_batches(tmp_path):
    w = work(tmp_path, batch=100)
    assert len(w.pictures()) == len(w.labels()) == len(w.floats()) == 200


def test_floats_are_the_numbers_that_numnist_computes_for_a_batch(tmp_path):
    w = work(tmp_path)
    batch = np.arange(7, 40)
    ours = w.normalization.apply(w.pictures()[batch], np.float32).transpose(3, 0, 1, 2)
    assert np.array_equal(w.floats()[batch], ours)


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
