"""Formats of other libraries: the lines that convert them are in the message, and they work."""

from __future__ import annotations

import gzip
import pickle
import sys
import textwrap
from types import ModuleType

import numpy as np
import pytest

from numnist.data import load
from numnist.support.errors import DataError

X = (np.arange(36 * 25) % 256).astype(np.uint8).reshape(36, 5, 5)
Y = np.arange(36) % 3


def refusal(path):
    with pytest.raises(DataError, match="of no format that numnist reads") as caught:
        load(path)
    return str(caught.value)


def lines(message):
    """The Python in a message."""
    return textwrap.dedent(message.split("\n\n")[1])


def run(code):
    exec(compile(code, "message", "exec"), {})  # noqa: S102  (our own text)


def module(monkeypatch, name, **functions):
    """A library that need not be installed, with the functions that the lines call."""
    fake = ModuleType(name)
    vars(fake).update(functions)
    monkeypatch.setitem(sys.modules, name, fake)


class Tensor:
    """What matters of a tensor."""

    def __init__(self, array):
        self.array = array

    def numpy(self):
        return self.array


@pytest.mark.parametrize("suffix", [".mat", ".h5", ".hdf5", ".pkl", ".pickle", ".pt", ".pth"])
def test_the_lines_convert_the_file(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"it's{suffix}"
    path.write_bytes(pickle.dumps((X, Y)))
    module(monkeypatch, "scipy")
    module(monkeypatch, "scipy.io", loadmat=lambda name: {"X": X, "y": Y[:, None]} if name == str(path) else {})
    module(monkeypatch, "h5py", File=lambda name: {"images": X, "labels": Y} if name == str(path) else {})
    module(monkeypatch, "torch", load=lambda name, weights_only: (Tensor(X), Tensor(Y)) if name == str(path) else ())
    message = refusal(path)
    code = lines(message)
    assert ("any program" in message) == (suffix in (".pkl", ".pickle"))
    run(code)
    data = load(tmp_path / "it's.npz")
    assert len(data.train) + len(data.validation) + len(data.test) == 36
    assert sorted(map(bytes, np.concatenate([data.train.x, data.validation.x, data.test.x]))) == sorted(map(bytes, X))


def test_the_old_pickle_of_mnist_becomes_three_splits(tmp_path):
    path = tmp_path / "mnist.pkl.gz"
    path.write_bytes(gzip.compress(pickle.dumps(((X, Y), (X[:4], Y[:4]), (X[:5], Y[:5])))))
    run(lines(refusal(path)))
    data = load(tmp_path / "mnist.npz")
    assert (len(data.train), len(data.validation), len(data.test)) == (36, 4, 5)


@pytest.mark.parametrize("place", [0, 512])
def test_matlabs_newer_files_are_hdf5(tmp_path, place):
    path = tmp_path / "a.mat"
    path.write_bytes(bytes(place) + b"\x89HDF\r\n\x1a\n" + bytes(600))
    assert "import h5py" in refusal(path)


def test_a_folder_of_such_files_is_refused_in_the_same_way(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "digits.mat").write_bytes(b"MATLAB 5.0")
    assert "from scipy.io import loadmat" in refusal(tmp_path / "d")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.7z"])
def test_an_archive_is_to_be_unpacked(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK")
    assert "unpack it first" in refusal(tmp_path / name)


@pytest.mark.parametrize("name", ["a.xlsx", "a.feather"])
def test_a_table_becomes_csv(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK")
    code = lines(refusal(tmp_path / name))
    assert "to_csv" in code
    compile(code, "message", "exec")


def test_parquet_without_its_library_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "train.parquet").write_bytes(b"PAR1")
    for path in (tmp_path, tmp_path / "train.parquet"):
        with pytest.raises(DataError, match=r"pip install '\.\[parquet\]'"):
            load(path)
