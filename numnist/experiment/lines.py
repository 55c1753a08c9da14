"""Files of a run that have a line in JSON for each epoch, or for some steps; they may come from a stranger."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numnist.support.errors import ModelFileError
from numnist.support.reading import from_json, read_text

METRICS = "metrics.jsonl"
MOST = 1 << 26  # bytes of a file; an epoch has some 200
_WHOLE = 2**53  # whole numbers up to it are floats too
_MEASURED = ("loss", "accuracy", "seconds")
_VALIDATION = ("validation_loss", "validation_accuracy")  # None without validation pictures

T = TypeVar("T")


def read_lines(path: Path, understand: Callable[[dict[str, Any]], T], without: str = "") -> list[T]:
    """What its lines say; none where there is no such file.  Raises ModelFileError, naming the line.

    understand: raises ValueError, LookupError or TypeError for what is no such line;  without: what is done without
    the file
    """
    try:
        lines = read_text(path, MOST).splitlines()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be read: {error}.{without}") from error
    found = []
    for at, line in enumerate(lines, 1):
        try:
            table = from_json(line)
            if not isinstance(table, dict):
                raise TypeError
            found.append(understand(table))
        except (ValueError, LookupError, TypeError) as error:
            raise ModelFileError(
                f"{path}, line {at}, is none that numnist has written: {line[:40]!r}. Remove the file or put the "
                f"whole one back.{without}"
            ) from error
    return found


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """The records of the epochs that are done, as `Epoch.record` makes them.  Raises ModelFileError."""
    return read_lines(folder / METRICS, _record)


def whole(value: Any) -> int:
    """A whole number from 1.  Raises ValueError."""
    if type(value) is not int or not 1 <= value <= _WHOLE:
        raise ValueError
    return value


def number(value: Any) -> float:
    """A number that is finite.  Raises ValueError."""
    if (type(value) is int and abs(value) <= _WHOLE) or (type(value) is float and math.isfinite(value)):
        return value
    raise ValueError


def _record(table: dict[str, Any]) -> dict[str, Any]:
    whole(table["epoch"])
    for name in _MEASURED:
        number(table[name])
    for name in _VALIDATION:
        if table[name] is not None:
            number(table[name])
    if "learnt" in table:
        number(table["learnt"])
        whole(table["pictures"])
    return table
