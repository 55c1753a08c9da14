"""Networks that Keras exports by tf2onnx: the imported model gives Keras's outputs.   files/make.py made the files"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")

from numnist import GELU, Conv2d, import_model

FILES = Path(__file__).parent / "files"
CLOSE = 1e-5  # of the largest output: float32 has 1e-7, and sums in another order lose a digit or two


def read(name: str):
    """The imported model with its notes, pictures with the channels first, and Keras's outputs."""
    with np.load(FILES / f"keras_{name}.npz") as stored:
        x, y, white = stored["x"], stored["y"], int(stored["white"])
    x = np.moveaxis(x, -1, 1) if x.ndim == 4 else x[:, None]
    imported = import_model(FILES / f"keras_{name}.onnx")
    return imported, x.round().astype(np.uint8) if white == 255 else x, y


@pytest.mark.parametrize("name", ["colour", "flattened"])
def test_the_logits_are_keras(name):
    imported, x, y = read(name)
    assert np.abs(imported.model.logits(x) - y).max() <= CLOSE * np.abs(y).max()
    assert imported.model.in_shape == x.shape[1:]


@pytest.mark.parametrize("name", ["plain", "rows", "dense"])
def test_the_probabilities_are_keras(name):
    imported, x, y = read(name)
    wanted = {"plain": y, "rows": np.exp(y), "dense": np.concatenate([1 - y, y], axis=1)}[name]
    assert np.abs(imported.model.predict_proba(x) - wanted).max() <= CLOSE
    assert any("probabilities itself" in note for note in imported.notes)


def test_bytes_are_recognised_by_their_scaling():
    assert any("0 to 255" in note for note in read("plain")[0].notes)
    assert any("0 to 1 " in note for note in read("colour")[0].notes)


def test_same_padding_of_a_stride_and_the_tanh_form_are_kept():
    layers = read("plain")[0].model.network.layers
    assert isinstance(layers[0], Conv2d)
    assert layers[0].padding == "same"
    assert GELU() in read("flattened")[0].model.network.layers
