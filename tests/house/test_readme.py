"""The README: its Python example runs as written, and its links and statements are correct."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import numnist
from numnist.data.strokes.drawing import draw

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
EXAMPLE = re.search(r"run by tests/house/test_readme.py -->\n```python\n(.*?)```", README, re.DOTALL)[1]


def run(program: str) -> str:
    Path("example.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-W", "error", "example.py"], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_has_twelve_lines():
    assert len([line for line in EXAMPLE.splitlines() if line]) == 12


def test_the_example_runs_on_a_small_data_set():
    x, labels = draw(300, seed=3)
    np.savez("small.npz", x=x, y=labels)
    assert EXAMPLE.count('load("mnist")') == 1
    out = run(EXAMPLE.replace('load("mnist")', 'load("small.npz")'))
    assert "epoch 2/2" in out
    assert "95% confidence" in out


@pytest.mark.mnist
@pytest.mark.slow
def test_the_example_runs_as_it_stands():
    out = run(EXAMPLE)
    accuracy = float(re.search(r"([\d.]+)% right", out)[1])
    assert accuracy > 97.5, "seeds 0 to 2 reach 98.0 to 98.3%; half a point for another BLAS or processor"


def test_every_link_leads_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (Path(__file__).parents[2] / link).exists(), link


def snippets(document: str) -> list[str]:
    """The Python snippets that show a layer."""
    code = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    return [snippet for snippet in code if "class Dense" in snippet or "def forward" in snippet]


def is_source(snippet: str, source: str) -> bool:
    """Whether the snippet's lines stand in the source, one below the other; lines may be left out only at "..."."""
    there, at = source.splitlines(), 0
    for block in re.split(r"(?m)^\s*\.\.\.\n", snippet):
        lines = block.strip("\n").splitlines()
        places = [i for i in range(at, len(there) - len(lines) + 1) if there[i : i + len(lines)] == lines]
        if not places:
            return False
        at = places[0] + len(lines)
    return True


def test_the_layer_that_is_shown_is_the_source():
    source = (Path(numnist.__file__).parent / "nn" / "dense.py").read_text("utf-8")
    shown = snippets(README)
    assert shown
    assert all(is_source(snippet, source) for snippet in shown)


def test_a_snippet_that_is_not_the_source_is_seen():
    source = "class A:\n    x: int\n\n    def f(self):\n        y = 1\n        return y\n"
    assert is_source("class A:\n    x: int\n    ...\n        return y\n", source)
    assert not is_source("class A:\n    x: int\n        return y\n", source)
    assert not is_source("class A:\n    ...\n        return x\n", source)
    assert not is_source("        return y\n    ...\nclass A:\n", source)
