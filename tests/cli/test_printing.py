"""Tables: in files the same text as rich would write, in a tenth of the time; on narrow terminals blocks."""

from __future__ import annotations

import io
import os
import sys

import pytest

from numnist.cli.shared import printing
from numnist.cli.shared.width import least_width

HEADS = ("file", "probability", "", "next best")


@pytest.mark.parametrize(
    "rows",
    [
        [("a.png", "99.0%", "sure", "7 0.1%"), ("数字.png", "5.0%", "not sure", ""), ("[b]x[/b]", "", "", "")],
        [],
        [("a" * 150, "1%", "", "much more than fits into the line")],
        [("two\nlines", "1%", "", "x")],
    ],
)
def test_a_table_in_a_file_is_what_rich_would_write(capsys, monkeypatch, rows):
    printing.table(HEADS, rows, right=("probability",))
    found = capsys.readouterr().out
    monkeypatch.setattr(printing, "_plain_table", lambda *arguments: None)
    printing.table(HEADS, rows, right=("probability",))
    assert found == capsys.readouterr().out


@pytest.mark.parametrize(("setting", "styled"), [("", True), ("1", False)])
def test_no_color_sends_no_escape_at_all_to_a_terminal(monkeypatch, setting, styled):
    """Neither colours nor bold; an empty setting counts as none (no-color.org)."""
    for stream in ("stdout", "stderr"):
        terminal = io.StringIO()
        monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys, stream, terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", setting)
    printing.note("Data", "300 pictures")
    printing.table(HEADS, [("a.png", "99.0%", "sure", "7")])
    for text in (sys.stderr.getvalue(), sys.stdout.getvalue()):
        assert ("\x1b" in text) == styled


def test_a_terminal_too_narrow_for_the_words_gets_a_block_for_each_row(monkeypatch, capsys):
    class Narrow(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys, "stdout", out := Narrow())
    printing.table(("recipe", "network"), [("deep-mlp-fashion", "convolutional " * 3), ("quick", "small")])
    assert "convolutional" in out.getvalue()
    monkeypatch.setattr(sys, "stdout", out := Narrow())
    heads = ("recipe", "network", "published", "data")
    printing.table(
        heads, [("deep-mlp-fashion", "convolutional layers", "", "fashion-mnist"), ("quick", "small", "1%", "mnist")]
    )
    assert out.getvalue().splitlines() == [
        "recipe     deep-mlp-fashion", "network    convolutional layers", "published", "data       fashion-mnist", "",
        "recipe     quick", "network    small", "published  1%", "data       mnist",
    ]  # fmt: skip


@pytest.mark.parametrize(("columns", "width"), [("0", 80), ("1", 20), ("19", 20), ("20", None), ("200", None)])
def test_hardly_any_columns_are_some(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((80, 24)))
    assert least_width() == width
