"""Model file: what is saved comes back to the bit, whole or not at all."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save

from numnist import (
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    LayerNorm,
    LeakyReLU,
    MaxPool2d,
    Model,
    ModelFileError,
    NotFiniteError,
    Orthogonal,
    Residual,
    Sequential,
    load_model,
)  # fmt: skip
from tests.small import CONV, MLP, dataset, trained

SHAPES = Sequential(
    Conv2d(4, (3, 2), stride=2, padding=1, groups=1), LeakyReLU(0.1), LayerNorm(),
    Residual(Sequential(Conv2d(6, 1, bias=False), BatchNorm(momentum=0.5)), Conv2d(6, 1)), MaxPool2d((2, 1)),
    Flatten(), Dense(5, initializer=Orthogonal(2.0)), Dense(4, bias=False),
)  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("network", [MLP, CONV, SHAPES], ids=["mlp", "conv", "shapes"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["global", "pixel", "unit"])
def test_a_model_comes_back_to_the_bit(path, network, dtype, kind):
    model = Model(network, dataset(), dtype=dtype, normalization=kind, preparation="digits")
    model.theta += np.linspace(0, 1, model.theta.size, dtype=dtype)
    model.about = {"recipe": "quick", "accuracy": 0.1, "nested": {"list": [1, None, "ü"]}}
    model.save(path)
    back = load_model(path)
    assert back.weights_sha256 == model.weights_sha256
    assert (back.theta.dtype, back.network, back.in_shape) == (dtype, network, (1, 8, 8))
    assert (back.classes, back.preparation, back.about) == (model.classes, "digits", model.about)
    assert back.normalization.kind == kind
    assert back.logits(dataset().test.x).tobytes() == model.logits(dataset().test.x).tobytes()


def test_whether_a_model_tells_pictures_of_no_class_comes_back(path):
    for background in (False, True):
        Model(MLP, dataset(), background=background).save(path)
        assert load_model(path).background is background


def test_a_model_in_half_precision_comes_back_as_float32_rounded_to_float16(path, tmp_path):
    model = trained(CONV)
    model.save(path, half=True)
    model.save(tmp_path / "whole.safetensors")
    back = load_model(path)
    assert back.dtype == np.float32
    assert np.array_equal(back.theta, model.theta.astype(np.float16).astype(np.float32))
    assert path.stat().st_size < 0.7 * (tmp_path / "whole.safetensors").stat().st_size
    back.save(tmp_path / "again.safetensors", half=True)
    assert path.read_bytes() == (tmp_path / "again.safetensors").read_bytes()


def test_weights_too_large_for_half_precision_are_not_written(path):
    model = Model(MLP, dataset())
    model.theta[3] = 1e5
    with pytest.raises(NotFiniteError, match="in float16"):
        model.save(path, half=True)
    assert not path.exists()


def test_an_odd_class_name_comes_back(path):
    Model(Sequential(Flatten(), Dense(3)), (1, 8, 8), classes=["", "T-shirt/top", '"漢字"\u200d']).save(path)
    assert load_model(path).classes == ("", "T-shirt/top", '"漢字"\u200d')


def test_saving_the_same_model_twice_gives_the_same_bytes(path, tmp_path):
    model = trained(CONV)
    model.save(path)
    model.save(tmp_path / "again.safetensors")
    assert path.read_bytes() == (tmp_path / "again.safetensors").read_bytes()


def test_saving_what_was_loaded_gives_the_same_bytes(path, tmp_path):
    trained(CONV).save(path)
    load_model(path).save(tmp_path / "again.safetensors")
    assert path.read_bytes() == (tmp_path / "again.safetensors").read_bytes()


def test_other_programs_find_the_weights_under_their_names(path):
    model = trained(MLP)
    model.save(path)
    tensors = load_file(path)
    assert set(tensors) == {"1.w", "1.b", "3.w", "3.b", "normalization.mean", "normalization.std"}
    assert all(np.array_equal(tensors[name], array) for name, array in model.parameters.arrays().items())
    with safe_open(path, framework="numpy") as file:
        assert list(file.metadata()) == ["numnist"]
        assert json.loads(file.metadata()["numnist"])["format"] == 1


def test_views_that_are_not_contiguous_are_written_as_they_read(path, monkeypatch):
    # safetensors 0.8.0 writes wrong values for a transposed view without a word
    model = trained(MLP)
    columns = {name: np.asfortranarray(array) for name, array in model.parameters.arrays().items()}
    assert not columns["1.w"].flags.c_contiguous
    monkeypatch.setattr(model.parameters, "arrays", lambda vector: columns)
    model.save(path)
    monkeypatch.undo()
    assert load_model(path).weights_sha256 == model.weights_sha256


def test_what_reads_back_otherwise_is_not_written(path, monkeypatch):
    def save_wrong(tensors, metadata):
        return save(tensors | {"1.w": tensors["1.w"] + 1}, metadata)

    monkeypatch.setattr("safetensors.numpy.save", save_wrong)
    with pytest.raises(OSError, match=r"differs from the model; nothing was written"):
        trained(MLP).save(path)
    assert not path.exists()


@pytest.mark.parametrize("place", ["os.fsync", "pathlib.Path.replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(path, monkeypatch, place):
    model = trained(MLP)
    model.save(path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(place, fail)
    with pytest.raises(OSError, match="No space left"):
        trained(CONV).save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_not_written_over_good_ones(path, bad):
    model = trained(MLP)
    model.save(path)
    before = path.read_bytes()
    model.theta[17] = bad
    with pytest.raises(NotFiniteError, match=r"model\.safetensors: the model holds numbers that are not finite"):
        model.save(path)
    assert path.read_bytes() == before


def test_a_folder_stands_for_its_finished_model_or_else_its_last_checkpoint(tmp_path):
    last, finished = trained(MLP), trained(MLP, seed=1)
    last.save(tmp_path / "last.safetensors")
    assert load_model(tmp_path).weights_sha256 == last.weights_sha256
    finished.save(tmp_path / "model.safetensors")
    assert load_model(str(tmp_path)).weights_sha256 == finished.weights_sha256


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.data())
def test_a_file_with_changed_bytes_is_refused_or_reads_as_before(path, data):
    model = Model(MLP, dataset())
    model.save(path)
    whole = bytearray(path.read_bytes())
    header = 8 + int.from_bytes(whole[:8], "little")
    where = st.one_of(st.integers(0, header - 1), st.integers(0, len(whole) - 1))  # most bytes are weights
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(where)] = data.draw(st.integers(0, 255))
    path.write_bytes(whole[: data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))])
    try:
        back = load_model(path)
    except ModelFileError:
        return
    assert back.weights_sha256 == model.weights_sha256
    assert (back.network, back.classes) == (model.network, model.classes)
