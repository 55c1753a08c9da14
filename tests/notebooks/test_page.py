"""docs/notebooks/README.md: its snippets run as they stand, and its table lists every figure."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image

import numnist
from numnist import Dataset, show
from numnist.data.strokes.drawing import draw

PAGE = (Path(numnist.__file__).parents[1] / "docs" / "notebooks" / "README.md").read_text("utf-8")
SNIPPETS = re.findall(r"run by tests/notebooks/test_page.py -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_snippets_run(monkeypatch, capsys):
    """On fewer drawn digits than strokes has, which take seconds to draw."""
    mpl.use("agg")
    monkeypatch.setattr(
        numnist, "load", lambda name: Dataset.of(*draw(2400, seed=4), test=200, validation=200, name=name)
    )
    names: dict = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, "README.md", "exec"), names)  # noqa: S102
    assert len(names["history"]) == 2
    corner = np.asarray(Image.open("mistakes.png").convert("RGB"))[0, 0]
    assert corner.tolist() == [0x14, 0x17, 0x1C]
    assert "epoch 2/2" in capsys.readouterr().err


def test_the_table_lists_every_figure():
    listed = re.findall(r"^\| `show\.(\w+)\(", PAGE, re.MULTILINE)
    figures = [name for name, thing in vars(show).items() if getattr(thing, "__module__", "") == show.__name__]
    assert listed == [name for name in figures if not name.startswith("_")]
