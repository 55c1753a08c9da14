"""Lock files: a folder, a run or a cache has one owner at a time, and a dead owner holds nothing."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import IO

from numnist.support.files import NO_LOCKS, is_at

SAID = 0.5  # seconds in which an owner has written its number into the file that it holds
LOOK = 0.01  # seconds between two looks


class LockedError(OSError):
    """Another process holds the lock file; `owner` is its process number, as far as it can be read."""

    def __init__(self, owner: str):
        super().__init__(f"locked by process {owner}")
        self.owner = owner


@contextmanager
def locked(path: Path, patience: float | None = 0.0) -> Iterator[None]:
    """Hold a lock file, with this process's number in it, until the block ends.

    The operating system releases the lock when the process ends, however it ends, so that none is left behind. On a
    file system without such locks the owner's name is in a file beside it, which the next takes over from a dead owner.
    patience: how many seconds to wait for it, None for ever.
    Raises LockedError, and OSError where the file cannot be written.
    """
    started = time.monotonic()
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(_locked_now(path))
                break
            except LockedError:
                if patience is not None and time.monotonic() - started >= patience:
                    raise
            time.sleep(LOOK)
        yield


@contextmanager
def _locked_now(path: Path) -> Iterator[None]:
    until = time.monotonic() + SAID
    while True:
        with path.open("a+b", buffering=0) as file:
            try:
                _lock(file)
            except BlockingIOError:
                file.seek(0)
                owner = file.read().decode(errors="replace")
                if _runs(owner) or time.monotonic() > until:
                    raise LockedError(owner) from None
                time.sleep(LOOK)  # its number is of a dead owner, until the new one has written its own
                continue
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise
                with _owned(path.with_name(f"{path.name}.owner")):
                    try:
                        yield
                    finally:
                        path.unlink(missing_ok=True)
                return
            if not is_at(path, file):
                continue  # its last owner has just removed it: this lock is on a file without a name
            try:
                _sign(file, path)
                yield
            finally:
                with suppress(OSError):  # Windows cannot remove an open file; an unlocked one does no harm
                    path.unlink()
            return


def _sign(file: IO[bytes], path: Path) -> None:
    try:
        file.truncate(0)
        file.write(str(os.getpid()).encode())
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def _owned(path: Path) -> Iterator[None]:
    """Hold a file that says who has made it, process and machine, until the block ends.  Raises LockedError."""
    mine = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        mine.write_text(f"{os.getpid()} {socket.gethostname()}", "utf-8")
        while True:
            try:
                os.link(mine, path)  # at once with its text, and only if there is none
                break
            except FileExistsError:
                with suppress(FileNotFoundError):  # its owner has just ended
                    _take_over(path, mine)
        _remove_dead(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        mine.unlink(missing_ok=True)


def _take_over(path: Path, mine: Path) -> None:
    """Remove a dead owner's file.  Raises LockedError where the owner lives, or is of another machine.

    Of all that try, the one with the heir's file removes it, so that none removes what a new owner has made meanwhile.
    mine: a file that says who this process is
    """
    owner = path.read_text("utf-8")
    if _lives(owner):
        raise LockedError(owner)
    heir = path.with_name(f"{path.name}.heir")
    try:
        os.link(mine, heir)
    except FileExistsError:
        with suppress(LockedError, FileNotFoundError):  # it lives, and is done in a moment
            _take_over(heir, mine)
        time.sleep(LOOK)
        return
    try:
        if not _lives(path.read_text("utf-8")):
            path.unlink()
    finally:
        heir.unlink()


def _remove_dead(path: Path) -> None:
    """Remove what dead processes have left that had, or wanted, this owner's file."""
    for left in path.parent.glob(f"{escape(path.name)}.*-*"):
        with suppress(OSError):
            if not _lives(left.read_text("utf-8")):
                left.unlink()


def _lives(owner: str) -> bool:
    """Whether an owner is at work, as far as can be known from here."""
    number, _, host = owner.partition(" ")
    return host != socket.gethostname() or not number.isdecimal() or _runs(number)


def _runs(number: str) -> bool:
    """Whether there is a process of this machine with that number."""
    if sys.platform == "win32":  # where to ask would be to interrupt it
        return True
    if not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's process
        return True
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        """Raises BlockingIOError where another has it."""
        file.seek(1 << 30)  # beyond the text, so that others can read it
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(*error.args) from None

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        """Raises BlockingIOError where another has it."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
