"""Sides: chosen by name, skipped by name, and none imports its library before one is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

from numnist import UsageError
from numnist.bench import side
from numnist.bench.figure import MARKS
from numnist.bench.networks import REFERENCES
from numnist.bench.side import KINDS, PEERS, choose


def only(*installed):
    """A stand-in for `version`: nothing is installed but these packages."""
    return lambda package: "1.0" if package in installed else None


def test_missing_peers_are_named_with_the_package_that_is_missing(monkeypatch):
    monkeypatch.setattr(side, "version", only("torch", "onnxruntime"))
    kinds, missing = choose(PEERS)
    assert [kind.name for kind in kinds] == ["numnist", "pytorch", "pytorch, freed pages kept"]
    assert missing == {
        "tensorflow": "tensorflow", "jax": "jax", "scikit-learn": "scikit-learn", "onnxruntime": "onnx",
    }  # fmt: skip


def test_only_the_peers_that_are_asked_for_take_part(monkeypatch):
    monkeypatch.setattr(side, "version", lambda package: "1.0")
    kinds, missing = choose(["jax"])
    assert ([kind.name for kind in kinds], missing) == (["numnist", "jax"], {})
    assert [kind.name for kind in choose([])[0]] == ["numnist"]


def test_an_unknown_peer_is_refused_with_a_suggestion():
    with pytest.raises(UsageError, match="pytorch"):
        choose(["pytorhc"])


def test_a_package_that_brings_tensorflow_under_another_name_counts(monkeypatch):
    names = {"tensorflow-cpu": "2.21.0"}

    def version(name):
        if name not in names:
            raise side.metadata.PackageNotFoundError(name)
        return names[name]

    monkeypatch.setattr(side.metadata, "version", version)
    assert side.version("tensorflow") == "2.21.0"
    assert side.version("torch") is None


def test_scikit_learn_says_what_it_cannot_do():
    unable = KINDS["scikit-learn"].side.unable
    assert unable(REFERENCES["mlp"].network) == ""
    assert "Conv2d" in unable(REFERENCES["cnn28"].network)
    assert "Dropout" in unable(REFERENCES["deep-mlp"].network)


def test_every_side_has_a_mark_in_the_figure():
    assert list(MARKS) == list(KINDS)


def test_no_sides_module_imports_its_library():
    names = [kind.module for kind in KINDS.values()]
    code = f"import sys; from importlib import import_module\nfor name in {names}: "
    code += "import_module('numnist.bench.sides.' + name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "tensorflow", "keras", "jax", "sklearn", "onnx", "onnxruntime", "matplotlib"}
    assert not set(done.stdout.split()) & heavy
