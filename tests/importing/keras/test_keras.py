"""Keras: what numnist reads from a file gives the outputs that Keras itself computed (make.py); the rest is refused."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("h5py", reason="needs the extra keras")

from numnist import Model, ModelFileError, UsageError, load_model
from numnist.importing.formats import import_model
from tests.importing.keras.cases import BYTES, FEATURES, REFUSED, inputs

FOLDER = Path(__file__).parent / "files"
OUTPUTS = dict(np.load(FOLDER / "outputs.npz"))
READ = [path.name for path in sorted(FOLDER.glob("*.*")) if path.stem not in REFUSED and path.suffix != ".npz"]
CLOSE = 1e-6  # of the largest output: float32 has 6e-8, and sums in another order lose a digit
WITH_SIZE = {"rows_as_colours": (4, 5)}


def as_ours(name: str, x: np.ndarray, model: Model) -> np.ndarray:
    """Keras's inputs as numnist takes them."""
    if name in FEATURES:
        return x
    C, H, W = model.in_shape
    x = x.reshape(len(x), H, W, C).transpose(0, 3, 1, 2)
    return x.astype(np.uint8) if name in BYTES else x


def shape_of(name: str) -> tuple[int, ...]:
    """Of one input, as Keras takes it."""
    shapes = {
        "mnist": (28, 28, 1), "functional": (10, 10), "rows": (64,), "rows_as_colours": (60,),
        "rows_to_pictures": (64,), "flat": (6, 5), "yes_no": (6, 5, 1), "adapted": (5,), "norms": (5, 4, 3),
        "activations": (12,), "gelu": (12,), "colours": (7, 6, 3), "double": (5,), "padded_as_mobilenet": (8, 8, 2),
    }  # fmt: skip
    return shapes.get(name, (9, 8, 2))


@pytest.mark.parametrize("file", READ)
def test_outputs_are_those_of_keras(file):
    name = Path(file).stem
    imported = import_model(FOLDER / file, size=WITH_SIZE.get(name))
    model, theirs = imported.model, OUTPUTS[name]
    x = as_ours(name, inputs(name, shape_of(name)), model)
    said = " ".join(imported.notes)
    if "the softmax at the end is left out" in said:
        ours = model.predict_proba(x)
    elif "became two logits" in said:
        ours = model.predict_proba(x)[:, 1:]
    else:
        ours = model.logits(x)
    close = 5e-3 if "GELU" in said else 1e-14 if name == "double" else CLOSE
    assert np.abs(ours - theirs).max() <= close * np.abs(theirs).max()
    assert ours.dtype == (np.float64 if name == "double" else np.float32)


def test_there_are_files_of_every_layer_that_is_read():
    from numnist.importing.keras.chain import chain
    from numnist.importing.keras.file import opened
    from numnist.importing.keras.read import KINDS, SCALING

    met = set()
    for name in READ:
        with opened(FOLDER / name) as file:
            met |= {layer.kind for layer in chain(file.config, FOLDER / name).listed}
    same = {"Identity", "RandomTranslation", "RandomZoom", "RandomContrast", "RandomBrightness", "GaussianDropout",
            "AlphaDropout", "SpatialDropout2D", "ActivityRegularization"}  # fmt: skip
    assert {*KINDS, *SCALING} - met == same, "these do nothing in inference, as others that are met"


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_computed_is_refused_by_name(name):
    with pytest.raises(ModelFileError, match=REFUSED[name]) as caught:
        import_model(FOLDER / f"{name}.keras")
    assert str(FOLDER / name) in str(caught.value)


def test_the_old_format_refuses_branches_too():
    with pytest.raises(ModelFileError, match="several inputs"):
        import_model(FOLDER / "branches.h5")


def test_notes_say_what_was_changed_and_assumed():
    notes = import_model(FOLDER / "mnist.keras").notes
    said = "\n".join(notes)
    assert "the softmax at the end is left out" in said
    assert "0 to 255 is assumed, as its Rescaling suggests" in said
    assert "the file names no classes: they are called 0 to 9" in said
    assert "plain is assumed" in said
    told = import_model(FOLDER / "mnist.keras", classes=list("abcdefghij"), preparation="digits", pixels="uint8")
    assert len(told.notes) == 1
    assert (told.model.classes[0], told.model.preparation) == ("a", "digits")
    changed = import_model(FOLDER / "colours.keras").notes
    assert sum("works in training alone" in note for note in changed) == 3
    assert any("0 to 1 is assumed, as is usual" in note for note in changed)


def test_pixels_decide_the_scaling():
    x = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    given, half = (import_model(FOLDER / "mnist.keras", pixels=each).model for each in ("uint8", "float"))
    assert not np.allclose(given.logits(x), half.logits(x))
    bright = import_model(FOLDER / "flat.keras", pixels="uint8").model
    plain = import_model(FOLDER / "flat.keras").model
    assert bright.normalization.std.item() == pytest.approx(plain.normalization.std.item() / 255)


