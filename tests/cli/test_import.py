"""`numnist import`: a model of another program becomes a model file, and the command says what was assumed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")

from numnist import load_model
from tests.importing.graphs import graph


@pytest.fixture
def net(tmp_path, monkeypatch):
    """An .onnx file of someone else's, in the current folder."""
    monkeypatch.chdir(tmp_path)
    w = np.random.default_rng(0).normal(size=(84, 3)).astype(np.float32)
    nodes = [("Flatten", "x", "f"), ("MatMul", "f w", "z"), ("Softmax", "z", "y", {"axis": 1})]
    (tmp_path / "net.onnx").write_bytes(graph(nodes, {"w": w}, ("N", 1, 12, 7)).SerializeToString())
    return "net.onnx"


def test_the_model_is_written_and_what_was_assumed_is_said(numnist, net):
    done = numnist("import", net, "--classes", "cat", "dog", "hen")
    assert done.code == 0, done.err
    assert "Imported  net.safetensors" in done.out
    assert "pictures of 12×7; 3 classes; 252 parameters" in done.out
    assert "ends in a softmax" in done.out
    assert "pixels are taken to be 0 to 1" in done.out
    assert "Next      numnist predict PICTURE... --model net.safetensors" in done.out
    assert load_model("net.safetensors").classes == ("cat", "dog", "hen")
    assert numnist("summary", "net.safetensors").code == 0


def test_json_and_options(numnist, net):
    done = numnist("import", net, "--to", "other.safetensors", "--preparation", "digits", "--pixels", "uint8", "--json")
    assert done.code == 0, done.err
    assert done.json["model"] == "other.safetensors"
    assert (done.json["classes"], done.json["preparation"], done.json["input"]) == (
        ["0", "1", "2"],
        "digits",
        [1, 12, 7],
    )
    model = load_model("other.safetensors")
    assert model.preparation == "digits"
    np.testing.assert_allclose(model.normalization.std, 1 / 255)
    assert model.about["imported"]["file"] == "net.onnx"


def test_a_journey_there_and_back(numnist, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert numnist("export", "digits", "--to", "digits.onnx").code == 0
    done = numnist("import", "digits.onnx", "--to", "back.safetensors")
    assert done.code == 0, done.err
    assert "Note" not in done.out
    x = np.random.default_rng(0).integers(0, 256, (4, 28, 28), np.uint8)
    np.testing.assert_allclose(
        load_model("back.safetensors").predict_proba(x), load_model("digits").predict_proba(x), atol=1e-6
    )


def test_what_is_there_is_not_replaced_unasked(numnist, net, tmp_path):
    assert numnist("import", net).code == 0
    again = numnist("import", net)
    assert (again.code, "--force" in again.err) == (2, True)
    assert numnist("import", net, "--force").code == 0
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["net.pb"], 2, r"the ending of a file says what it holds, and may be .onnx"),
        (["other.onnx"], 4, "there is no such file"),
        (["net.onnx", "--to", "net.bin"], 2, "a model file ends in .safetensors"),
        (["net.onnx", "--classes", "one", "two"], 2, "2 classes were named, but the network has 3 outputs"),
        (["net.onnx", "--preparation", "letters"], 2, "preparation"),
        (["net.onnx", "--size", "5x5"], 2, "does not fit"),
        (["broken.onnx"], 4, "not a whole .onnx file"),
        (["net.onnx", "--to", "folder.safetensors"], 2, "is a folder"),
    ],
)
def test_mistakes(numnist, net, tmp_path, words, code, why):
    (tmp_path / "broken.onnx").write_bytes((tmp_path / net).read_bytes()[:-20])
    (tmp_path / "folder.safetensors").mkdir()
    done = numnist("import", *words)
    assert done.code == code, done.err
    assert why in done.err
    assert not (tmp_path / "net.safetensors").exists()


def test_features_are_said_to_be_features(numnist, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    w = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    (tmp_path / "net.onnx").write_bytes(graph([("MatMul", "x w", "y")], {"w": w}, ("N", 5)).SerializeToString())
    done = numnist("import", "net.onnx")
    assert done.code == 0, done.err
    assert "5 features; 3 classes" in done.out
    assert "numnist evaluate net.safetensors" in done.out
