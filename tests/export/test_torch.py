"""PyTorch: a model's folder gives numnist's numbers, and its state_dict loads into model.py without a word."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch")
from safetensors import safe_open  # noqa: E402

from numnist import (  # noqa: E402
    BatchNorm,
    Dataset,
    Dense,
    Flatten,
    Model,
    ReLU,
    Sequential,
    UsageError,
    load,
    load_model,
)
from numnist.export.exported import Exported  # noqa: E402
from numnist.export.formats import export_model  # noqa: E402
from numnist.export.torch.write import METADATA, folder  # noqa: E402
from numnist.nn.base import Layer, Mode, Plan  # noqa: E402
from numnist.nn.losses import SoftmaxCrossEntropy  # noqa: E402
from tests.cli.conftest import numnist  # noqa: E402, F401
from tests.export.layer_cases import FEATURES, PICTURES, around  # noqa: E402
from tests.small import CONV, MLP, dataset  # noqa: E402

CLOSE = 1e-6  # of the largest output: float32 has 6e-8, and sums in another order lose a digit


def module(model: Model | str, path: Path) -> ModuleType:
    """The exported model.py, imported.  Written without `export_model`, which waits for the disk at each file."""
    path.mkdir()
    for name, data in folder(Exported.of(model)).items():
        (path / name).write_bytes(data)
    spec = importlib.util.spec_from_file_location("model", path / "model.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def difference(theirs: np.ndarray, ours: np.ndarray) -> float:
    assert theirs.shape == ours.shape
    return float(np.abs(theirs - ours).max() / np.abs(ours).max())


def logits(network: torch.nn.Module, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return network(torch.from_numpy(x.copy())).numpy()


@pytest.mark.parametrize("name", PICTURES)
def test_a_layer_on_pictures_gives_the_same_numbers(name, tmp_path):
    model = around(PICTURES[name], (2, 7, 6))
    x = np.random.default_rng(1).random((3, 2, 7, 6), np.float32)
    network = module(model, tmp_path / "net.torch").load()
    assert not network.training
    assert difference(logits(network, x), model.logits(x)) <= CLOSE


@pytest.mark.parametrize("name", FEATURES)
def test_a_layer_on_features_gives_the_same_numbers(name, tmp_path):
    model = around(FEATURES[name], (1, 3, 4), flat=True)
    x = np.random.default_rng(1).random((3, 1, 3, 4), np.float32)
    network = module(model, tmp_path / "net.torch").load()
    assert difference(logits(network, x), model.logits(x)) <= CLOSE


@pytest.mark.parametrize("kind", ["global", "pixel", "unit"])
@pytest.mark.parametrize("pixels", ["uint8", "float"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_whole_network_with_every_normalisation_and_type(kind, pixels, dtype, tmp_path):
    data = dataset()
    model = Model(CONV, data, normalization=kind, dtype=dtype)
    x = data.test.x if pixels == "uint8" else (data.test.x / 255).astype(dtype)
    theirs = logits(module(model, tmp_path / "net.torch").load(), x)
    assert theirs.dtype == dtype
    assert difference(theirs, model.logits(x)) <= (CLOSE if dtype == np.float32 else 1e-14)


def test_features_with_their_own_ranges(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 5)) * [1, 10, 100, 1e3, 1e4] + 7, np.arange(60) % 3
    model = Model(Sequential(Flatten(), Dense(8), ReLU(), Dense(3)), Dataset.of(X, y))
    found = module(model, tmp_path / "net.torch")
    assert difference(logits(found.load(), X), model.logits(X)) <= CLOSE
    label, probability = found.classify(found.load(), X[0])
    ours = model.predict_proba(X[:1])[0]
    assert (label, probability) == (model.classes[ours.argmax()], pytest.approx(ours.max(), abs=1e-6))


def test_training_mode_gives_the_same_gradients_and_running_statistics(tmp_path):
    """Without dropout, whose random numbers are each library's own."""
    data = dataset()
    layers = [layer for layer in CONV.layers if type(layer).__name__ != "Dropout"]
    model = Model(Sequential(*layers), data, dtype=np.float64)
    found = module(model, tmp_path / "net.torch")
    network = found.load().train()
    x, labels = data.train.x[:20], data.train.labels[:20]
    torch.nn.functional.cross_entropy(network(torch.from_numpy(x.copy())), torch.from_numpy(labels.copy())).backward()

    y, cache = model.network.forward(model.p, model.normalization.apply(x, np.float64), Mode(True))
    gradient = np.zeros_like(model.theta)
    _, dy = SoftmaxCrossEntropy()(y, labels)
    model.network.backward(model.p, model.parameters.views(gradient), dy, cache)
    ours = model.parameters.arrays(gradient)
    tensors = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    names = torch_names(model)
    scale = np.abs(gradient).max()
    for name, param in model.plan.walk():
        theirs = tensors[names[name]]
        if param.momentum is None:
            assert np.abs(theirs.grad.numpy() - ours[name].reshape(theirs.shape)).max() <= 1e-12 * scale, name
        else:
            keep = param.momentum
            moved = keep * model.parameters.arrays()[name] + (1 - keep) * ours[name]
            assert np.abs(theirs.numpy() - moved.reshape(theirs.shape)).max() <= 1e-12, name
    assert all(int(each) == 1 for name, each in tensors.items() if name.endswith("num_batches_tracked"))


