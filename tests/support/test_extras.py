"""How an extra is installed: as it works today, from a clone, and said in one place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]


def texts() -> dict[Path, str]:
    """All that users read: the program and the pages."""
    files = [*(ROOT / "numnist").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    return {path: path.read_text("utf-8") for path in files}


def test_every_extra_that_is_named_exists():
    named = {}
    for path, text in texts().items():
        found = re.findall(r"(?:\binstall\('|'\.\[)([\w,]+)(?:'\)|\]')", text)
        named |= {name: path for names in found for name in names.split(",")}
    assert {"mpi", "search", "cluster", "heic", "parquet", "bench"} <= named.keys() <= EXTRAS.keys()


def test_no_text_takes_numnist_from_a_package_index():
    wrong = re.compile(r"pip install \S*numnist")
    assert not [str(path) for path, text in texts().items() if wrong.search(text)]
