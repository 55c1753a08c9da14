"""The page's modules: they import one way, words < base < drawing < panels < main, and each of them is used."""

from __future__ import annotations

import re
from pathlib import Path

from numnist.serve.assets.files import PAGE

ORDER = ("words", "base", "drawing", "panels", "main.js")
IMPORT = re.compile(r'from "(\.[^"]+)"')


def imports() -> dict[Path, list[Path]]:
    """Module -> the modules that it imports."""
    found = {}
    for path in PAGE.rglob("*.js"):
        names = IMPORT.findall(path.read_text("utf-8"))
        found[path] = [(path.parent / name).resolve() for name in names]
    return found


def room(path: Path) -> int:
    return ORDER.index(path.relative_to(PAGE).parts[0])


def test_modules_import_one_way():
    back = [
        f"{path} imports {other}" for path, others in imports().items() for other in others if room(other) > room(path)
    ]
    assert back == []


def test_there_are_no_import_circles():
    waiting = {path: set(others) for path, others in imports().items()}
    while free := [path for path, others in waiting.items() if not others & waiting.keys()]:
        for path in free:
            del waiting[path]
    assert sorted(waiting) == []


def test_every_import_is_there_and_every_module_is_imported():
    found = imports()
    imported = {other for others in found.values() for other in others}
    assert imported == found.keys() - {PAGE / "main.js"}


def test_main_css_names_every_style_sheet():
    named = re.findall(r'@import "([^"]+\.css)"', (PAGE / "main.css").read_text("utf-8"))
    others = {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*.css")} - {"main.css"}
    assert sorted(named) == sorted(others)
