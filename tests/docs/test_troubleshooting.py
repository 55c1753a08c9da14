"""docs/troubleshooting.md: every message of it is one that numnist prints."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import numnist

PAGE = (Path(__file__).parents[2] / "docs" / "troubleshooting.md").read_text("utf-8")
MESSAGES = re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE)
GAP = "…"


@cache
def texts() -> frozenset[str]:
    """All texts in the source, with a gap where a value is put in."""
    found = set()
    for path in Path(numnist.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else GAP for part in node.values]
                found.add(normal("".join(map(str, parts))))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(normal(node.value))
    return frozenset(found)


def normal(text: str) -> str:
    """A text with one gap where several are, and without quotation marks around them."""
    return re.sub(rf"[“”'\"]?{GAP}(?:[“”'\"]?{GAP})*[“”'\"]?", GAP, text)


def test_there_are_messages():
    assert len(MESSAGES) > 20


@pytest.mark.parametrize("message", MESSAGES)
def test_numnist_prints_the_message(message):
    assert any(text.startswith(message) for text in texts()), f"no text in numnist is {message}"


def test_a_message_that_is_not_printed_is_seen():
    assert "… expects (features,) but gets …: put Flatten() before it." in texts()
    assert not any(text.startswith("… expects (features,) and gets …") for text in texts())
