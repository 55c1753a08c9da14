"""PyTorch's weights: by names of an exported network, or by shapes and order of any; nothing is guessed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from numnist import (
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    MaxPool2d,
    Model,
    ModelFileError,
    ReLU,
    Sequential,
    UsageError,
    load_model,
)
from numnist.export.exported import Exported
from numnist.export.torch.write import METADATA, folder
from numnist.importing.formats import import_model
from tests.export.layer_cases import FEATURES, PICTURES, around
from tests.small import CONV, MLP, dataset

NETWORK = Sequential(
    Conv2d(4, 3, padding="same"), BatchNorm(), ReLU(), Conv2d(4, 3, bias=False), ReLU(), MaxPool2d(2), Flatten(),
    Dense(6), ReLU(), Dense(6), ReLU(), Dense(3),
)  # fmt: skip


def exported(model: Model | str, path) -> dict[str, np.ndarray]:
    path.write_bytes(folder(Exported.of(model))["weights.safetensors"])
    return load_file(path)


def same(a: Model, b: Model) -> bool:
    return a.weights_sha256 == b.weights_sha256 and a.network == b.network and a.classes == b.classes


@pytest.mark.parametrize("name", [*list(PICTURES)[::5], *list(PICTURES)[-14:]])
def test_what_is_exported_comes_back_layer_by_layer(name, tmp_path):
    model = around(PICTURES[name], (2, 7, 6))
    exported(model, tmp_path / "net.safetensors")
    assert same(import_model(tmp_path / "net.safetensors").model, model)


@pytest.mark.parametrize("name", FEATURES)
def test_what_is_exported_comes_back_for_features(name, tmp_path):
    model = around(FEATURES[name], (1, 3, 4), flat=True)
    exported(model, tmp_path / "net.safetensors")
    assert same(import_model(tmp_path / "net.safetensors").model, model)


@pytest.mark.parametrize("kind", ["global", "pixel", "unit"])
def test_all_that_is_known_of_a_model_comes_back(kind, tmp_path):
    model = Model(CONV, dataset(), normalization=kind, background=True, preparation="digits")
    model.about["sure"] = 0.7
    exported(model, tmp_path / "net.safetensors")
    imported = import_model(tmp_path / "net.safetensors")
    back = imported.model
    assert (same(back, model), back.background, back.preparation, back.about) == (True, True, "digits", model.about)
    np.testing.assert_array_equal(back.logits(dataset().test.x), model.logits(dataset().test.x))
    assert imported.notes == ()


def test_digits_comes_back_with_its_answers(tmp_path):
    exported("digits", tmp_path / "net.safetensors")
    assert same(import_model(tmp_path / "net.safetensors").model, load_model("digits"))


def test_tuned_weights_lose_what_was_measured(tmp_path):
    model = Model(MLP, dataset())
    model.about["sure"] = 0.7
    path = tmp_path / "net.safetensors"
    path.write_bytes(folder(Exported.of(model))["weights.safetensors"])
    tensors = load_file(path)
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    tensors["layers.1.weight"] += 1
    save_file(tensors, path, metadata)
    imported = import_model(path)
    assert imported.model.about == {}
    assert any("no longer those that were exported" in note for note in imported.notes)
    np.testing.assert_array_equal(imported.model.p[1].w, model.p[1].w + 1)
    tensors["scale"] *= 2
    save_file(tensors, path, metadata)
    with pytest.raises(ModelFileError, match="'scale' and 'offset' are not those of its normalisation"):
        import_model(path)
    known = json.loads(metadata[METADATA]) | {"in_shape": [1, 8, 10**9]}
    save_file(tensors, path, {METADATA: json.dumps(known)})
    with pytest.raises(ModelFileError, match="its input"):
        import_model(path)


def renamed(model: Model, path, names: dict[str, str]) -> dict[str, np.ndarray]:
    """The model's tensors under other names of their modules, as somebody's own state_dict has them."""
    tensors = exported(model, path)
    found = {}
    for name, array in tensors.items():
        module, _, last = name.removeprefix("layers.").rpartition(".")
        if module:
            found[f"{names[module]}.{last}"] = array
    save_file(found, path)
    return found


OWN = {"0": "conv1", "1": "bn", "3": "conv2", "7": "fc1", "9": "fc2", "11": "head"}


def test_a_state_dict_of_ones_own_is_matched_by_shape_and_order(tmp_path):
    model = Model(NETWORK, (1, 8, 8), seed=3)
    path = tmp_path / "net.safetensors"
    renamed(model, path, OWN)
    imported = import_model(path, network=NETWORK, size=8)
    assert same(imported.model, model)
    said = "\n".join(imported.notes)
    assert "nothing is assumed; --mean and --std say it" in said
    assert "0 to 1 is assumed" in said
    told = import_model(path, network=NETWORK, size=8, mean=0.5, std=0.25, pixels="float", preparation="digits")
    assert len(told.notes) == 1
    x = np.random.default_rng(0).random((3, 8, 8), np.float32)
    y = model.network.forward(model.p, ((x - 0.5) / 0.25).transpose(1, 2, 0)[None].astype(np.float32))[0].T
    np.testing.assert_allclose(told.model.logits(x), y, rtol=1e-4, atol=1e-5)  # a convolution in another order


def test_numbers_in_names_count_as_numbers(tmp_path):
    network = Sequential(Flatten(), *[Dense(4) for _ in range(12)])
    model = Model(network, (4, 1, 1), seed=1)
    renamed(model, tmp_path / "net.safetensors", {str(i): f"layer{i}" for i in range(1, 13)})
    assert same(import_model(tmp_path / "net.safetensors", network=network).model, model)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fc1.extra": (3,)}, "'fc1.extra' is none that a layer"),
        ({"other.weight": (7, 7)}, r"weight \(7, 7\): the file has other, but the network has no such layer"),
        ({"fc1.weight": None}, "the file has none, but the network has them at 7"),
        ({"fc1.weight": (36, 6)}, "the file has none, but the network has them at 7"),
    ],
)
def test_tensors_that_are_missing_or_too_many_are_named(change, says, tmp_path):
    path = tmp_path / "net.safetensors"
    tensors = renamed(Model(NETWORK, (1, 8, 8)), path, OWN)
    for name, shape in change.items():
        tensors.pop(name, None)
        if shape:
            tensors[name] = np.zeros(shape, np.float32)
    save_file(tensors, path)
    with pytest.raises(ModelFileError, match=says):
        import_model(path, network=NETWORK, size=8)


def test_equal_shapes_under_names_without_order_are_refused(tmp_path):
    network = Sequential(Flatten(), Dense(4), ReLU(), Dense(4))
    renamed(Model(network, (4, 1, 1)), tmp_path / "net.safetensors", {"1": "second", "3": "first"})
    with pytest.raises(ModelFileError, match="first, second have the same shapes, and their names do not say"):
        import_model(tmp_path / "net.safetensors", network=network)


def test_what_is_not_given_is_asked_for(tmp_path):
    path = tmp_path / "net.safetensors"
    renamed(Model(NETWORK, (1, 8, 8)), path, OWN)
    with pytest.raises(UsageError, match="give it as --recipe"):
        import_model(path)
    with pytest.raises(UsageError, match="as in --size 28"):
        import_model(path, network=NETWORK)
    with pytest.raises(UsageError, match="mean is nan"):
        import_model(path, network=NETWORK, size=8, mean=float("nan"))
    with pytest.raises(UsageError, match="std is 0"):
        import_model(path, network=NETWORK, size=8, std=0)
    Model(MLP, dataset()).save(path)
    with pytest.raises(UsageError, match="is a model of numnist's already"):
        import_model(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelFileError, match=r"not a whole \.safetensors file"):
        import_model(path)


def test_numbers_that_are_not_finite_or_of_other_types_are_refused(tmp_path):
    path = tmp_path / "net.safetensors"
    tensors = renamed(Model(NETWORK, (1, 8, 8)), path, OWN)
    save_file(tensors | {"fc1.bias": np.full(6, np.nan, np.float32)}, path)
    with pytest.raises(ModelFileError, match=r"'fc1\.bias' holds numbers that are not finite"):
        import_model(path, network=NETWORK, size=8)
    save_file(tensors | {"fc1.bias": np.zeros(6, np.int32)}, path)
    with pytest.raises(ModelFileError, match=r"'fc1\.bias' is I32"):
        import_model(path, network=NETWORK, size=8)
