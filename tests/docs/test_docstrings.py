"""docs/website/docstrings.py: the layout of numnist's docstrings in reStructuredText."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from textwrap import dedent

import pytest

import numnist
from website.docstrings import foreign, known, process, rest

WORD = re.compile(r"[^\W_]+")


def shown(text: str, *names: str) -> str:
    return rest(dedent(text).strip().splitlines(), set(names)).strip()


def test_a_sentence_stays_itself():
    assert shown("The mean\nof each window.") == "The mean of each window."


def test_formulas_and_shapes_have_lines_of_their_own():
    found = shown("y = w x + b.   x: (in, N) -> y: (units, N);   w: (units, in), b: (units, 1)", "units", "bias")
    assert found.splitlines() == ["| y = w x + b.", "| x: (in, N) -> y: (units, N)", "| w: (units, in), b: (units, 1)"]


def test_formulas_on_several_lines_stay_on_them():
    found = shown("m ← b·m + g;  v ← c·v + g²;\nθ ← θ - rate·m")
    assert found.splitlines() == ["| m ← b·m + g; v ← c·v + g²;", "| θ ← θ - rate·m"]


def test_fields_in_a_line_become_a_list():
    found = shown(
        "shift: of the side;  rotation: degrees (0\nto 45);  erase, flip: others", "shift", "rotation", "erase"
    )
    assert found.splitlines() == [
        "* ``shift``: of the side",
        "* ``rotation``: degrees (0 to 45)",
        "* ``erase``, ``flip``: others",
    ]


def test_a_semicolon_inside_a_description_ends_it_before_a_known_name_only():
    found = shown("kernel: one number; rows: two; padding: none", "kernel", "padding")
    assert found.splitlines() == ["* ``kernel``: one number; rows: two", "* ``padding``: none"]


def test_columns_become_a_list():
    found = shown("x           pictures,\n            or rows\nlabel_column  of a CSV\n", "x", "label_column")
    assert found.splitlines() == ["* ``x``: pictures, or rows", "* ``label_column``: of a CSV"]


def test_prose_that_begins_with_a_name_is_no_column():
    assert shown("x of the picture\nis wide", "x") == "x of the picture is wide"


def test_an_example_is_code():
    found = shown("Read it.\n\n    for each in read(x):\n        print(each)\n\nThen go on.")
    assert ".. code-block:: python\n\n    for each in read(x):\n        print(each)" in found
    assert found.endswith("Then go on.")


def test_what_is_raised_is_linked():
    found = shown("Read it.  Raises DataError for what cannot be read.")
    assert "\n**Raises** :py:obj:`DataError <numnist.DataError>` for" in found


def test_names_papers_and_marks():
    found = shown("See `train` and `other`, arxiv.org/abs/1412.6980, *args and coef_.")
    assert ":py:obj:`train <numnist.train>`" in found
    assert "``other``" in found
    assert "`arxiv.org/abs/1412.6980 <https://arxiv.org/abs/1412.6980>`__" in found
    assert r"\*args and coef\_." in found


def test_nothing_of_a_public_docstring_is_lost():
    """Each has as many of every word as before, or more: links repeat some."""
    for name in numnist.__all__:
        thing = getattr(numnist, name)
        before = inspect.getdoc(thing) or ""
        after = rest(before.splitlines(), known(thing))
        gone = Counter(WORD.findall(before)) - Counter(WORD.findall(after))
        assert not gone, (name, gone)


def test_sphinx_gets_its_lines_changed_in_place():
    lines = ["y = 2·x"]
    process(None, "class", "numnist.Dense", numnist.Dense, None, lines)
    assert lines[0] == "| y = 2·x"


@pytest.mark.parametrize(("module", "left_out"), [("numnist.nn.dense", None), ("sklearn.utils", True)])
def test_members_of_other_libraries_are_left_out(module, left_out):
    def member() -> None: ...

    member.__module__ = module
    assert foreign(None, "method", "member", member, False, None) is left_out
