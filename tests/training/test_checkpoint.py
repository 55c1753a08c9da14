"""Checkpoint: a run's state comes back to the bit, and only into the optimizer that it was made with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numnist import SGD, Adam, Model, ModelFileError, Momentum, RMSProp, Settings, load_model, train
from numnist.model.file import read, write
from numnist.training.state import COUNTERS, load_checkpoint, save_checkpoint
from tests.small import CONV, MLP, dataset, everything


@pytest.fixture
def path(tmp_path):
    return tmp_path / "last.safetensors"


def stopped(network=CONV, **settings):
    """A model and its state in the middle of an epoch."""
    settings = everything(**settings)
    model = Model(network, dataset())
    for event in train(model, dataset(), Settings(**settings)):
        if event.state.step == 6:
            return model, event.state
    raise AssertionError("there are more than six steps")


@pytest.mark.parametrize("average", [None, 0.9])
def test_everything_comes_back_to_the_bit(path, average):
    model, state = stopped(average=average)
    save_checkpoint(path, model, state)
    back, back_state = load_checkpoint(path, Settings(**everything(average=average)))
    assert back.weights_sha256 == model.weights_sha256
    assert back_state.theta.tobytes() == state.theta.tobytes()
    assert back_state.best.tobytes() == state.best.tobytes()
    assert {name: slot.tobytes() for name, slot in back_state.slots.items()} == {
        name: slot.tobytes() for name, slot in state.slots.items()
    }
    assert {name: getattr(back_state, name) for name in COUNTERS} == {name: getattr(state, name) for name in COUNTERS}


def test_without_an_average_the_state_and_the_model_share_one_vector(path):
    save_checkpoint(path, *stopped(average=None))
    model, state = load_checkpoint(path, Settings(**everything(average=None)))
    assert state.theta is model.theta
    assert state.average is None


def test_with_an_average_they_do_not(path):
    save_checkpoint(path, *stopped(average=0.9))
    model, state = load_checkpoint(path, Settings(**everything(average=0.9)))
    assert state.average is model.theta
    assert not np.shares_memory(state.theta, model.theta)


def test_what_comes_back_can_be_written_to(path):
    save_checkpoint(path, *stopped())
    model, state = load_checkpoint(path, Settings(**everything()))
    assert all(array.flags.writeable for array in (model.theta, state.theta, state.best, *state.slots.values()))


def test_a_checkpoint_is_a_model_file_too(path):
    model, state = stopped()
    save_checkpoint(path, model, state)
    assert load_model(path).weights_sha256 == model.weights_sha256


@pytest.mark.parametrize("optimizer", [SGD(), Momentum(), RMSProp()], ids=repr)
def test_another_optimizer_is_refused(path, optimizer):
    save_checkpoint(path, *stopped())
    with pytest.raises(ModelFileError, match=r"last\.safetensors: this file cannot be resumed with") as caught:
        load_checkpoint(path, Settings(optimizer))
    assert repr(optimizer) in str(caught.value)


@pytest.mark.parametrize("optimizer", [SGD(), Adam()], ids=repr)
def test_a_plain_model_is_refused(path, optimizer):
    Model(MLP, dataset()).save(path)
    with pytest.raises(ModelFileError, match="it holds no training state that fits"):
        load_checkpoint(path, Settings(optimizer))


def changed(path, tensors=None, **training):
    """Save a checkpoint with other tensors and another record, everything else in order."""
    save_checkpoint(path, *stopped())
    contents = read(path)
    new = {name: value for name, value in (contents.training | training).items() if value is not None}
    write(path, replace(contents, tensors=contents.tensors | (tensors or {}), training=new))


@pytest.mark.parametrize("name", COUNTERS)
@pytest.mark.parametrize("value", [None, "text", {}], ids=["missing", "a text", "a table"])
def test_a_record_that_lacks_a_field_is_refused(path, name, value):
    changed(path, **{name: value})
    with pytest.raises(ModelFileError, match=f"its training record lacks a proper '{name}'"):
        load_checkpoint(path, Settings(**everything()))


@pytest.mark.parametrize("name", ["slot.m", "theta", "average", "best", "slot.more", "more"])
@pytest.mark.parametrize("shape", [(3,), (2, 2), ()], ids=str)
def test_tensors_that_do_not_fit_are_refused(path, name, shape):
    changed(path, {name: np.zeros(shape, np.float32)})
    with pytest.raises(ModelFileError, match=r"last\.safetensors: "):
        load_checkpoint(path, Settings(**everything()))
