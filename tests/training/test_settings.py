"""Settings: checked when they are made, and each an option of the command line."""

from __future__ import annotations

import json
from dataclasses import fields
from inspect import signature

import numpy as np
import pytest

from numnist import SGD, Adam, Augment, Flatten, Model, OneCycle, Settings, SoftmaxCrossEntropy, UsageError
from numnist.bench.networks import REFERENCES
from numnist.cli.train import train as command
from numnist.support.serialisation import to_dict
from tests.small import CONV, MLP, dataset


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs is 0, but must be a whole number of at least 1"),
        ({"batch_size": 2.5}, "batch_size is 2.5"),
        ({"lanes": -1}, "lanes is -1"),
        ({"shard": True}, "shard is True"),
        ({"seed": -1}, "seed is -1, but must be a whole number of at least 0"),
        ({"seed": 0.5}, "seed is 0.5, but must be a whole number"),
        ({"optimizer": "adam"}, r"optimizer is the text 'adam', but must be an object: write optimizer=Adam\(...\)"),
        ({"optimizer": "rms-prop"}, r"write optimizer=RMSProp\(...\)"),
        ({"loss": "mse"}, r"loss is the text 'mse', but must be an object.*there are .*MeanSquaredError"),
        ({"optimizer": Adam}, r"optimizer is the class Adam: make an instance, as in optimizer=Adam\(\)"),
        ({"optimizer": 3}, "optimizer is 3, but must be an Optimizer"),
        ({"schedule": None}, "schedule is None, but must be a Schedule"),
        ({"loss": None}, "loss is None, but must be a function"),
        ({"l2": -1e-4}, "l2 is -0.0001, but must be a finite number from 0"),
        ({"l2": float("nan")}, "l2 is nan"),
        ({"clip_norm": 0}, "clip_norm is 0, but must be a number above 0"),
        ({"clip_norm": -1}, "clip_norm is -1"),
        ({"average": 1.5}, "average is 1.5"),
        ({"patience": 0}, "patience is 0"),
        ({"loss": SoftmaxCrossEntropy}, r"loss is the class SoftmaxCrossEntropy: make an instance, as in loss=Softmax"),
        ({"augment": Augment}, r"augment is the class Augment: make an instance, as in augment=Augment\(\)"),
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        Settings(**settings)


def test_every_setting_has_a_check_and_an_option():
    for field in fields(Settings):
        assert field.metadata["check"], field.name
        assert field.name in signature(command).parameters


@pytest.mark.parametrize("name", ["epochs", "batch_size", "patience", "lanes", "shard", "seed"])
def test_numpys_whole_numbers_are_pythons(name):
    numpys, pythons = Settings(**{name: np.int64(7)}), Settings(**{name: 7})
    assert numpys == pythons
    assert repr(numpys) == repr(pythons)
    assert json.dumps(to_dict(numpys)) == json.dumps(to_dict(pythons))
    with pytest.raises(UsageError, match=name):
        Settings(**{name: np.bool_(True)})


def test_the_last_step_of_an_epoch_may_be_smaller():
    assert [Settings(batch_size=32).steps(pictures) for pictures in (1, 32, 33, 96)] == [1, 1, 2, 3]


def test_the_learning_rate_is_the_optimizers_times_the_schedules_factor():
    settings = Settings(SGD(0.5), schedule=OneCycle(), epochs=3)
    assert [settings.learning_rate(step, 4) for step in range(12)] == [0.5 * OneCycle()(k, 4, 12) for k in range(12)]


def test_lanes_and_shard_suit_the_network_unless_they_are_set():
    conv, dense = Model(CONV, dataset()), Model(MLP, dataset())
    # the largest output of CONV is its first, 6 × 8 × 8 float32: 2**12 of them take 6 MiB, twice as many more than 10
    assert Settings().cut(conv)[1] == 2**12
    assert Settings(lanes=5, shard=7).cut(conv) == (5, 7)
    assert Settings(lanes=5, shard=7).cut(dense) == (5, 7)


def default_lanes(name, batch=None):
    reference = REFERENCES[name]
    model = Model(reference.network, (1, 28, 28), seed=None)
    return Settings(batch_size=batch or reference.batch).cut(model)[0]


@pytest.mark.parametrize(
    ("name", "batch", "lanes"),
    [
        ("cnn28", 1024, 8), ("lenet-bn", 128, 4), ("torch-example", 128, 4), ("mlp", 128, 2), ("deep-mlp", 256, 2),
        ("lenet-bn", 100, 2), ("lenet-bn", 256, 8), ("lenet-bn", 1024, 8), ("lenet-bn", 2048, 16), ("lenet-bn", 63, 1),
        ("lenet-bn", 10**6, 16), ("lenet-bn", 1, 1), ("mlp", 1024, 8), ("mlp", 256, 4), ("mlp", 64, 1),
        ("deep-mlp", 4096, 2),
    ],
)  # fmt: skip
def test_default_lanes_suit_network_and_batch(name, batch, lanes):
    """Eight lanes of 32 pictures, 16 of 128; dense networks have fewer, and two gradients of 79 MB are enough."""
    assert default_lanes(name, batch) == lanes


def test_a_network_without_parameters_has_lanes_too():
    assert Settings(batch_size=128).cut(Model(Flatten(), (1, 2, 2)))[0] == 4
