"""Where the processes of a search meet: Optuna's journal in a file, or a database."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numnist.experiment.sweeps.claims import alone
from numnist.support.errors import UsageError

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

RECORD = b'{"op_code"'  # begins each line of a journal
SQLITE = b"SQLite format 3"  # begins a database's file


def open_storage(where: str) -> BaseStorage:
    """A journal file by its path, or a database by its URL.  Raises UsageError where it cannot be opened."""
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend
    from sqlalchemy.exc import SQLAlchemyError

    advice = "give a file such as study.log, or a database such as sqlite:///study.db"
    try:
        if "://" not in where:
            path = Path(where)
            path.parent.mkdir(parents=True, exist_ok=True)
            check_journal(path)  # before it is mended, which would cut a file of another kind
            lock: Any = JournalLock(path)  # Optuna asks for two methods, but does not publish their base class
            return JournalStorage(JournalFileBackend(str(path), lock))
        options = {"connect_args": {"timeout": 60}} if where.startswith("sqlite:") else {}
        return RDBStorage(where, engine_kwargs=options)
    except (SQLAlchemyError, ImportError, ValueError, OSError) as error:  # the message has no password in it
        if isinstance(error, UsageError):
            raise
        why = " ".join(str(getattr(error, "orig", None) or error).split())  # the database's own words, without the SQL
        raise UsageError(f"--storage: it cannot be opened ({why}): {advice}.") from error


def check_journal(path: Path) -> None:
    """Raise UsageError where a file is there that is no journal of Optuna's, saying what it is."""
    if not path.exists():
        return
    advice = "give another file, which a search makes itself, or a database such as sqlite:///study.db"
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not _is_of_journal(line):
                what = "an SQLite database" if line.startswith(SQLITE) else f"no journal of a search (line {number})"
                known = f"name it sqlite:///{path}" if line.startswith(SQLITE) else advice
                raise UsageError(f"--storage {path}: the file is {what}: {known}.")


def _is_of_journal(line: bytes) -> bool:
    """Whether a line is a record of a journal, or the start of one that a dead process has written only half."""
    if not line.endswith(b"\n"):
        return line.startswith(RECORD[: len(line)])
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return isinstance(record, dict) and "op_code" in record


class JournalLock:
    """The lock of a journal file, which ends with its process; Optuna's own ones stay for 30 s after a killed process.

    Whoever gets the lock first cuts off a last line that a dead process has written only half.
    """

    def __init__(self, path: Path):
        self.path = path
        self.held = ExitStack()

    def acquire(self) -> bool:
        held = ExitStack()
        held.enter_context(alone(self.path.parent, self.path.name))
        self.held = held  # by now nobody else has it
        mend_journal(self.path)
        return True

    def release(self) -> None:
        self.held.close()


def mend_journal(path: Path) -> None:
    """Cut off a last line without an end."""
    with path.open("rb+") as file:
        end = file.seek(0, 2)
        if not end:
            return
        file.seek(end - 1)
        if file.read(1) != b"\n":
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)
