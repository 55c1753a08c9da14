"""Tables in files: the same text as rich would write, which takes ten times as long."""

from __future__ import annotations

import io
import sys

import pytest

from numnist.cli.shared import printing

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
