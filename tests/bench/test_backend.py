"""Peers and backends: chosen by name, skipped by name, and no backend imports its library before it is created."""

from __future__ import annotations

import subprocess
import sys

import pytest

from numnist import UsageError
from numnist.bench import peers
from numnist.bench.figure import MARKS
from numnist.bench.networks import REFERENCES
from numnist.bench.peers import CONTENDERS, PEERS, choose


def only(*installed):
    """A stand-in for `version`: nothing is installed but these packages."""
    return lambda package: "1.0" if package in installed else None


def test_missing_peers_are_named_with_the_package_that_is_missing(monkeypatch):
    monkeypatch.setattr(peers, "version", only("torch", "onnxruntime"))
    chosen, missing = choose(PEERS)
    assert [each.name for each in chosen] == [
        "numnist", "pytorch", "pytorch, freed pages kept", "pytorch, torch.compile",
    ]  # fmt: skip
    assert missing == {
        "tensorflow": "tensorflow", "jax": "jax", "scikit-learn": "scikit-learn", "onnxruntime": "onnx",
    }  # fmt: skip


def test_only_the_chosen_peers_take_part(monkeypatch):
    monkeypatch.setattr(peers, "version", lambda package: "1.0")
    chosen, missing = choose(["jax"])
    assert ([each.name for each in chosen], missing) == (["numnist", "jax"], {})
    assert [each.name for each in choose([])[0]] == ["numnist"]


def test_an_unknown_peer_is_refused_with_a_suggestion():
    with pytest.raises(UsageError, match="pytorch"):
        choose(["pytorhc"])


def test_a_package_that_brings_tensorflow_under_another_name_counts(monkeypatch):
    names = {"tensorflow-cpu": "2.21.0"}

    def version(name):
        if name not in names:
            raise peers.metadata.PackageNotFoundError(name)
        return names[name]

    monkeypatch.setattr(peers.metadata, "version", version)
    assert peers.version("tensorflow") == "2.21.0"
    assert peers.version("torch") is None


def test_scikit_learn_says_what_it_cannot_do():
    unable = CONTENDERS["scikit-learn"].backend.unsupported
    assert unable(REFERENCES["mlp"].network) == ""
    assert "Conv2d" in unable(REFERENCES["cnn28"].network)
    assert "Dropout" in unable(REFERENCES["deep-mlp"].network)


def test_torch_compile_says_what_it_lacks(monkeypatch):
    unable = CONTENDERS["pytorch, torch.compile"].backend.unsupported
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert "no-such-compiler" in unable(REFERENCES["mlp"].network)
    monkeypatch.setenv("CXX", sys.executable)  # a program that is there
    monkeypatch.setattr("sysconfig.get_path", lambda name: "/no/such/folder")
    assert "Python.h" in unable(REFERENCES["mlp"].network)


def test_every_backend_has_a_mark_in_the_figure():
    assert list(MARKS) == list(CONTENDERS)


def test_no_backends_module_imports_its_library():
    names = [each.module for each in CONTENDERS.values()]
    code = f"import sys; from importlib import import_module\nfor name in {names}: "
    code += "import_module('numnist.bench.backends.' + name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "tensorflow", "keras", "jax", "sklearn", "onnx", "onnxruntime", "matplotlib"}
    assert not set(done.stdout.split()) & heavy
