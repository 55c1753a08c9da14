"""Every snippet of the tutorials, how-to guides and reference pages runs, or says why it does not."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from numnist.cli import main
from tests.docs.pages import DOCS, PAGES, furnish, snippets
from tests.serve.conftest import context, start_server  # noqa: F401

MARKERS = ("run", "run with onnxruntime", "run with cc", "run with the server")


def names(path: Path) -> str:
    return str(path.relative_to(DOCS))


@pytest.mark.parametrize("path", PAGES, ids=names)
def test_every_snippet_is_marked(path):
    for snippet in snippets(path.read_text("utf-8")):
        assert snippet.marker in MARKERS or snippet.marker.startswith("not run: "), snippet.text


def test_most_snippets_run():
    marked = [snippet.marker for path in PAGES for snippet in snippets(path.read_text("utf-8"))]
    assert len(marked) > 40
    assert sum(marker.startswith("not run") for marker in marked) < len(marked) / 4


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES, ids=names)
def test_the_snippets_run(path, request, capsys, monkeypatch):
    """In their order, in one folder and one namespace; a small data set stands for MNIST."""
    furnish()
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known: dict[str, object] = {"__name__": "__main__"}
    for snippet in snippets(path.read_text("utf-8")):
        text = snippet.text
        if snippet.marker == "run with onnxruntime":
            pytest.importorskip("onnxruntime")
        if snippet.marker == "run with the server":
            text = text.replace("http://127.0.0.1:8000", request.getfixturevalue("start_server")())
        if snippet.marker.startswith("run"):
            {"python": run_python, "console": run_console, "c": run_c}[snippet.language](text, known)
    capsys.readouterr()


def run_python(text: str, known: dict[str, object]) -> None:
    exec(compile(text.replace('load("mnist")', 'load("small.npz")'), "the page", "exec"), known)  # noqa: S102


def run_console(text: str, known: dict[str, object]) -> None:
    for line in text.splitlines():
        shorter = line.replace("--dataset strokes", "")  # whose 70,000 digits take seconds to draw
        program, *words = shlex.split(shorter, comments=True)
        assert program == "numnist", line
        if needs_mnist(words):
            words += ["--dataset", "small.npz"]
        if "onnx" in line:
            pytest.importorskip("onnx")
        assert main(words) == 0, line


def needs_mnist(words: list[str]) -> bool:
    """Whether a command would use MNIST."""
    model_of_own_data = words[0] == "evaluate" and words[1] != "digits"
    return words[0] in ("train", "sweep", "evaluate") and "--dataset" not in words and not model_of_own_data


def run_c(text: str, known: dict[str, object]) -> None:
    compiler = shutil.which("cc") or pytest.skip("needs a C compiler")
    Path("main.c").write_text(text, "utf-8")
    subprocess.run([compiler, "-std=c99", "-O2", "main.c", "-lm", "-o", "reader"], check=True)
    assert subprocess.run(["./reader"], check=True, capture_output=True, text=True).stdout == "1\n"
