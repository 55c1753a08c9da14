"""Not finite: the run stops at the first such loss, gradient or weight, and says in which step and layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import pytest

from numnist import (
    SGD,
    Adam,
    BatchNorm,
    Constant,
    Dense,
    Flatten,
    Layer,
    Model,
    Normal,
    NotFiniteError,
    Residual,
    Sequential,
    Settings,
    SoftmaxCrossEntropy,
    train,
)  # fmt: skip
from numnist.nn import Plan
from numnist.training.events import Step
from tests.small import CONV, MLP, Split, dataset, pictures


def error_of(network, plant=None, data=None, threads=None, **settings):
    """What the run says when it stops."""
    data = dataset() if data is None else data
    model = Model(network, data)
    if plant:
        plant(model)
    with pytest.raises(NotFiniteError) as caught:
        list(train(model, data, Settings(batch_size=20, **settings), threads=threads))
    return str(caught.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(
    ("name", "place"), [("0.w", 0), ("1.b", 1), ("3.0.0.w", 3), ("3.0.1.w", 3), ("8.w", 8), ("10.b", 10)]
)
def test_a_planted_weight_is_traced_to_its_layer(name, place, bad):
    def plant(model):
        model.parameters.arrays()[name].flat[1] = bad

    said = {error_of(CONV, plant=plant, threads=threads) for threads in (1, 2)}
    assert len(said) == 1
    assert said.pop().startswith(f"step 0: the loss is nan: layer {place} {CONV.layers[place]!r} is the first whose")


def test_overflow_in_a_deep_network_is_traced_to_the_layer_where_it_happens():
    # each layer multiplies by about 1e9·√width, so float32's 3e38 is passed in the fourth (or the fifth)
    network = Sequential(Flatten(), *[Dense(4, initializer=Normal(1e9)) for _ in range(6)])
    model = Model(network, dataset())
    x, _ = network.layers[0].forward(model.p[0], model.normalization.apply(dataset().train.x, np.float32))
    for place in count(1):
        with np.errstate(all="ignore"):
            x = model.p[place].w @ x
        if not np.isfinite(x).all():
            break
    assert 3 < place < 6
    assert f"layer {place} Dense(4, initializer=Normal(std=1000000000.0)) is the first" in error_of(network)


@dataclass(frozen=True)
class BreaksAt(Constant):
    """A rate that is infinite at one step."""

    step: int = 0

    def __call__(self, step, epoch_steps, total_steps):
        return float("inf") if step == self.step else 1.0


@pytest.mark.parametrize("step", [0, 7])
@pytest.mark.parametrize("clip_norm", [None, 1.0])
@pytest.mark.parametrize("optimizer", [SGD(0.01), Adam(0.01)], ids=repr)
def test_a_weight_that_is_not_finite_stops_the_run_at_its_step(step, clip_norm, optimizer):
    said = error_of(MLP, epochs=3, optimizer=optimizer, schedule=BreaksAt(step), clip_norm=clip_norm)
    assert said.startswith(f"step {step}: parameter 1.w of layer Dense(16) is not finite after the step: lower the")


@dataclass(frozen=True, repr=False)
class BreaksBackward(Layer):
    """Passes everything, but its gradient is not a number."""

    def build(self, in_shape):
        return Plan(self, in_shape, in_shape)

    def forward(self, p, x, mode=None):
        return x, None

    def backward(self, p, g, dy, cache, want_dx=True):
        return dy * np.nan


@pytest.mark.parametrize("clip_norm", [None, 1.0])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_gradient_that_is_not_finite_is_traced_to_its_parameter(clip_norm, threads):
    network = Sequential(Flatten(), Dense(5), BreaksBackward(), Dense(4))
    said = error_of(network, clip_norm=clip_norm, threads=threads)
    assert said.startswith("step 0: the gradient of parameter 1.w of layer Dense(5) is not finite")


def test_a_running_statistic_that_is_not_finite_stops_the_run_though_the_loss_is_fine():
    # activations of 1e25 have a variance beyond float32; normalised by it they are 0, and the loss is log 4
    network = Sequential(Flatten(), Dense(6, initializer=Normal(1e25)), BatchNorm(), Dense(4))
    assert error_of(network).startswith("step 0: parameter 2.var of layer BatchNorm() is not finite after the step")


@pytest.mark.parametrize("average", [None, 0.9])
def test_a_validation_loss_that_is_not_finite_stops_the_run_and_names_the_layer(average):
    # only the validation pictures show anything in their first row, where the weights are enormous
    data = dataset()
    blank, bright = np.zeros((20, 1, 8, 8), np.uint8), np.full((9, 1, 8, 8), 255, np.uint8)
    blank[:, :, 1] = np.arange(20)[:, None, None]
    data = replace(data, train=Split(blank, data.train.labels[:20]), validation=Split(bright, data.train.labels[:9]))
    network = Sequential(Flatten(), Dense(6), Dense(4))

    def plant(model):
        model.normalization = model.normalization.unit()
        model.p[1].w[:, :8] = 3e38

    said = error_of(network, plant=plant, data=data, average=average)
    assert said.startswith("step 0: after it the validation loss is nan: layer 1 Dense(6) is the first whose output")


def test_pictures_that_are_not_finite_are_blamed_themselves():
    x = pictures(20, 0).x.astype(np.float32) / 255
    x[13, 0, 2, 2] = np.nan
    broken = Split(x, pictures(20, 0).labels)
    data = replace(dataset(), train=broken, validation=broken, test=broken)
    with pytest.raises(NotFiniteError, match="step 0: the loss is nan: the pictures themselves are not finite"):
        list(train(Model(MLP, data, normalization="unit"), data))


def test_a_huge_but_finite_gradient_is_clipped_and_not_dropped():
    def steep(logits, labels, total=None):
        loss, dlogits = SoftmaxCrossEntropy()(logits, labels, total)
        return loss, dlogits * np.float32(1e30)  # its square is beyond float32

    data = dataset()
    model = Model(MLP, data)
    before = model.theta.copy()
    next(iter(train(model, data, Settings(SGD(1.0), loss=steep, clip_norm=0.5))))
    np.testing.assert_allclose(np.linalg.norm(model.theta - before), 0.5, rtol=1e-5)  # float32 has 7 digits


def test_huge_but_finite_weights_behind_a_norm_train_on():
    # the sum of their squares, 600·64·4e34, is beyond float32, but nothing needs it without L2
    network = Sequential(Flatten(), Dense(600, initializer=Normal(2e17)), BatchNorm(), Dense(4))
    assert isinstance(next(iter(train(Model(network, dataset()), dataset(), Settings(shard=10)))), Step)


def test_a_nested_layer_is_named_by_its_path():
    network = Sequential(Flatten(), Residual(Sequential(Dense(64), BreaksBackward())), Dense(4))
    assert "the gradient of parameter 1.0.0.w of layer Dense(64) is not finite" in error_of(network)
