"""Lock files: a folder, a run or a cache has one owner at a time, and a dead owner holds nothing."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from numnist.support.files import NO_LOCKS


class LockedError(OSError):
    """Another process holds the lock file; `owner` is its process number, as far as it can be read."""

    def __init__(self, owner: str):
        super().__init__(f"locked by process {owner}")
        self.owner = owner


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, with this process's number in it, until the block ends.

    The operating system releases the lock when the process ends, however it ends, so that none is left behind. On a
    file system without such locks the owner's name is in a file beside it, which the next takes over from a dead owner.
    Raises LockedError.
    """
    while True:
        with path.open("a+", encoding="utf-8") as file:
            try:
                _lock(file)
            except OSError as error:
                if error.errno in NO_LOCKS:
                    with _owned(path.with_name(f"{path.name}.owner")):
                        yield
                    return
                file.seek(0)
                raise LockedError(file.read()) from None
            if not _is_at(path, file):
                continue  # its last owner has just removed it: this lock is on a file without a name
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            try:
                yield
            finally:
                with suppress(OSError):  # Windows cannot remove an open file; an unlocked one does no harm
                    path.unlink()
            return


def _is_at(path: Path, file: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


@contextmanager
def _owned(path: Path) -> Iterator[None]:
    """Hold a file that says who has made it, process and machine, until the block ends.  Raises LockedError."""
    mine = path.with_name(f"{path.name}.{socket.gethostname()}.{os.getpid()}")
    mine.write_text(f"{os.getpid()} {socket.gethostname()}", "utf-8")
    try:
        while True:
            try:
                os.link(mine, path)  # at once with its text, and only if there is none
                break
            except FileExistsError:
                with suppress(FileNotFoundError):  # its owner has just ended
                    _take_over(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        mine.unlink(missing_ok=True)


def _take_over(path: Path) -> None:
    """Remove a dead owner's file.  Raises LockedError where the owner lives, or is of another machine."""
    owner = path.read_text("utf-8")
    if _lives(owner):
        raise LockedError(owner)
    taken = path.with_name(f"{path.name}.dead-{os.getpid()}")
    path.rename(taken)
    found = taken.read_text("utf-8")
    if found != owner:  # another process was faster, and this is its own
        os.link(taken, path)
    taken.unlink()


def _lives(owner: str) -> bool:
    number, _, host = owner.partition(" ")
    if host != socket.gethostname() or not number.isdecimal():
        return True  # as far as can be known from here
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process
        return True
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(1 << 30)  # beyond the text, so that others can read it
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
