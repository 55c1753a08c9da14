"""The bugs that planted_bugs.py plants, as benchmarks/planted/*.toml list them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Bug:
    """One bug.

    wrong: what is wrong with it, which is its name, too;  file: from the root;  old: what stands there, once;
    new: what is planted;  tests: which are likely to catch it
    """

    wrong: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """Whose tests are likely to catch it; `python -m numnist` is a part of the command line."""
        name = Path(self.file).parts[1].removesuffix(".py")
        return "cli" if name == "__main__" else name


def faults_of(folder: Path) -> list[Bug]:
    """All bugs.  Raises SystemExit where one cannot be planted any more, or two have the same name."""
    bugs = []
    for path in sorted(folder.glob("*.toml")):
        for each in tomllib.loads(path.read_text("utf-8"))["bug"]:
            bugs.append(Bug(**each | {"tests": tuple(each.get("tests", ()))}))
    names = [bug.wrong for bug in bugs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SystemExit(f"two bugs have the name {twice[0]!r}.")
    for bug in bugs:
        planted(bug, (ROOT / bug.file).read_text("utf-8"))
    return bugs


def planted(bug: Bug, text: str) -> str:
    """The text with the bug.  Raises SystemExit unless what it replaces stands there once."""
    if bug.old == bug.new or text.count(bug.old) != 1:
        raise SystemExit(f"{bug.file}: the bug {bug.wrong!r} replaces what stands there {text.count(bug.old)} times.")
    return text.replace(bug.old, bug.new)
