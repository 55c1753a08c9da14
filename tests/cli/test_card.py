"""numnist card: printed, or written to a file that is not replaced by accident."""

from __future__ import annotations

from pathlib import Path

from numnist.report.card.card import card


def test_it_is_printed_or_written(numnist):
    done = numnist("card", "digits")
    assert done.code == 0
    assert done.out.rstrip("\n") == card("digits").rstrip("\n")
    done = numnist("card", "digits", "--to", "README.md", "--license", "cc0-1.0")
    assert done.out.split() == ["Card", "README.md"]
    assert Path("README.md").read_text("utf-8") == card("digits", "cc0-1.0")


def test_a_file_is_replaced_only_where_asked(numnist):
    Path("README.md").write_text("mine")
    done = numnist("card", "digits", "--to", "README.md")
    assert done.code == 2
    assert "--force" in done.err
    assert Path("README.md").read_text() == "mine"
    assert numnist("card", "digits", "--to", "README.md", "--force").code == 0
    assert Path("README.md").read_text("utf-8") == card("digits")
    done = numnist("card", "digits", "--to", ".")
    assert done.code == 2
    assert "is a folder" in done.err


def test_what_is_no_model_is_refused_before_anything_is_written(numnist):
    done = numnist("card", "nothing", "--to", "README.md")
    assert done.code == 4
    assert not Path("README.md").exists()
