"""The layers are a textbook: short, and without anything that only makes them fast."""

from __future__ import annotations

import ast
import inspect
import statistics
from pathlib import Path
from textwrap import dedent

import pytest

from numnist import nn
from numnist.nn import LAYERS, Conv2d, Dense, Mode, ReLU

FILES = sorted(Path(nn.__file__).parent.glob("*.py"))


def lines(method) -> int:
    """The lines of a method's body, without its docstring."""
    body = ast.parse(dedent(inspect.getsource(method))).body[0].body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1


def test_half_of_all_passes_have_at_most_six_lines():
    methods = {vars(c)[name] for c in LAYERS.values() for name in ("forward", "backward") if name in vars(c)}
    assert len(methods) > 30
    assert statistics.median(map(lines, methods)) <= 6


def test_the_first_layers_of_a_course_are_as_short_as_on_paper():
    assert (lines(Dense.forward), lines(ReLU.forward), lines(ReLU.backward)) == (2, 1, 1)
    assert "for " not in inspect.getsource(Conv2d.forward), "a convolution is one product, without blocks"


def test_a_mode_says_whether_to_train_and_what_is_random():
    assert Mode._fields == ("train", "seed", "address", "share")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_layer_knows_of_threads_caches_or_compiled_networks(file):
    names = {node.id for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Name)}
    imported = {
        name
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        for name in [node.module, *(alias.name for alias in node.names)]
    }
    assert not {"threading", "Workers", "workers"} & (names | imported)
    assert not [name for name in imported if name and name.startswith("numnist.fast")]
