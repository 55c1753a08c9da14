"""Layers of other people's in model files: read back where they are handed over, refused where they would be lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from numnist import Adam, Dense, Flatten, Layer, Model, ModelFileError, Sequential, UsageError, load_model, train
from numnist.nn import Plan
from numnist.nn.activations import Activation
from numnist.training.settings import Settings
from numnist.training.state import load_checkpoint, save_checkpoint
from tests.small import dataset


@dataclass(frozen=True, repr=False)
class Scale(Layer):
    """y = factor · x"""

    factor: float = 1.0

    def build(self, in_shape):
        return Plan(self, in_shape, in_shape)

    def forward(self, p, x, mode=None):
        return self.factor * x, None

    def backward(self, p, g, dy, cache, want_dx=True):
        return self.factor * dy


def model_with(*layers: Layer) -> Model:
    return Model(Sequential(Flatten(), Dense(8), *layers, Dense(4)), dataset())


def test_a_layer_of_ones_own_is_read_back_where_its_class_is_given(tmp_path):
    model, path = model_with(Scale(3.0)), tmp_path / "own.safetensors"
    model.save(path)
    back = load_model(path, layers=[Scale])
    assert back.network == model.network
    np.testing.assert_array_equal(back.logits(dataset().test.x), model.logits(dataset().test.x))
    with pytest.raises(ModelFileError, match=r"unknown type 'Scale'.*load_model\(path, layers=\[\.\.\.\]\)"):
        load_model(path)


def test_a_run_folder_and_its_checkpoint_are_too(tmp_path):
    settings = Settings(Adam(0.01), epochs=2)
    model = model_with(Scale(3.0))
    for event in train(model, dataset(), settings):
        if event.state.step == 1:
            save_checkpoint(tmp_path / "last.safetensors", model, event.state)
    assert load_model(tmp_path, layers=[Scale]).network == model.network
    resumed, state = load_checkpoint(tmp_path / "last.safetensors", settings, layers=[Scale])
    for _ in train(resumed, dataset(), settings, state=state):
        pass
    assert resumed.weights_sha256 == model.weights_sha256


class HiddenAttribute(Activation):
    forward, backward = Scale.forward, Scale.backward

    def __init__(self, factor=1.0):
        object.__setattr__(self, "factor", factor)


@dataclass(frozen=True, repr=False)
class Holds(Scale):
    factor: object = 1.0


@dataclass(frozen=True, repr=False)
class Rounds(Scale):
    def __post_init__(self):
        object.__setattr__(self, "factor", self.factor + 1)


def named(kind: type, name: str) -> type:
    return type(name, (kind,), {"__module__": __name__})


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (HiddenAttribute(3.0), "all of whose attributes are fields"),
        (Holds(np.ones(3)), "cannot be saved: .*must be numbers, texts"),
        (Holds(np.sum), "cannot be saved: .*must be numbers, texts"),
        (Holds(float("inf")), "cannot be saved: .*must be numbers, texts"),
        (Rounds(2.0), "what would be read back differs"),
        (named(Scale, "ReLU")(), "'ReLU', which is numnist's: rename"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Layer) else None,
)
def test_what_could_not_be_read_back_is_not_saved(layer, message, tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(UsageError, match=message):
        model_with(layer).save(path)
    assert not path.exists()


@pytest.mark.parametrize("given", [["Scale"], [Scale()], [int], [named(Scale, "Dense")]], ids=repr)
def test_what_is_no_class_of_ones_own_is_refused(given, tmp_path):
    model_with(Scale()).save(tmp_path / "model.safetensors")
    with pytest.raises(ModelFileError, match="layers has"):
        load_model(tmp_path / "model.safetensors", layers=given)
