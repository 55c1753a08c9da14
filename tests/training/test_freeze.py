"""Freezing: nothing before the last layer changes, to the bit, and the last one learns as it would in the network."""

from __future__ import annotations

from contextlib import closing
from itertools import islice

import numpy as np
import pytest

from numnist import (
    SGD,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Model,
    ReLU,
    Residual,
    Sequential,
    Settings,
    UsageError,
    fit,
    train,
)
from numnist.fast.compile import compile
from numnist.nn.base import EVAL, Mode
from numnist.optim.optimizers import OPTIMIZERS
from numnist.training import memory
from numnist.training.frozen import frozen_layers, frozen_parameters
from numnist.training.state import State, load_checkpoint, save_checkpoint
from tests.small import CLASSES, CONV, MLP, dataset, everything, trained
from tests.training.threads import together

LAST_IS_NORM = Sequential(Conv2d(4, 3), ReLU(), Conv2d(CLASSES, 3), BatchNorm(), GlobalAvgPool())
LAST_IS_BLOCK = Sequential(
    Conv2d(6, 3, padding="same"), BatchNorm(), ReLU(),
    Residual(Sequential(Conv2d(6, 3, padding="same"), BatchNorm())), ReLU(), Conv2d(5, 3), ReLU(),
    Residual(Sequential(Dropout(0.2), Conv2d(CLASSES, 3, padding="same", bias=False), BatchNorm()), Conv2d(CLASSES, 1)),
    GlobalAvgPool(),
)  # fmt: skip
DROPPED = Sequential(
    Conv2d(6, 3, bias=False), BatchNorm(), ReLU(), Dropout(0.2), Flatten(), Dense(12), ReLU(), Dropout(0.5),
    Dense(CLASSES),
)  # fmt: skip
NETWORKS = {"mlp": MLP, "conv": CONV, "norm last": LAST_IS_NORM, "block last": LAST_IS_BLOCK, "dropout": DROPPED}
LAST = {"mlp": 3, "conv": 10, "norm last": 3, "block last": 7, "dropout": 8}  # the layer that is trained
every_network = pytest.mark.parametrize("name", NETWORKS)


def learnt(network):
    """A model whose batch norms have statistics of their own."""
    return trained(network, epochs=1, seed=5, batch_size=32)


def frozen(model, last, vector=None):
    """The bytes of all parameters and statistics before the layer that is trained."""
    return {k: v.tobytes() for k, v in model.parameters.arrays(vector).items() if int(k.partition(".")[0]) < last}


def finished(model, group=None, threads=1, **settings):
    *_, last = train(model, dataset(), Settings(**everything(freeze=True, **settings)), threads=threads, group=group)
    return last.state


@every_network
def test_nothing_but_the_last_layer_changes(name):
    """With batch norm, dropout, augmentation, weight decay, L2, averaging and clipping."""
    model, last = learnt(NETWORKS[name]), LAST[name]
    before = {k: v.copy() for k, v in model.parameters.arrays().items()}
    held = frozen(model, last)
    state = finished(model)
    assert held
    for vector in (model.theta, state.theta):  # the average, and the weights in training
        assert frozen(model, last, vector) == held
    for k, array in model.parameters.arrays().items():
        assert int(k.partition(".")[0]) < last or (array != before[k]).any(), k


@pytest.mark.parametrize("optimizer", [kind(0.02) for kind in OPTIMIZERS.values()], ids=list(OPTIMIZERS))
@pytest.mark.parametrize("average", [None, 0.9], ids=["last weights", "averaged weights"])
def test_every_optimizer_leaves_them_alone(optimizer, average):
    model = learnt(CONV)
    held = frozen(model, LAST["conv"])
    finished(model, optimizer=optimizer, average=average)
    assert frozen(model, LAST["conv"]) == held


@every_network
def test_the_gradient_of_the_last_layer_is_that_of_the_whole_network(name):
    """In a network whose layers before it are in evaluation mode, as the textbook's layers are run."""
    network, last = NETWORKS[name], LAST[name]
    model = learnt(network)
    count = frozen_layers(model.plan, True)
    assert frozen_layers(model.plan, False) == 0 < count <= last
    x = np.moveaxis(dataset().train.x[:24] / np.float32(255), 0, -1)
    mode, caches, flow = Mode(True, 3, (7,)), [], x
    for i, layer in enumerate(network.layers):
        flow, cache = layer.forward(model.p[i], flow, EVAL if i < count else mode.inside(i))
        caches.append(cache)
    dy = np.random.default_rng(1).standard_normal(flow.shape).astype(np.float32)
    expected, found = np.zeros_like(model.theta), np.zeros_like(model.theta)
    network.backward(model.p, model.parameters.views(expected), dy, caches)
    run = compile(network, 24, training=True, frozen=count)
    y, own = run.forward(model.p, x, mode)
    run.backward(model.p, model.parameters.views(found), dy, own, want_dx=False)
    np.testing.assert_allclose(y, flow, rtol=1e-4, atol=1e-5)  # float32 sums in another order
    for part in model.parameters.parts(count):
        np.testing.assert_allclose(found[part], expected[part], rtol=1e-3, atol=1e-4)  # sums over 24 pictures
        found[part] = 0
    assert not found.any()  # of the frozen layers


