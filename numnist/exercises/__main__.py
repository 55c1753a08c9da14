"""The child of process.py: imports the student's file, checks what it finds, and leaves the result in a folder.

python -m numnist.exercises FILE FOLDER SECONDS
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from numnist.exercises.catalog import EXERCISES
from numnist.exercises.checking import Finding, check_function
from numnist.exercises.process import THE_FILE, Checked, to_json
from numnist.exercises.student import StudentError, import_file
from numnist.support.files import write_atomically


def check(path: Path, folder: Path, seconds: float) -> None:
    sys.dont_write_bytecode = True  # no __pycache__ beside the student's file
    sys.argv = [str(path)]

    with (folder / "dump").open("w") as dump:

        @contextmanager
        def watch(what: str) -> Iterator[None]:
            """End the process, and leave the line where it was, if this takes longer than `seconds`."""
            (folder / "now").write_text(what, "utf-8")
            faulthandler.dump_traceback_later(seconds, exit=True, file=dump)
            try:
                yield
            finally:
                faulthandler.cancel_dump_traceback_later()

        def leave(text: str) -> None:
            write_atomically(folder / "result", text.encode())

        try:
            student = import_file(path, watch)
        except StudentError as error:
            leave(to_json([Checked("", (Finding(THE_FILE, error.text, line=error.line),))], True))
            return
        found = [exercise for exercise in EXERCISES.values() if student.has(exercise.function)]
        if not found:
            names = ", ".join(exercise.function for exercise in EXERCISES.values())
            leave(json.dumps({"usage": f"has none of the functions {names}: `numnist exercise NAME` writes a file."}))
        checked: list[Checked] = []
        for exercise in found:
            checked.append(Checked(exercise.name, tuple(check_function(exercise, student))))
            leave(to_json(checked, done=exercise is found[-1]))


def main(path: Path, folder: Path, seconds: float) -> None:
    """Check, and end at once, whatever threads the file has started."""
    try:
        check(path, folder, seconds)
    except Exception:  # ours: what the file raises is part of the result
        write_atomically(folder / "result", json.dumps({"bug": traceback.format_exc()}).encode())
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
