"""Model file: whatever else a file may hold, there is one error, and it names the file."""

from __future__ import annotations

import json
import struct
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import save

from numnist import Model, ModelFileError, load_model
from numnist.model.file import sha256
from tests.small import MLP, dataset


def valid(tmp_path):
    """The bytes of a good file, its tensors and its metadata."""
    from safetensors import safe_open

    path = tmp_path / "valid.safetensors"
    Model(MLP, dataset()).save(path)
    with safe_open(path, framework="numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
        return path.read_bytes(), tensors, json.loads(file.metadata()["numnist"])


def forged(tensors, about, **metadata):
    """A file whose hash is right, so that only what it says can betray it."""
    about["sha256"] = sha256(about, tensors)
    return save(tensors, {"numnist": json.dumps(about)} | metadata)


def raw(header, data=b""):
    """A .safetensors file from its parts."""
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def with_header(old, new):
    """Replace in the header, where both are of one length."""
    assert len(old) == len(new)

    def change(whole, tensors, about):
        assert old in whole
        return whole.replace(old, new, 1)

    return change


def with_about(**changes):
    """Replace in the metadata; what becomes None is left out."""
    return lambda whole, tensors, about: forged(tensors, {k: v for k, v in (about | changes).items() if v is not None})


def with_tensors(**changes):
    """Replace tensors by what the functions make of them; "1.w" is written w1."""
    names = {"w1": "1.w", "b1": "1.b", "w3": "3.w", "mean": "normalization.mean", "std": "normalization.std"}

    def change(whole, tensors, about):
        new = {names.get(name, name): f(tensors.get(names.get(name))) for name, f in changes.items()}
        return forged({k: v for k, v in (tensors | new).items() if v is not None}, about)

    return change


def with_network(change):
    """Change the network's dictionary in place."""

    def apply(whole, tensors, about):
        change(about["network"])
        return forged(tensors, about)

    return apply


def flip(part):
    """Change a byte at this part (0..1) of the file."""

    def change(whole, tensors, about):
        i = int(part * (len(whole) - 1))
        return whole[:i] + bytes([whole[i] ^ 0x10]) + whole[i + 1 :]

    return change


def cut(part):
    return lambda whole, tensors, about: whole[: int(part * len(whole))]


def nested(depth):
    """A network inside a network inside …, as text, since json.dumps would not go so deep."""

    def change(whole, tensors, about):
        open_, close = '{"type": "Sequential", "layers": [' * depth, "]}" * depth
        text = json.dumps(about | {"network": 0}).replace('"network": 0', f'"network": {open_}{close}')
        return save(tensors, {"numnist": text})

    return change


def _set(place, **values):
    return with_network(lambda network: network["layers"][place].update(values))


def _layers(layers):
    return with_about(network={"type": "Sequential", "layers": layers})


FLATTEN, DENSE = {"type": "Flatten"}, {"type": "Dense", "units": 4}
BROKEN = {
    "empty": lambda *_: b"",
    "text": lambda *_: b"This is a text and no model at all.\n" * 9,
    "a web page": lambda *_: b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "zeros": lambda *_: bytes(10_000),
    "a pickle": lambda *_: b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
    "a torch file": lambda *_: b"PK\x03\x04\x00\x00\x08\x08\x00\x00" + bytes(18) + b"archive/data.pkl\x80\x02}q\x00.",
    "cut to its first byte": lambda whole, *_: whole[:1],
    "cut after the header's length": lambda whole, *_: whole[:8],
    "cut in the header": cut(0.1),
    "cut before the data": lambda whole, *_: whole[: 8 + int.from_bytes(whole[:8], "little")],
    "cut in the data": cut(0.8),
    "one byte short": lambda whole, *_: whole[:-1],
    "one byte long": lambda whole, *_: whole + b"\0",
    "a header longer than any memory": lambda whole, *_: struct.pack("<Q", 2**63) + whole[8:],
    "a flipped byte in the first tensor": flip(0.5),
    "a flipped byte in the last tensor": flip(1.0),
    "a flipped byte in the header's length": flip(0.0),
    "a flipped byte in a tensor's name": with_header(b'"1.w"', b'"1.v"'),
    "a flipped byte in a tensor's type": with_header(b'"F32"', b'"I32"'),
    "a flipped byte in a shape": with_header(b"[16,64]", b"[64,16]"),
    "a flipped byte in a layer's field": with_header(b'units\\": 16', b'units\\": 17'),
    "a flipped byte in a class name": with_header(b"band 1", b"bend 1"),
    "a flipped byte in the hash's name": with_header(b"sha256", b"sha255"),
    "no metadata": lambda whole, tensors, about: save(tensors),
    "metadata of another program": lambda whole, tensors, about: save(tensors, {"format": "pt"}),
    "metadata that is not JSON": lambda whole, tensors, about: save(tensors, {"numnist": "{'network':"}),
    "metadata that is a list": lambda whole, tensors, about: save(tensors, {"numnist": "[1]"}),
    "metadata that is a number beyond floats": lambda whole, tensors, about: save(tensors, {"numnist": "1e999"}),
    "a later format": with_about(format=2),
    "no format": with_about(format=None),
    "no network": with_about(network=None),
    "a network that is a text": with_about(network="Sequential(Flatten(), Dense(4))"),
    "a network that is no layer": with_about(network={"type": "HeNormal"}),
    "a network without a type": with_about(network={"layers": []}),
    "a network without layers": _layers([]),
    "layers that are a number": _layers(3),
    "layers that are no tables": _layers(["Flatten", "Dense"]),
    "an unknown layer": _set(1, type="Dance"),
    "a layer that is a function": _set(1, type="eval"),
    "a type that is a list": _set(1, type=["Dense"]),
    "a field too many": _set(1, colour="red"),
    "a field too few": with_network(lambda network: network["layers"][1].pop("units")),
    "a field of the wrong type": _set(1, units="16"),
    "a field that is a truth": _set(1, units=True),
    "a field that is negative": _set(1, units=-16),
    "a field that is not a number": _set(1, units=float("nan")),
    "a layer where an initializer belongs": _set(1, initializer={"type": "ReLU"}),
    "another network": _set(1, units=17),
    "layers that do not fit": _layers([{"type": "Conv2d", "filters": 3, "kernel": 9}, FLATTEN, DENSE]),
    "a network that ends in a picture": _layers([{"type": "ReLU"}]),
    "a network of terabytes": _layers([FLATTEN, {"type": "Dense", "units": 10**12}, DENSE]),
    "a network beyond whole numbers": _layers([FLATTEN, {"type": "Dense", "units": 10**40}, DENSE]),
    "a wide norm without its tensors": with_about(
        in_shape=[4096, 4096, 4096], network={"type": "Sequential", "layers": [FLATTEN, {"type": "BatchNorm"}]}
    ),
    "a network nested 300 times": nested(300),
    "a network nested 2,000 times": nested(2_000),
    "a network nested 200,000 times": nested(200_000),
    "a tensor too few": with_tensors(b1=lambda _: None),
    "a tensor too many": with_tensors(extra=lambda _: np.zeros(3, np.float32)),
    "a further normalisation tensor": with_tensors(**{"normalization.more": lambda _: np.zeros(3, np.float32)}),
    "a training tensor of another type": with_tensors(**{"training.slot.m": lambda _: np.zeros(3, np.int8)}),
    "a tensor of another shape": with_tensors(w1=lambda w: w.T.copy()),
    "a tensor with an axis more": with_tensors(w1=lambda w: w[None]),
    "weights of 16 bits": with_tensors(**{n: lambda w: w.astype(np.float16) for n in ("w1", "b1", "w3")}),
    "whole numbers as weights": with_tensors(w1=lambda w: w.astype(np.int64)),
    "weights of two types": with_tensors(w1=lambda w: w.astype(np.float64)),
    "weights that are not a number": with_tensors(w1=lambda w: w * np.float32(np.nan)),
    "a weight that is infinite": with_tensors(b1=lambda b: b + np.float32(np.inf)),
    "no normalisation": with_tensors(mean=lambda _: None, std=lambda _: None),
    "normalisation without std": with_tensors(std=lambda _: None),
    "normalisation with std 0": with_tensors(std=lambda std: 0 * std),
    "normalisation with negative std": with_tensors(std=lambda std: -std),
    "normalisation that is not a number": with_tensors(mean=lambda mean: mean + np.nan),
    "normalisation with infinite std": with_tensors(std=lambda std: std + np.inf),
    "normalisation of another shape": with_tensors(mean=lambda _: np.ones((3, 1, 1)), std=lambda _: np.ones((3, 1, 1))),
    "normalisation in float32": with_tensors(
        mean=lambda mean: mean.astype(np.float32), std=lambda std: std.astype(np.float32)
    ),
    "normalisation of an unknown kind": with_about(normalization="per-picture"),
    "a class too few": with_about(classes=["a", "b", "c"]),
    "no classes": with_about(classes=[]),
    "classes that are numbers": with_about(classes=[0, 1, 2, 3]),
    "classes that are a text": with_about(classes="0123"),
    "an input shape with two sizes": with_about(in_shape=[8, 8]),
    "an input shape that is a text": with_about(in_shape="188"),
    "a negative input shape": with_about(in_shape=[-1, 8, -8]),
    "an empty input shape": with_about(in_shape=[1, 0, 64]),
    "an enormous input shape": with_about(in_shape=[1, 10**9, 10**9]),
    "an input shape of fractions": with_about(in_shape=[1.0, 8.0, 8.0]),
    "an input shape of truths": with_about(in_shape=[True, 8, 8]),
    "an unknown preparation": with_about(preparation="letters"),
    "no preparation": with_about(preparation=None),
    "about that is a list": with_about(about=[]),
    "training that is a list": with_about(training=[]),
    "a tensor beyond the file": lambda *_: raw({"1.w": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}),
    "tensors that overlap": lambda *_: raw(
        {n: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for n in ("a", "b")}, bytes(8)
    ),
    "an unknown tensor type": lambda *_: raw({"a": {"dtype": "X99", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)),
    "a header that is a list": lambda *_: raw([1, 2, 3]),
}  # fmt: skip


def with_layers(*layers):
    """A file whose network has these layers before the last, none of them with parameters."""

    def change(whole, tensors, about):
        flatten, *rest = about["network"]["layers"]
        about["network"]["layers"] = [*layers, flatten, *rest]
        return forged(tensors, about)

    return change


PAD = {"type": "AvgPool2d", "window": [2000001, 2000001], "stride": 2000001, "padding": 1000000}
BROKEN |= {
    "a picture padded to 146 TiB": with_layers(PAD),
    "100,000 layers": with_layers(*[{"type": "ReLU"}] * 100_000),
    "layers in layers in layers": with_network(lambda network: [
        network.update(type="Sequential", layers=[{"type": "Sequential", "layers": list(network["layers"])}])
        for _ in range(3)] and network["layers"].extend([{"type": "Dropout", "rate": 0.5}] * 2000)),
    "an accuracy that is not a number": with_about(about={"result": {"test_accuracy": float("nan")}}),
    "a class that clears the screen": with_about(classes=["\x1b[2J", *"23456789"][: len(dataset().classes)]),
    "a class that is half a character": with_about(classes=["\ud800", *"23456789"][: len(dataset().classes)]),
    "a class that turns what follows": with_about(classes=["a\u202eb", *"23456789"][: len(dataset().classes)]),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
def test_a_broken_file_is_refused_by_name_without_reading_it_all(tmp_path, broken):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(broken(*valid(tmp_path)))
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError) as caught:
            load_model(path)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()
    assert type(caught.value) is ModelFileError
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F16", "BOOL", "U8"])
@pytest.mark.parametrize("name", ["training.slot.m", "normalization.mean", "1.b"])
def test_types_that_numpy_may_not_know_are_refused(tmp_path, dtype, name):
    whole, _, _ = valid(tmp_path)
    size = int.from_bytes(whole[:8], "little")
    header, data = json.loads(whole[8 : 8 + size]), whole[8 + size :]
    width = {"BF16": 2, "F16": 2}.get(dtype, 1)
    header[name] = {"dtype": dtype, "shape": [8], "data_offsets": [len(data), len(data) + 8 * width]}
    path = tmp_path / "broken.safetensors"
    path.write_bytes(raw(header, data + bytes(8 * width)))
    with pytest.raises(ModelFileError, match=r"broken\.safetensors: "):
        load_model(path)


@pytest.mark.parametrize("name", ["nothing.safetensors", "folder/nothing", "bad\0name"])
def test_a_file_that_is_not_there_is_refused_with_help(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelFileError, match=r"there is no such model file; give a \.safetensors file") as caught:
        load_model(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("name", ["folder", ""])
def test_a_folder_without_a_model_is_named_and_no_file_that_nobody_named(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelFileError, match="this folder holds no model") as caught:
        load_model(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")


def test_a_name_that_no_file_can_have_is_refused_too(tmp_path):
    with pytest.raises(ModelFileError, match="xxx: "):
        load_model(tmp_path / ("x" * 5000))


def test_a_good_file_forged_here_is_read(tmp_path):
    # so that the refusals above are of what was changed
    _, tensors, about = valid(tmp_path)
    path = tmp_path / "forged.safetensors"
    path.write_bytes(forged(tensors, about))
    assert load_model(path).weights_sha256 == Model(MLP, dataset()).weights_sha256
