"""One training step: lanes and shards add up to the textbook's gradient, and every random number has its address."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pytest

from numnist import (
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    Dense,
    Flatten,
    Layer,
    Mode,
    Model,
    OneCycle,
    ReLU,
    Residual,
    Sequential,
    Settings,
    SoftmaxCrossEntropy,
    train,
)  # fmt: skip
from numnist.nn import Plan
from tests.small import CONV, MLP, dataset, trained

EXACT = 1e-12  # float64 sums of some 10,000 terms in another order: 1e-14 is measured
CUTS = pytest.mark.parametrize(
    ("lanes", "shard"),
    [(1, 100), (1, 7), (2, 100), (3, 5), (4, 1), (150, 64)],
    ids=["whole", "shards", "lanes", "both", "shards of one", "more lanes than pictures"],
)


def start(network):
    """A model in float64 with no number 0, so that what must not touch biases can be seen not to."""
    model = Model(network, dataset(), dtype=np.float64)
    model.theta[: model.parameters.trained] += 0.01 * np.cos(np.arange(model.parameters.trained))
    return model


def after_one_step(network, lanes=1, shard=1000, **settings):
    """The model after one plain step of length 1 down the gradient of all pictures."""
    model = start(network)
    settings = {"optimizer": SGD(1.0), "batch_size": 100, "lanes": lanes, "shard": shard} | settings
    list(islice(train(model, dataset(), Settings(**settings)), 1))
    return model


def textbook_gradient(network, l2):
    """The gradient of all pictures in one piece, and the vector at which it stands."""
    model = start(network)
    return model.theta, gradient_at(model, l2)


def gradient_at(model, l2):
    network, gradient = model.network, np.zeros_like(model.theta)
    x, labels = dataset().train
    logits, caches = network.forward(model.p, model.normalization.apply(x, np.float64), Mode(True))
    _, dlogits = SoftmaxCrossEntropy()(logits, labels)
    network.backward(model.p, model.parameters.views(gradient), dlogits, caches, want_dx=False)
    gradient[: model.parameters.decayed] += l2 * model.theta[: model.parameters.decayed]
    return gradient


@CUTS
@pytest.mark.parametrize("l2", [0.0, 0.5])
def test_lanes_and_shards_add_up_to_the_textbook_gradient(lanes, shard, l2):
    theta, gradient = textbook_gradient(MLP, l2)
    stepped = after_one_step(MLP, lanes, shard, l2=l2)
    np.testing.assert_allclose(theta - stepped.theta, gradient, rtol=0, atol=EXACT)


@pytest.mark.parametrize("part", [0.1, 0.9, 1.1])
def test_clipping_shortens_the_whole_gradient_to_the_length_and_never_lengthens_it(part):
    theta, gradient = textbook_gradient(MLP, 0.5)
    length = np.linalg.norm(gradient)
    stepped = after_one_step(MLP, 2, 30, l2=0.5, clip_norm=part * length)
    np.testing.assert_allclose(theta - stepped.theta, min(part, 1) * gradient, rtol=0, atol=EXACT)


def test_weight_decay_shrinks_weights_and_not_biases_before_the_step():
    theta, gradient = textbook_gradient(CONV_PLAIN, 0.0)
    stepped = after_one_step(CONV_PLAIN, optimizer=SGD(0.5, weight_decay=0.25))
    decayed = np.arange(theta.size) < Model(CONV_PLAIN, dataset()).parameters.decayed
    np.testing.assert_allclose(stepped.theta, np.where(decayed, 0.875, 1) * theta - 0.5 * gradient, rtol=0, atol=EXACT)


def test_training_is_the_textbooks_loop_around_the_optimizer():
    optimizer, model, plain = Adam(0.01), start(MLP), start(MLP)
    schedule = OneCycle()
    slots = {name: np.zeros(model.parameters.trained) for name in optimizer.slots}
    for t in range(1, 7):
        rate = 0.01 * schedule(t - 1, 1, 6)
        optimizer.update(plain.theta, gradient_at(plain, 0.1), slots, rate, t)
    list(
        train(
            model, dataset(), Settings(optimizer, epochs=6, batch_size=100, schedule=schedule, l2=0.1, lanes=3, shard=8)
        )
    )
    # Adam divides by the gradient's size, so that the rounding of small gradients counts
    np.testing.assert_allclose(model.theta, plain.theta, rtol=0, atol=1e-9)


CONV_PLAIN = Sequential(
    *(layer for layer in CONV.layers if type(layer).__name__ not in ("BatchNorm", "Dropout", "Residual"))
)


def test_the_loss_of_a_step_is_that_of_its_batch_with_l2_as_it_was_before_the_step():
    data = dataset()
    model = start(MLP)
    value, _ = SoftmaxCrossEntropy()(model.logits(data.train.x).T, data.train.labels)
    right = np.mean(model.predict(data.train.x) == data.train.labels)
    value += (
        0.5 * 0.1 * sum(np.vdot(array, array) for name, array in model.parameters.arrays().items() if name[-1] == "w")
    )
    step = next(iter(train(model, data, Settings(batch_size=100, l2=0.1, lanes=3, shard=9))))
    np.testing.assert_allclose(step.loss, value, rtol=EXACT)
    assert step.accuracy == right


@CUTS
def test_how_a_batch_is_cut_changes_only_rounding(lanes, shard):
    settings = {"optimizer": AdamW(0.01), "epochs": 2, "batch_size": 32, "dtype": np.float64}
    first = trained(CONV_PLAIN, **settings, lanes=1, shard=32)
    np.testing.assert_allclose(trained(CONV_PLAIN, **settings, lanes=lanes, shard=shard).theta, first.theta, atol=EXACT)


NORM = Sequential(Flatten(), Dense(6), BatchNorm(momentum=0.8), ReLU(), Dense(4))


@pytest.mark.parametrize(("lanes", "shard"), [(1, 100), (1, 10), (3, 100), (3, 7)])
def test_the_running_mean_is_the_batchs_however_it_is_cut(lanes, shard):
    model = after_one_step(NORM, lanes, shard)
    before = start(NORM)
    x = before.normalization.apply(dataset().train.x, np.float64)
    rows, _ = NORM.layers[1].forward(before.p[1], x.reshape(64, -1))
    np.testing.assert_allclose(model.p[2].mean[:, 0], 0.2 * rows.mean(axis=1), atol=EXACT)
    # the mean of the shards' own variances, which lack what their means differ by: of shards of 5 about a fifth
    np.testing.assert_allclose(model.p[2].var[:, 0], 0.8 + 0.2 * rows.var(axis=1, ddof=1), rtol=0.1)
    if (lanes, shard) == (1, 100):  # shards have variances of their own, the whole batch has the textbook's
        np.testing.assert_allclose(model.p[2].var[:, 0], 0.8 + 0.2 * rows.var(axis=1, ddof=1), atol=EXACT)


def test_with_one_lane_and_a_shard_as_large_as_the_batch_norms_see_the_whole_batch():
    theta, gradient = textbook_gradient(NORM, 0.0)
    stepped = after_one_step(NORM)
    trained_part = slice(stepped.parameters.trained)
    np.testing.assert_allclose((theta - stepped.theta)[trained_part], gradient[trained_part], atol=EXACT)


@dataclass(frozen=True, repr=False)
class Notes(Layer):
    """Passes everything, and notes by which numbers it is called: (step, lane, shard, layer) and a random one."""

    calls: list = field(default_factory=list, compare=False)

    def build(self, in_shape):
        return Plan(self, in_shape, in_shape)

    def forward(self, p, x, mode=None):
        if mode.train:
            self.calls.append((*mode.address, mode.rng().integers(2**60)))
        return x, None

    def backward(self, p, g, dy, cache, want_dx=True):
        return dy


def test_randomness_has_an_address_of_step_lane_shard_and_layer():
    notes = Notes()
    network = Sequential(Flatten(), notes, Residual(Sequential(notes)), Dense(4))
    list(islice(train(Model(network, dataset()), dataset(), Settings(batch_size=50, lanes=2, shard=10), threads=1), 2))
    addresses = [call[:-1] for call in notes.calls]
    assert sorted(addresses) == sorted(
        (step, lane, shard, *layer)
        for step in (0, 1)
        for lane in (0, 1)
        for shard in range(3)
        for layer in ((1,), (2, 0, 0))
    )
    assert len({call[-1] for call in notes.calls}) == len(notes.calls)


def test_augmentation_has_its_own_random_numbers_for_every_shard():
    drawn = []

    def augment(x, rng):
        drawn.append(rng.integers(2**60))
        return x.astype(np.float32) / 255

    list(train(Model(MLP, dataset()), dataset(), Settings(epochs=2, batch_size=50, lanes=2, shard=10, augment=augment)))
    assert len(set(drawn)) == len(drawn) == 2 * 2 * 2 * 3
