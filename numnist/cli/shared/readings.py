"""The readings of `numnist predict` on stdout: as a table, JSON, JSON lines, or the CSV of competitions."""

from __future__ import annotations

import csv
import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Protocol

from numnist.cli.shared.printing import note, result, table
from numnist.data.pictures import STDIN, Unreadable, find
from numnist.data.rows import holds_rows
from numnist.model.reading import Reading
from numnist.support.errors import UsageError
from numnist.support.format import percent


class Writer(Protocol):
    """Writes readings one after the other."""

    def write(self, reading: Reading | Unreadable) -> None: ...

    def close(self) -> None: ...


def entry(reading: Reading | Unreadable) -> dict[str, Any]:
    """In JSON types.  What could not be read has no label, and says why."""
    if isinstance(reading, Unreadable):
        return {"file": reading.file, "label": None, "probability": None, "sure": False, "error": reading.why}
    where = {"file": reading.file} if reading.row is None else {"file": reading.file, "row": reading.row}
    return where | reading.to_dict()


class JsonWriter:
    """One array, each entry as it comes."""

    def __init__(self) -> None:
        self._before = "[\n"

    def write(self, reading: Reading | Unreadable) -> None:
        sys.stdout.write(self._before + textwrap.indent(json.dumps(entry(reading), indent=2), "  "))
        self._before = ",\n"

    def close(self) -> None:
        result("\n]")


class JsonLinesWriter:
    """One line for each entry."""

    def write(self, reading: Reading | Unreadable) -> None:
        result(json.dumps(entry(reading)))

    def close(self) -> None:
        pass


class CsvWriter:
    """Two columns: which picture, and its label.

    Rows of a file are numbered from 1.  Pictures have the names of their files, or their paths if two names are equal.
    Where there is no label the cell is empty.  Raises UsageError for rows of several files, or beside pictures.
    """

    def __init__(self, words: Sequence[str], columns: tuple[str, str]) -> None:
        files = [each for each in find(words, lambda text: None) if isinstance(each, str)]
        rows = [file for file in files if file != STDIN and holds_rows(file)]
        if rows and len(files) > 1:
            raise UsageError(f"--csv numbers the rows of {rows[0]} from 1: give it alone, or use --jsonl.")
        self._paths = len({PurePath(file).name for file in files}) < len(files)
        if self._paths:
            note("Pictures", f"several files have the same name, so {columns[0]} is the path of each")
        self._without = self._unknown = 0
        self._out = csv.writer(sys.stdout, lineterminator="\n")
        self._out.writerow(columns)

    def write(self, reading: Reading | Unreadable) -> None:
        label = None if isinstance(reading, Unreadable) else reading.label
        row = None if isinstance(reading, Unreadable) else reading.row
        file = PurePath(reading.file or "")
        self._without += label is None
        self._unknown += isinstance(reading, Reading) and reading.unknown
        self._out.writerow([row or (file.as_posix() if self._paths else file.name), label])

    def close(self) -> None:
        sys.stdout.flush()
        if self._without:
            note("No label", f"{self._without:,} pictures show nothing or could not be read: their cells are empty")
        if self._unknown:
            note(
                "Unknown", f"{self._unknown:,} pictures are like nothing the model knows: the nearest label is printed"
            )


class TableWriter:
    """For people."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, ...]] = []

    def write(self, reading: Reading | Unreadable) -> None:
        file = reading.file or ""
        if isinstance(reading, Unreadable):
            self._rows.append((file, "could not be read", "", "", ""))
            return
        if reading.row is not None:
            file = f"{file}:{reading.row}"
        if reading.blank or reading.label is None or reading.probability is None:
            self._rows.append((file, "nothing drawn", "", "", ""))
            return
        self._rows.append((file, reading.label, percent(reading.probability, 1), sureness(reading), others(reading)))

    def close(self) -> None:
        table(("file", "prediction", "probability", "", "next best"), self._rows, right=("probability",))


def sureness(reading: Reading) -> str:
    """Whether the model is sure, and why not if the probabilities do not say it."""
    if reading.unknown:
        return f"like {known_things(reading)} I know; nearest: {reading.label}"
    if reading.sure:
        return "sure"
    return "not sure" if reading.clear else "not sure: there is more than digits side by side"


def known_things(reading: Reading) -> str:
    """What an unknown picture is not like, in the words of the model's classes."""
    digits = all(each.label.isdecimal() for part in reading.parts for each in part.probabilities)
    return ("no number" if len(reading.parts) > 1 else "no digit") if digits else "nothing"


def others(reading: Reading) -> str:
    """What else it may be; of several digits how probable each is."""
    if len(reading.parts) > 1:
        return ", ".join(f"{part.label} {percent(part.probability, 1)}" for part in reading.parts)
    return ", ".join(f"{other.label} {percent(other.probability, 1)}" for other in reading.top[1:])
