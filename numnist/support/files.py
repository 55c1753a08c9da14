"""Atomic writes, so that a crash or a full disk never leaves half a file; and lock files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def atomic_writer(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary file that gets the name `path` when the block ends, and is removed if it raises.

    The temporary file is in the same folder (a rename is atomic only within one file system) and is flushed to
    disk before it is renamed.  Missing folders are made.
    """
    import tempfile  # imported here, because few processes write

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # mkstemp makes files that only their owner can read
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_atomically(path: str | os.PathLike[str], data: bytes | bytearray | memoryview) -> None:
    """Write `data` to `path`: afterwards the file is the new one, or still the old one, never a mixture."""
    with atomic_writer(path) as file:
        file.write(data)


class LockedError(OSError):
    """Another process holds the lock file; `owner` is its process number, as far as it can be read."""

    def __init__(self, owner: str):
        super().__init__(f"locked by process {owner}")
        self.owner = owner


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, with this process's number in it, until the block ends.

    The operating system releases the lock when the process ends, however it ends, so that none is left behind.
    Raises LockedError.
    """
    while True:
        with path.open("a+") as file:
            try:
                _lock(file)
            except OSError:
                file.seek(0)
                raise LockedError(file.read()) from None
            if not (path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno()))):
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


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(1 << 30)  # beyond the text, so that others can read it
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
