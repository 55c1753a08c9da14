"""The rooms of the server import one another in one direction only, so that there are no circles."""

from __future__ import annotations

import ast
from pathlib import Path

SERVE = Path(__file__).parents[2] / "numnist" / "serve"
ORDER = ["assets", "http", "processes", "state", "inference", "training", "routes", "schema", "app", "server"]


def imported(file: Path) -> set[str]:
    """The rooms of serve that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[2] for name in names if name.startswith("numnist.serve.")}
        assert "numnist.serve" not in names, f"{file}: name the module, so that this test sees the room"
    return found


def test_no_room_imports_a_later_one():
    for file in SERVE.rglob("*.py"):
        room = file.relative_to(SERVE).with_suffix("").parts[0]
        if room != "__init__":
            assert all(ORDER.index(other) <= ORDER.index(room) for other in imported(file)), file
