"""The process in which a student's file runs, so that one that never ends, or ends Python, only ends that process."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from numnist.exercises.checking import Finding
from numnist.support.children import command, options
from numnist.support.errors import UsageError

SECONDS = 10.0  # for each call, which takes milliseconds
THE_FILE = "the file itself"
NOTHING: dict[str, Any] = {"checked": [], "done": False}


@dataclass(frozen=True)
class Checked:
    """The findings of one exercise; of the file itself, with no exercise, if it could not be imported."""

    exercise: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)


def check_file(path: Path, seconds: float = SECONDS) -> list[Checked]:
    """Check every exercise whose function a file defines.   seconds: at most for each call of a function

    What the file prints goes to stderr.  Raises UsageError if there is no such file, or it has no such function.
    """
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not there"
        raise UsageError(
            f"{path} is {kind}: give the Python file that holds your solution, as in `numnist check mine.py`."
        )
    if path.suffix == ".ipynb":
        raise UsageError(f"{path} is a notebook: save its code as a .py file (File, Save and Export, in Jupyter).")
    with tempfile.TemporaryDirectory(prefix="numnist-") as folder:
        place = Path(folder)
        code = _run([*command("numnist.exercises"), str(path.resolve()), folder, str(seconds)], path)
        record = json.loads((place / "result").read_text("utf-8")) if (place / "result").exists() else NOTHING
        if "usage" in record:
            raise UsageError(f"{path} {record['usage']}")
        if "bug" in record:
            raise RuntimeError(f"the check itself failed: {record['bug']}")
        checked = [
            Checked(each["exercise"], tuple(Finding(**f) for f in each["findings"])) for each in record["checked"]
        ]
        return checked if record["done"] else [*checked, _unfinished(path, place, code, seconds)]


def _run(words: list[str], path: Path) -> int:
    """The exit code of the child, which never outlives this call."""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=2, **options()) as child:
        try:
            return child.wait()
        finally:
            child.kill()


def _unfinished(path: Path, place: Path, code: int, seconds: float) -> Checked:
    """What is known where the child has ended before its time."""
    now = (place / "now").read_text("utf-8") if (place / "now").exists() else ""
    dump = (place / "dump").read_text("ascii", "replace") if (place / "dump").exists() else ""
    exercise, _, case = now.partition(": ")
    name = exercise.replace("-", "_") or path.name
    escaped = str(path.resolve()).encode("ascii", "backslashreplace").decode()  # as faulthandler writes it
    lines = re.findall(rf'File "{re.escape(escaped)}", line (\d+)', dump)
    if dump.startswith("Timeout"):
        text = f"{name} had not ended after {seconds:g} seconds: does a loop never stop?"
    else:
        text = f"{name} ended Python (exit code {code})."
    return Checked(exercise, (Finding(case or THE_FILE, text, line=int(lines[0]) if lines else None),))


def to_json(checked: list[Checked], done: bool) -> str:
    """The result as the child leaves it.   done: whether nothing is to follow"""
    record = [{"exercise": each.exercise, "findings": [asdict(f) for f in each.findings]} for each in checked]
    return json.dumps({"checked": record, "done": done})
