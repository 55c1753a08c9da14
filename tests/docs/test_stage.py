"""docs/website: pages join by themselves, links follow them, commands and chapters are the program's own."""

from __future__ import annotations

import base64
import json

import pytest

import numnist
from numnist.nn import functional
from website.access import mended
from website.commands import command_page, readable
from website.explained import chapter, plain, slug
from website.notebooks import notebook
from website.reference import kind_of, public_names
from website.stage import linked, outside_code, part_of, with_pages


def test_every_public_name_has_a_page():
    assert {kind_of(name) for name in numnist.__all__} >= {"layers", "data", "model", "training", "errors"}
    assert kind_of("Dense") == "layers"
    assert kind_of("Warmup") == "schedules"
    assert kind_of("RankError") == "errors"


def test_a_module_shows_what_it_defines_or_lists():
    assert "conv2d" in public_names(functional)
    assert not {"Call", "np", "Dense", "ShapeError"} & set(public_names(functional))


def test_a_new_page_joins_by_its_folder():
    assert part_of("tutorial/anything") == "tutorial"
    assert part_of("explanation/anything") == "explanation"
    assert part_of("anything") == "how-to"
    assert part_of("data") == "reference"


def test_the_start_page_lists_known_pages_first_and_new_ones_after_them(tmp_path):
    for name in ("index.md", "scaling.md", "recipes.md", "a-new-one.md", "data.md"):
        (tmp_path / name).touch()
    assert with_pages("<!-- pages: how-to -->", tmp_path).splitlines()[4:-1] == ["recipes", "scaling", "a-new-one"]


def test_links_lead_to_where_the_files_are_in_the_site(tmp_path):
    page, readme, picture = tmp_path / "docs/how-to/a.md", tmp_path / "README.md", tmp_path / "docs/b.png"
    places = {page: tmp_path / "out/how-to/a.md", readme: tmp_path / "out/readme.md", picture: tmp_path / "out/b.png"}
    text = "[a](../../README.md#start) ![b](../b.png) [c](https://example.org) [d](#here)\n```python\nx[0](../b)\n```\n"
    assert linked(text, page, places) == text.replace("../../README.md", "../readme.md")
    readme_text = "![b](docs/b.png) [a](docs/how-to/a.md)"
    assert linked(readme_text, readme, places) == "![b](b.png) [a](how-to/a.md)"


def test_code_is_left_alone():
    assert outside_code("a\n```\na\n```\na\n", str.upper) == "A\n```\na\n```\nA\n"


def test_commands_are_described_in_full():
    page = command_page()
    assert "Without arguments it trains the recipe" in page, "of train, below its first line"
    assert "## numnist train\n" in page
    assert "### numnist data get\n" in page
    assert "install-completion" not in page


def test_help_is_readable():
    text = "**Arguments**: scans/*.png and *[default: 1]*, but *[default: False]*."
    assert readable(text) == r"**Arguments**: scans/\*.png and *[default: 1]*, but."


def test_a_chapter_quotes_the_source_and_ran():
    text = chapter("Dense")
    assert text.startswith("# Dense (layer)\n")
    assert ":caption: numnist/nn/dense.py, from line" in text
    assert "y = p.w @ x + p.b" in text
    assert "## Checked just now" in text


def test_prose_of_a_chapter_is_no_markup():
    assert plain("a*b [c] `d*e`") == r"a\*b \[c\] `d*e`"
    assert slug("im2col and col2im") == "im2col-and-col2im"


def test_a_notebook_becomes_a_page(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# First\n", "words"]},
        {"cell_type": "code", "source": "1 + 1", "outputs": [{"data": {"text/plain": ["2"]}}]},
        {"cell_type": "code", "source": "print(3)", "outputs": [{"text": ["3\n"]}]},
        {"cell_type": "code", "source": "d", "outputs": [{"data": {"text/html": "<b>d</b>", "text/plain": "d"}}]},
        {"cell_type": "code", "source": "f", "outputs": [{"data": {"image/png": base64.b64encode(b"png").decode()}}]},
    ]
    text = notebook(json.dumps({"cells": cells}), tmp_path / "first.ipynb")
    for part in ("# First\nwords", "```python\n1 + 1\n```", "```text\n2\n```", "```text\n3\n```", "<b>d</b>"):
        assert part in text
    assert "(first-4-0.png)" in text
    assert (tmp_path / "first-4-0.png").read_bytes() == b"png"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">'),
        (
            '<dt class="sig a"><dl><dd>x</dd></dl></dt>',
            '<dt class="sig a"><div class="sig-lines"><div>x</div></div></dt>',
        ),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
    ],
)
def test_pages_are_mended_for_screen_readers(before, after):
    assert mended(before) == after