def test_a_row_of_pixels_is_a_picture_where_its_size_is_given():
    flat = import_model(FOLDER / "rows.keras").model
    picture = import_model(FOLDER / "rows.keras", size=8).model
    assert (flat.in_shape, picture.in_shape) == ((64, 1, 1), (1, 8, 8))
    x = np.random.default_rng(0).random((4, 64), np.float32)
    np.testing.assert_allclose(picture.logits(x.reshape(4, 8, 8)), flat.logits(x), rtol=1e-6)
    with pytest.raises(UsageError, match=r"the size \(9, 9\) does not fit"):
        import_model(FOLDER / "rows.keras", size=9)


def test_what_is_read_can_be_saved_trained_and_read_again(tmp_path):
    model = import_model(FOLDER / "norms.keras").model
    model.save(tmp_path / "model.safetensors")
    x = np.random.default_rng(0).random((4, *model.in_shape), np.float32)
    np.testing.assert_array_equal(load_model(tmp_path / "model.safetensors").logits(x), model.logits(x))
    assert np.isfinite(model.gradient(x, np.array([0, 1, 2, 0]))["4.w"]).all()


def test_without_h5py_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UsageError, match=r"needs the package h5py: pip install '\.\[keras\]'"):
        import_model(FOLDER / "mnist.keras")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each damaged copy is read in a fork")
def test_a_reader_that_dies_is_a_broken_file(monkeypatch):
    from numnist.importing.keras import apart

    monkeypatch.setattr(apart, "command", lambda module: [sys.executable, "-c", "import os; os.abort()"])
    with pytest.raises(ModelFileError, match="HDF5's library failed to read it"):
        import_model(FOLDER / "flat.keras")
    monkeypatch.setattr(apart, "WAIT", 0.2)
    monkeypatch.setattr(apart, "command", lambda module: [sys.executable, "-c", "while True: pass"])
    with pytest.raises(ModelFileError, match="HDF5's library failed to read it"):
        import_model(FOLDER / "flat.keras")


def rewritten(path: Path, change) -> Path:
    """A copy of mnist.keras whose HDF5 file has been changed by a function."""
    import io

    import h5py

    with zipfile.ZipFile(FOLDER / "mnist.keras") as old, zipfile.ZipFile(path, "w") as new:
        whole = io.BytesIO(old.read("model.weights.h5"))
        with h5py.File(whole, "r+") as file:
            change(file)
        new.writestr("config.json", old.read("config.json"))
        new.writestr("model.weights.h5", whole.getvalue())
    return path


def replaced(**options):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset("0", shape=(676, 6), dtype="f4", **options)

    return change


def linked(file):
    import h5py

    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/other.h5", "w")


def repeated(file):
    """Arrays that are the same block of the file would be read more than once."""
    for name in ("dense_1", "conv2d"):
        for i in (0, 1):
            del file[f"layers/{name}/vars/{i}"]
            file[f"layers/{name}/vars/{i}"] = file["layers/dense/vars/0"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (replaced(chunks=(100, 6), compression="gzip"), "not stored as one block"),
        (replaced(external=[("/etc/hostname", 0, 676 * 6 * 4)]), "not stored as one block"),
        (replaced(), "has other bytes in the file"),  # never written: no bytes at all
        (linked, "is a link, which could lead anywhere"),
        (repeated, "has other bytes in the file"),
        (lambda file: file["layers/dense/vars"].attrs.__setitem__("name", "other"), "belong to 'other'"),
        (lambda file: file.__delitem__("layers/dense"), r"'dense' \(Dense\): its arrays are none"),
    ],
)
def test_what_leads_out_of_the_file_or_stands_for_more_is_refused(change, says, tmp_path):
    with pytest.raises(ModelFileError, match=says):
        import_model(rewritten(tmp_path / "net.keras", change))


def test_a_zip_that_grows_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(10_000_000))
    with pytest.raises(ModelFileError, match="would be 10,000,000 bytes"):
        import_model(tmp_path / "net.keras")


def as_keras_2(config):
    """The description of a network in the notation of Keras 2."""
    first, *others = config["config"]["layers"]
    for before, layer in zip([first, *others], others):
        if "inbound_nodes" in layer:
            layer["inbound_nodes"] = [[[before["name"], 0, 0, {}]]]
        layer["config"]["dtype"] = "float32"
    first["config"]["batch_input_shape"] = first["config"].pop("batch_shape")
    if config["class_name"] == "Functional":
        for end in ("input_layers", "output_layers"):
            config["config"][end] = [config["config"][end]]
    return config


@pytest.mark.parametrize("name", ["functional", "norms"])
def test_the_notation_of_keras_2_is_read(name, tmp_path):
    import h5py

    path = tmp_path / f"{name}.h5"
    path.write_bytes((FOLDER / path.name).read_bytes())
    with h5py.File(path, "r+") as file:
        config = as_keras_2(json.loads(file.attrs["model_config"]))
        file.attrs["model_config"] = json.dumps(config).encode()
        for group in file["model_weights"].values():
            group.attrs["weight_names"] = [str(each).encode() for each in group.attrs["weight_names"]]
    old, new = import_model(path).model, import_model(FOLDER / path.name).model
    assert (old.weights_sha256, old.network) == (new.weights_sha256, new.network)
