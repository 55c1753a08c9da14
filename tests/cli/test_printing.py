"""Tables in files: the same text as rich would write, which takes ten times as long."""

from __future__ import annotations

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