def test_dropout_before_the_last_layer_regularises_it_and_dropout_further_in_is_frozen():
    plan = DROPPED.build((1, 8, 8))
    assert frozen_layers(plan, True) == 7
    x = np.ones((1, 8, 8, 9), np.float32)
    model = learnt(DROPPED)
    run = compile(DROPPED, 9, training=True, frozen=7)
    first, second = (run.forward(model.p, x, Mode(True, 0, (k,)))[0] for k in (1, 2))
    assert (first != second).any()
    head = compile(Sequential(*DROPPED.layers[:7]), 9, training=True, frozen=7)
    assert np.array_equal(*(head.forward(model.p, x, Mode(True, 0, (k,)))[0] for k in (1, 2)))


@pytest.mark.parametrize("name", ["mlp", "block last"])
def test_the_number_of_ranks_changes_no_bit(name, ranks, monkeypatch):
    monkeypatch.setattr(memory, "CHUNK", 7)  # many chunks, so that all ranks have some
    hashes = set()
    for threads in (1, 3):
        model = learnt(NETWORKS[name])
        held = frozen(model, LAST[name])
        finished(model, threads=threads, lanes=3)
        assert frozen(model, LAST[name]) == held
        hashes.add(model.weights_sha256)
    assert len(hashes) == 1
    assert set(ranks) == {1, 3}


@every_network
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("clip_norm", [None, 0.1])
def test_the_number_of_processes_changes_no_bit(name, size, clip_norm, monkeypatch):
    monkeypatch.setattr(memory, "CHUNK", 7)

    def work(group=None):
        model = learnt(NETWORKS[name])
        return model, finished(model, group, lanes=5, clip_norm=clip_norm)

    expected, state = work()
    for model, own in together(size, work):
        assert model.weights_sha256 == expected.weights_sha256
        for vector in state.vectors():
            assert state.vectors()[vector].tobytes() == own.vectors()[vector].tobytes(), vector


@pytest.mark.parametrize("stop", [0, 1, 3, 4, 6])
@pytest.mark.parametrize("name", ["conv", "block last"])
def test_a_training_that_stopped_goes_on_as_if_it_had_not(tmp_path, name, stop):
    data, settings = dataset(), Settings(**everything(freeze=True))
    whole = learnt(NETWORKS[name])
    finished(whole)
    model = learnt(NETWORKS[name])
    state = State.fresh(model, settings)
    with closing(train(model, data, settings, state=state)) as events:
        list(islice(events, stop))
    save_checkpoint(tmp_path / "a.safetensors", model, state)
    model, state = load_checkpoint(tmp_path / "a.safetensors", settings)
    list(train(model, data, settings, state=state))
    assert model.weights_sha256 == whole.weights_sha256


def test_the_penalty_and_the_norm_are_those_of_the_last_layer():
    """One step of gradient descent, done by hand."""
    model, rate, l2, most = learnt(MLP), 0.5, 0.1, 0.01
    data = dataset()
    head = model.parameters.arrays()
    w, b = head["3.w"].copy(), head["3.b"].copy()
    x = model.normalization.apply(data.train.x[:100], np.float32).reshape(64, -1)
    features = np.maximum(head["1.w"] @ x + head["1.b"], 0)
    logits = w @ features + b
    p = np.exp(logits - logits.max(axis=0))
    p /= p.sum(axis=0)
    d = (p - np.eye(CLASSES)[data.train.labels].T) / 100
    loss = -np.log(p[data.train.labels, np.arange(100)]).mean() + l2 / 2 * (w**2).sum()
    dw, db = d @ features.T + l2 * w, d.sum(axis=1, keepdims=True)
    scale = min(1, most / np.sqrt((dw**2).sum() + (db**2).sum()))
    settings = Settings(SGD(rate), batch_size=100, l2=l2, clip_norm=most, freeze=True)
    (epoch,) = fit(model, data, settings)
    assert epoch.loss == pytest.approx(loss, rel=1e-5)  # float32
    np.testing.assert_allclose(model.p[3].w, w - rate * scale * dw, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.p[3].b, b - rate * scale * db, rtol=1e-4, atol=1e-6)


def test_weights_that_were_not_finite_before_are_found():
    model = learnt(MLP)
    model.theta[0] = np.nan
    with pytest.raises(Exception, match=r"layer 1 Dense.* is the first whose output is not finite"):
        fit(model, dataset(), freeze=True)


@pytest.mark.parametrize("network", [Sequential(Flatten(), Dense(CLASSES)), Sequential(Flatten(), Sequential(MLP))])
def test_a_network_of_one_layer_is_refused(network):
    with pytest.raises(UsageError, match=r"freeze keeps all layers .* but the last .* no others: leave freeze out"):
        fit(Model(network, dataset()), dataset(), freeze=True)


def test_what_is_frozen_is_counted():
    model = learnt(CONV)
    last = CLASSES * 12 + CLASSES
    assert frozen_parameters(model.parameters, True) == model.plan.size - last
    assert frozen_parameters(model.parameters, False) == 0


def test_freeze_is_true_or_false():
    with pytest.raises(UsageError, match="freeze"):
        Settings(freeze="last")
