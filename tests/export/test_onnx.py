"""ONNX: every layer with every option, in every opset, gives numnist's numbers in two runtimes."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")
pytest.importorskip("onnxruntime", reason="needs onnxruntime")

import onnx
import onnxruntime as runtime
from onnx.reference import ReferenceEvaluator

from numnist import (
    Dataset,
    Dense,
    Flatten,
    Model,
    ReLU,
    Sequential,
    UsageError,
    load,
    load_model,
)  # fmt: skip
from numnist.export.exported import Exported
from numnist.export.formats import export_model
from numnist.export.onnx.write import OPSETS, onnx_bytes
from numnist.nn.base import Layer, Plan
from tests.export.layer_cases import FEATURES, PICTURES, around
from tests.small import CONV, MLP, dataset

CLOSE = 1e-5  # of the largest output: float32 has 1e-7, and sums in another order lose a digit or two


def differences(model: Model, x: np.ndarray, opset: int, pixels: str = "float", name: str = "pictures") -> list[float]:
    """How far both runtimes' logits are from numnist's, in shares of the largest."""
    data = onnx_bytes(Exported.of(model), opset=opset, pixels=pixels)
    session = runtime.InferenceSession(data, providers=["CPUExecutionProvider"])
    reference = ReferenceEvaluator(onnx.load_from_string(data))
    ours = model.logits(x)
    found = [session.run(["logits"], {name: x})[0], reference.run(["logits"], {name: x})[0]]
    return [float(np.abs(theirs - ours).max() / np.abs(ours).max()) for theirs in found]


def opset_of(name: str) -> int:
    """Each layer meets each opset somewhere: a fixed choice, so that the test is as fast as one opset."""
    return 17 + sum(name.encode()) % len(OPSETS)


@pytest.mark.parametrize("name", PICTURES)
def test_a_layer_on_pictures_gives_the_same_numbers(name):
    model = around(PICTURES[name], (2, 7, 6))
    x = np.random.default_rng(1).random((3, 2, 7, 6), np.float32)
    assert max(differences(model, x, opset_of(name))) <= CLOSE


@pytest.mark.parametrize("name", FEATURES)
def test_a_layer_on_features_gives_the_same_numbers(name):
    model = around(FEATURES[name], (1, 3, 4), flat=True)
    x = np.random.default_rng(1).random((3, 1, 3, 4), np.float32)
    assert max(differences(model, x, opset_of(name))) <= CLOSE


@pytest.mark.parametrize(("opset", "pixels"), list(product(OPSETS, ("uint8", "float"))))
@pytest.mark.parametrize("kind", ["global", "pixel", "unit"])
def test_a_whole_network_in_every_opset_with_every_input(opset, pixels, kind):
    data = dataset()
    model = Model(CONV, data, normalization=kind)
    x = data.test.x if pixels == "uint8" else (data.test.x / np.float32(255)).astype(np.float32)
    assert max(differences(model, x, opset, pixels)) <= CLOSE


def test_features_with_their_own_ranges():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 5)) * [1, 10, 100, 1e3, 1e4] + 7, np.arange(60) % 3
    model = Model(Sequential(Flatten(), Dense(8), ReLU(), Dense(3)), Dataset.of(X, y))
    data = onnx_bytes(Exported.of(model))
    session = runtime.InferenceSession(data, providers=["CPUExecutionProvider"])
    theirs = session.run(["logits"], {"features": X.astype(np.float32)})[0]
    ours = model.logits(X)
    assert np.abs(theirs - ours).max() <= CLOSE * np.abs(ours).max()


@pytest.mark.parametrize("background", [False, True])
def test_probabilities_and_metadata_say_what_the_model_says(background):
    model = Model(MLP, dataset(), background=background)
    model.about["sure"] = 0.7
    data = onnx_bytes(Exported.of(model))
    session = runtime.InferenceSession(data, providers=["CPUExecutionProvider"])
    x = dataset().test.x
    np.testing.assert_allclose(session.run(["probabilities"], {"pictures": x})[0], model.predict_proba(x), atol=1e-6)
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["numnist.classes"]) == list(model.classes)
    assert about["numnist.preparation"] == model.preparation
    assert json.loads(about["numnist.background"]) is background
    assert json.loads(about["numnist.sure_above"]) == 0.7
    assert about["numnist.weights_sha256"] == model.weights_sha256


@pytest.mark.parametrize("opset", OPSETS)
def test_the_file_format_is_as_old_as_its_opset_allows(opset):
    made = onnx.load_from_string(onnx_bytes(Exported.of("digits"), opset=opset))
    assert (made.opset_import[0].version, made.ir_version) == (opset, OPSETS[opset])
    least = {17: 8, 18: 8, 19: 9, 20: 9, 21: 10}[opset]
    assert made.ir_version == least, "ONNX's table of versions"


def test_the_same_model_gives_the_same_bytes():
    assert onnx_bytes(Exported.of("digits")) == onnx_bytes(Exported.of("digits"))


def test_a_layer_of_ones_own_and_wrong_options_are_refused(tmp_path):
    class Own(Layer):
        def build(self, in_shape):
            return Plan(self, in_shape, in_shape)

    with pytest.raises(UsageError, match="a layer of your own"):
        export_model(Model(Sequential(Flatten(), Own()), (1, 2, 2)), tmp_path / "m.onnx")
    with pytest.raises(UsageError, match="opset 16 is not supported"):
        export_model("digits", tmp_path / "m.onnx", opset=16)
    with pytest.raises(UsageError, match="pixels is 'int8'"):
        export_model("digits", tmp_path / "m.onnx", pixels="int8")
    with pytest.raises(UsageError, match=r"\.html has no option 'opset'"):
        export_model("digits", tmp_path / "m.html", opset=17)
    assert not list(tmp_path.iterdir())


def test_without_the_package_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    monkeypatch.delitem(__import__("sys").modules, "numnist.export.onnx.write", raising=False)
    with pytest.raises(UsageError, match=r"needs the package onnx: pip install '\.\[onnx\]'"):
        export_model("digits", tmp_path / "m.onnx")


@pytest.mark.mnist
@pytest.mark.parametrize(("name", "data"), [("digits", "mnist"), ("fashion", "fashion-mnist")])
def test_all_answers_to_the_test_pictures_are_the_same(name, data):
    test, model = load(data, offline=True).test, load_model(name)
    session = runtime.InferenceSession(onnx_bytes(Exported.of(name)), providers=["CPUExecutionProvider"])
    found = np.concatenate([session.run(["probabilities"], {"pictures": x})[0] for x in np.array_split(test.x, 20)])
    ours = model.predict_proba(test.x)
    assert np.array_equal(found.argmax(axis=1), ours.argmax(axis=1))
    assert np.abs(found - ours).max() <= CLOSE
