"""A model that numnist has exported as .onnx comes back as the same model, with the same answers, for every layer."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")

from numnist import Dataset, Dense, Dropout, Flatten, Model, ReLU, Sequential, export_model, import_model, load_model
from numnist.export.onnx.write import OPSETS
from numnist.nn.base import Layer
from tests.export.layer_cases import FEATURES, PICTURES, around
from tests.small import CONV, MLP, dataset

# Of the largest output: the parameters are the same numbers, so only the scaling of the input is rounded again
CLOSE = 1e-6


def returned(model: Model, path, **options) -> Model:
    """The model after a journey through a file."""
    export_model(model, path, **options)
    imported = import_model(path)
    assert imported.notes == ()
    return imported.model


def apart(model: Model, other: Model, x: np.ndarray) -> float:
    ours = model.logits(x)
    return float(np.abs(other.logits(x) - ours).max() / np.abs(ours).max())


def without_dropout(layer: Layer) -> list[Layer]:
    """A network's layers in a row, as far as inference has them."""
    if isinstance(layer, Sequential):
        return [each for part in layer.layers for each in without_dropout(part)]
    return [] if isinstance(layer, Dropout) else [layer]


@pytest.mark.parametrize("name", PICTURES)
def test_a_layer_on_pictures_comes_back(name, tmp_path):
    model = around(PICTURES[name], (2, 7, 6))
    back = returned(model, tmp_path / "net.onnx", opset=17 + sum(name.encode()) % len(OPSETS), pixels="float")
    x = np.random.default_rng(1).random((3, 2, 7, 6), np.float32)
    assert apart(model, back, x) <= CLOSE
    assert [type(layer) for layer in without_dropout(back.network)] == [
        type(layer) for layer in without_dropout(model.network)
    ]


@pytest.mark.parametrize("name", FEATURES)
def test_a_layer_on_features_comes_back(name, tmp_path):
    model = around(FEATURES[name], (1, 3, 4), flat=True)
    back = returned(model, tmp_path / "net.onnx", opset=17 + sum(name.encode()) % len(OPSETS))
    x = np.random.default_rng(1).integers(0, 256, (3, 1, 3, 4), np.uint8)
    assert apart(model, back, x) <= CLOSE


@pytest.mark.parametrize("opset", OPSETS)
@pytest.mark.parametrize("pixels", ["uint8", "float"])
@pytest.mark.parametrize("kind", ["global", "pixel", "unit"])
def test_a_whole_network_comes_back_with_every_normalisation(opset, pixels, kind, tmp_path):
    data = dataset()
    model = Model(CONV, data, normalization=kind)
    back = returned(model, tmp_path / "net.onnx", opset=opset, pixels=pixels)
    assert apart(model, back, data.test.x) <= CLOSE
    assert back.normalization.kind == kind
    assert back.in_shape == model.in_shape


def test_features_come_back_with_their_ranges(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 5)) * [1, 10, 100, 1e3, 1e4] + 7, np.arange(60) % 3
    model = Model(Sequential(Flatten(), Dense(8), ReLU(), Dense(3)), Dataset.of(X, y))
    back = returned(model, tmp_path / "net.onnx")
    assert apart(model, back, X) <= CLOSE
    assert back.in_shape == (5, 1, 1)


@pytest.mark.parametrize("background", [False, True])
def test_what_is_known_about_the_model_comes_back(background, tmp_path):
    model = Model(MLP, dataset(), background=background, preparation="photo")
    model.about |= {"sure": 0.7, "result": {"accuracy": 0.5}, "recipe": {"name": "bands"}}
    back = returned(model, tmp_path / "net.onnx")
    assert (back.classes, back.preparation, back.background) == (model.classes, "photo", background)
    assert back.about == model.about
    x = dataset().test.x
    np.testing.assert_allclose(back.predict_proba(x), model.predict_proba(x), atol=CLOSE)


@pytest.mark.parametrize("name", ["digits", "fashion"])
def test_the_pretrained_models_come_back(name, tmp_path):
    model = load_model(name)
    back = returned(model, tmp_path / "net.onnx")
    x = np.random.default_rng(0).integers(0, 256, (8, 1, 28, 28), np.uint8)
    assert apart(model, back, x) <= CLOSE
    assert (back.classes, back.preparation, back.background) == (model.classes, model.preparation, model.background)
    back.save(tmp_path / "net.safetensors")
    assert apart(back, load_model(tmp_path / "net.safetensors"), x) == 0
