"""The ten lines of docs/exchange.md run as they stand, on a small model, and what they save comes back."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs PyTorch")

from numnist import Model
from numnist.export.formats import export_model
from numnist.importing.formats import import_model
from tests.small import CONV, dataset

DOCS = (Path(__file__).parents[3] / "docs" / "exchange.md").read_text("utf-8")
LINES = re.search(r"run by tests/importing/torch/test_docs.py -->\n```python\n(.*?)```", DOCS, re.DOTALL)[1]


def test_there_are_ten_lines_besides_the_imports():
    assert len([line for line in LINES.splitlines() if line and not line.startswith(("import", "from"))]) <= 10


def test_the_lines_train_and_what_they_save_comes_back(tmp_path):
    data = dataset()
    model = Model(CONV, data)
    export_model(model, tmp_path / "net.torch")
    np.savez(tmp_path / "data.npz", x=data.train.x, y=data.train.labels)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LINES], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    tuned = import_model(tmp_path / "tuned.safetensors").model
    assert tuned.network == model.network
    assert tuned.loss(data.train.x, data.train.labels) < model.loss(data.train.x, data.train.labels)
