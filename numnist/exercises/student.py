"""The student's file: imported as `python mine.py` would run it, and called with its faults told by its own lines.

It is the student's own program on the student's own machine, so nothing is held back from it.  It runs in a process of
its own (process.py), which may be ended whatever it does.
"""

from __future__ import annotations

import linecache
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from statistics import mode
from types import ModuleType
from typing import Any

import numpy as np

Watch = Callable[[str], AbstractContextManager[Any]]  # around what may never end: "exercise: case", "" for the import
LONGEST = 300  # characters of an error's message


class StudentError(Exception):
    """What went wrong in the student's file, and in which line of it."""

    def __init__(self, text: str, line: int | None = None):
        super().__init__(text)
        self.text, self.line = text, line


@dataclass(frozen=True)
class StudentFile:
    """A student's file after its import."""

    path: Path
    module: ModuleType
    watch: Watch

    def has(self, name: str) -> bool:
        return callable(getattr(self.module, name, None))

    def call(self, name: str, arguments: dict[str, Any], what: str) -> Any:
        """What a function returns for copies of these arguments.   what: in words, for `watch`

        Raises StudentError if it raises, or changes the arrays that it is given.
        """
        given = deepcopy(arguments)
        with np.errstate(all="ignore"):  # what becomes of it is told with the result
            returned = self._run(name, given, what)
        changed = [key for key, value in given.items() if not np.array_equal(value, arguments[key], equal_nan=False)]
        if changed:
            line = self._line_of_fault(name, _read_only(arguments), what, ValueError)
            raise StudentError(
                f"{name} changes {changed[0]}, which belongs to the caller: make a new array instead, as with "
                f"{changed[0]}.copy(), or a = a - b instead of a -= b.", line,
            )  # fmt: skip
        return returned

    def line_of_no_number(self, name: str, arguments: dict[str, Any], what: str) -> tuple[int | None, str]:
        """The line in which a NaN or an infinity first comes out of numbers, and NumPy's words."""
        with np.errstate(divide="raise", invalid="raise", over="raise", under="ignore"):
            try:
                self._run(name, deepcopy(arguments), what)
            except StudentError as error:
                cause = error.__cause__
                if isinstance(cause, ArithmeticError):
                    return error.line, str(cause)
        return None, ""

    def line_of(self, text: str) -> int | None:
        """The number of the only line that says exactly this, without spaces at its ends and without a comment."""
        lines = linecache.getlines(str(self.path))
        found = [i for i, line in enumerate(lines, 1) if line.partition("#")[0].strip() == text]
        return found[0] if len(found) == 1 else None

    def _line_of_fault(self, name: str, arguments: dict[str, Any], what: str, kind: type[Exception]) -> int | None:
        try:
            self._run(name, arguments, what)
        except StudentError as error:
            return error.line if isinstance(error.__cause__, kind) else None
        return None

    def _run(self, name: str, arguments: dict[str, Any], what: str) -> Any:
        with self.watch(what):
            try:
                return getattr(self.module, name)(*arguments.values())  # parameters may have other names
            except BaseException as error:  # also SystemExit, and whatever else a file may raise
                raise told(error, self.path, name) from error


def import_file(path: Path, watch: Watch) -> StudentFile:
    """Import a file as `python FILE` runs it, but for `if __name__ == "__main__"`.

    Its folder comes first on the import path.  Raises StudentError if it is no Python, or raises.
    """
    loader = SourceFileLoader(f"checked_{path.stem}", str(path))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[loader.name] = module  # dataclasses look for it there
    sys.path.insert(0, str(path.parent))
    with watch(""):
        try:
            loader.exec_module(module)
        except BaseException as error:
            raise told(error, path, path.name) from error
    return StudentFile(path, module, watch)


def told(error: BaseException, path: Path, who: str) -> StudentError:
    """An exception by the last line of the student's file that it has passed, rather than by our traceback.

    who: the name of the function, or of the file during its import
    """
    message = " ".join(str(error).split())
    message = message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"
    if isinstance(error, SyntaxError) and error.filename in (str(path), None):
        return StudentError(f"{who} is no Python: {error.msg}.", error.lineno)
    if isinstance(error, SystemExit):
        message = f"{who} ends Python ({message or 'sys.exit'})"
    else:
        message = f"{who} raises {type(error).__name__}{f': {message}' if message else ''}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    if isinstance(error, RecursionError) and lines:  # the call that comes back again and again
        return StudentError(message, mode(lines))
    return StudentError(message, lines[-1] if lines else None)


def _read_only(arguments: dict[str, Any]) -> dict[str, Any]:
    given = deepcopy(arguments)
    for value in given.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    return given
