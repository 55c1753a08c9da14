"""For tests of the command line: a small data set on disk, and commands run inside this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from numnist.cli import main
from numnist.data.strokes.drawing import draw


@dataclass
class Outcome:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def numnist(capsys, monkeypatch):
    """numnist("train", "quick") runs that command and returns an Outcome.  It never uses the network."""
    monkeypatch.setenv("NUMNIST_OFFLINE", "1")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """A file with 300 drawn digits to train on (60 of them for validation) and 60 to test with."""
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    x, labels = draw(360, seed=5)
    np.savez(path, x_train=x[:300], y_train=labels[:300], x_test=x[300:], y_test=labels[300:])
    return path


@pytest.fixture
def trained(numnist, digits):
    """A run folder with a small trained network."""
    outcome = numnist("train", "mlp-quick", "--dataset", digits, "--epochs", 3, "--batch-size", 32, "--run", "trained")
    assert outcome.code == 0, outcome.err
    return "trained"