def torch_names(model: Model) -> dict[str, str]:
    from numnist.export.torch.layers import Modules
    from numnist.export.torch.write import LAYERS

    return {name: tensor.name for name, tensor in Modules.of(model.plan, LAYERS).tensors.items()}


@pytest.mark.parametrize("background", [False, True])
def test_probabilities_and_none_of_these(background, tmp_path):
    model = Model(MLP, dataset(), background=background)
    model.p[3].b[...] -= 1.5
    found = module(model, tmp_path / "net.torch")
    x = dataset().test.x.copy()
    outputs = logits(found.load(), x)
    assert outputs.shape == (len(x), 4 + background)
    p = torch.from_numpy(outputs).softmax(dim=1).numpy()
    np.testing.assert_allclose(p[:, :4], model.predict_proba(x), atol=1e-6)
    assert (*model.classes, *([None] if background else [])) == found.CLASSES
    network = found.load()
    labels = {found.classify(network, picture[0])[0] for picture in x}
    assert labels == {found.CLASSES[k] for k in p.argmax(axis=1)}
    assert (None in labels) == background, "some logits are all below 0"


def test_what_it_takes_is_checked(tmp_path):
    found = module("digits", tmp_path / "net.torch")
    network = found.load()
    with pytest.raises(ValueError, match=r"inputs must be \(N, \*\(1, 28, 28\)\)"):
        network(torch.zeros(2, 28, 28, 1))
    with pytest.raises(TypeError, match=r"pixels are torch\.int64"):
        network(torch.zeros(2, 1, 28, 28, dtype=torch.int64))


def test_what_is_saved_again_has_the_metadata(tmp_path):
    found = module("digits", tmp_path / "net.torch")
    network = found.load()
    with torch.no_grad():
        network.layers[0].weight += 1
    found.save(network, tmp_path / "tuned.safetensors")
    with safe_open(tmp_path / "tuned.safetensors", "numpy") as file:
        known = json.loads(file.metadata()[METADATA])
    assert known["classes"] == list("0123456789")
    again = found.load(weights=tmp_path / "tuned.safetensors")
    assert torch.equal(again.layers[0].weight, network.layers[0].weight)


def test_the_same_model_gives_the_same_bytes_and_short_source():
    files = folder(Exported.of("digits"))
    assert files == folder(Exported.of("digits"))
    assert len(files["README.md"].splitlines()) <= 10
    assert len(files["model.py"].splitlines()) < 110


def test_names_that_could_be_code_are_text(tmp_path):
    model = Model(MLP, dataset(), classes=['"""', "<layers>", "\\", "é'"])
    assert model.classes == module(model, tmp_path / "net.torch").CLASSES


def test_what_is_there_is_replaced_only_where_nothing_is_lost(tmp_path):
    path = tmp_path / "net.torch"
    model = Model(MLP, dataset())
    export_model(model, path)
    with pytest.raises(UsageError, match="is there already"):
        export_model(model, path)
    export_model(model, path, replace=True)
    (path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds 'notes\.txt', which would be lost"):
        export_model(model, path, replace=True)
    assert (path / "notes.txt").read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["net.torch"]


def test_a_layer_of_ones_own_is_refused(tmp_path):
    class Own(Layer):
        def build(self, in_shape):
            return Plan(self, in_shape, in_shape)

    with pytest.raises(UsageError, match="a layer of your own"):
        export_model(Model(Sequential(Flatten(), Own()), (1, 2, 2)), tmp_path / "m.torch")
    assert not list(tmp_path.iterdir())


def test_extreme_momentum_and_slopes_are_kept(tmp_path):
    model = Model(Sequential(Flatten(), BatchNorm(momentum=0.0, eps=1e-2), Dense(3), BatchNorm(1.0)), (1, 2, 2))
    network = module(model, tmp_path / "net.torch").load()
    norms = [each for each in network.modules() if isinstance(each, torch.nn.BatchNorm1d)]
    assert [(each.momentum, each.eps) for each in norms] == [(1.0, 1e-2), (0.0, 1e-5)]


@pytest.mark.mnist
@pytest.mark.parametrize(("name", "data"), [("digits", "mnist"), ("fashion", "fashion-mnist")])
def test_all_answers_to_the_test_pictures_are_the_same(name, data, tmp_path):
    test, model = load(data, offline=True).test, load_model(name)
    network = module(name, tmp_path / "net.torch").load()
    found = np.concatenate([logits(network, x.copy()) for x in np.array_split(test.x, 20)])[:, :10]
    ours = model.logits(test.x)
    assert np.array_equal(found.argmax(axis=1), ours.argmax(axis=1))
    assert np.abs(found - ours).max() <= 1e-5 * np.abs(ours).max()


def test_the_command_writes_the_folder_and_hears_every_option(numnist, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    done = numnist("export", "digits", "--to", "net.torch", "--json")
    assert json.loads(done.out)["bytes"] == sum(file.stat().st_size for file in Path("net.torch").iterdir())
    assert numnist("export", "digits", "--to", "net.torch").code == 2
    assert numnist("export", "digits", "--to", "net.torch", "--force").code == 0
    wrong = numnist("export", "digits", "--to", "other.torch", "--weights", "int8")
    assert (wrong.code, "has no option 'weights'" in wrong.err) == (2, True)
    back = numnist("import", "net.torch/weights.safetensors", "--to", "back.safetensors", "--json")
    assert json.loads(back.out)["notes"] == []
    assert load_model("back.safetensors").weights_sha256 == load_model("digits").weights_sha256
