"""Copies: a copied or unpickled model has weights of its own, and its views lie in its own vector."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from numnist import Model, Settings, State, evaluate, load_recipe, train
from tests.small import CONV, MLP, dataset, trained

PICTURES = dataset().test.x


def unpickled(thing, protocol):
    return pickle.loads(pickle.dumps(thing, protocol))  # noqa: S301  (our own)


WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {n}": partial(unpickled, protocol=n) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))


@every_way
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])
def test_a_copied_model_has_weights_of_its_own(network, dtype, way):
    model = trained(network, dtype=dtype)
    model.about = {"recipe": "bands", "accuracy": [0.5]}
    alone, together = model.logits(PICTURES[:1]), model.logits(PICTURES)  # and every buffer there is
    twin = way(model)
    assert (twin.network, twin.plan, twin.classes, twin.about) == (network, model.plan, model.classes, model.about)
    assert (twin.weights_sha256, twin.dtype) == (model.weights_sha256, dtype)
    assert twin.theta is twin.parameters.theta
    assert not np.shares_memory(twin.theta, model.theta)
    assert np.array_equal(twin.logits(PICTURES[:1]), alone)
    assert np.array_equal(twin.logits(PICTURES), together)

    before = model.theta.copy()
    twin.theta[...] = 0
    assert not any(array.any() for array in twin.parameters.arrays().values())
    assert not any(array.any() for array in every_array(twin.p))
    assert not twin.logits(PICTURES).any()
    assert np.array_equal(model.theta, before)
    assert np.array_equal(model.logits(PICTURES), together)

    twin.p[len(network.layers) - 1].b[...] = 3
    assert (twin.logits(PICTURES[:1]) == 3).all()
    model.theta[...] = 0
    assert (twin.logits(PICTURES[:1]) == 3).all()


def every_array(views):
    yield from (getattr(views, name) for name in views.names)
    for inside in views.children:
        yield from every_array(inside)


@every_way
def test_a_copied_model_trains_alone(way):
    model = trained(MLP)
    twin, before = way(model), model.weights_sha256
    again = way(model)
    for one in (twin, again):
        list(train(one, dataset(), Settings(epochs=1, seed=4)))
    assert model.weights_sha256 == before != twin.weights_sha256 == again.weights_sha256


@every_way
def test_what_is_copied_together_stays_together(way):
    model = trained(CONV)
    things = way([model.theta, model.p, model.p[3][0], model.parameters, model.parameters.arrays(), model])
    if way is copy.copy:  # of a list: the list alone
        assert things[5] is model
        return
    theta, p, inside, parameters, arrays, twin = things
    theta[...] = np.arange(theta.size)
    assert twin.theta is theta is parameters.theta
    for part in (p[3][0][0].w, inside[0].w, arrays["3.0.0.w"], twin.p[3][0][0].w):
        assert np.shares_memory(part, theta)
        assert np.array_equal(part.reshape(-1), np.arange(theta.size)[parameters.slices["3.0.0.w"][0]])
    assert not np.array_equal(model.theta, theta)


@every_way
def test_a_copied_state_and_its_model_train_on_to_the_same_bits(way):
    def states():
        model = Model(CONV, dataset())
        for event in train(model, dataset(), SETTINGS):
            if event.state.step == 3:
                return model, event.state
        raise AssertionError("the training was too short")

    SETTINGS = Settings(epochs=2, batch_size=32, average=0.9)
    model, state = states()
    if way is copy.copy:
        twin, twins = way(model), way(state)
    else:
        twin, twins = way((model, state))
        assert twins.average is twin.theta
    for one, at in ((model, state), (twin, twins)):
        list(train(one, dataset(), SETTINGS, state=at))
    assert twin.weights_sha256 == model.weights_sha256


@every_way
def test_everything_else_copies_too(way):
    model = trained(MLP)
    settings, recipe, found = Settings(epochs=3), load_recipe("quick"), evaluate(model, dataset().test)
    assert way(settings) == settings
    assert way(recipe) == recipe
    assert way(model.normalization).mean.tobytes() == model.normalization.mean.tobytes()
    assert repr(way(found)) == repr(found)
    assert way(State.fresh(model, settings)).theta.tobytes() == model.theta.tobytes()
    assert way(dataset()).classes == dataset().classes
    assert way(model.network.layers[1]) == model.network.layers[1]


READS = """
import pickle, sys
model, x = pickle.loads(sys.stdin.buffer.read())
model.p[3].b[...] += 1
sys.stdout.buffer.write(model.logits(x).tobytes())
"""


def test_another_process_unpickles_a_model():
    model = trained(MLP)
    expected = model.logits(PICTURES)
    given = pickle.dumps((model, PICTURES))
    done = subprocess.run([sys.executable, "-c", READS], input=given, capture_output=True, check=True, timeout=60)
    # 1e-5: adding 1 to a logit of order 10 rounds its last bits
    found = np.frombuffer(done.stdout, expected.dtype).reshape(expected.shape)
    np.testing.assert_allclose(found, expected + 1, atol=1e-5)


def test_a_missing_parameter_is_still_an_error_that_helps():
    with pytest.raises(AttributeError, match="has no parameter 'v'; it has w, b"):
        Model(MLP, dataset()).p[1].v  # noqa: B018
