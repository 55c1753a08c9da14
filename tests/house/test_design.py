"""docs/design.md: the files that it names exist, and each way through the house passes a file once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import numnist

PACKAGE = Path(numnist.__file__).parent
DESIGN = (PACKAGE.parent / "docs" / "design.md").read_text("utf-8")
WAYS = re.findall(r"^\*\*The way of (.*?)\*\*(.*?)(?=^\*\*The way|^## )", DESIGN, re.DOTALL | re.MULTILINE)


def files(text: str) -> list[str]:
    """All files named in first cells; of several in one cell the later ones may leave out the first one's folder."""
    found = []
    for cell in re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE):
        first, *others = re.findall(r"`([\w/.-]+\.(?:py|js))`", cell)
        found += [first, *(name if "/" in name else f"{first.rpartition('/')[0]}/{name}" for name in others)]
    return found


def test_there_are_four_ways():
    assert [way.split(",")[0] for way, _ in WAYS] == ["a picture", "a batch", "a gradient", "a request"]


@pytest.mark.parametrize(("way", "text"), WAYS, ids=[way for way, _ in WAYS])
def test_every_file_of_a_way_exists_and_is_passed_once(way, text):
    passed = files(text)
    assert len(passed) >= 8
    assert len(passed) == len(set(passed)), f"the way of {way} passes a file twice"
    assert not [file for file in passed if not (PACKAGE / file).is_file()]


def test_every_file_that_the_text_names_exists():
    named = set(re.findall(r"`((?:\w+/)+[\w-]+\.(?:py|js|toml))`", DESIGN))
    assert len(named) > 40
    assert not sorted(name for name in named if not any((root / name).is_file() for root in (PACKAGE, PACKAGE.parent)))
