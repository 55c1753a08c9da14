"""Atomic writes, so that a crash, a full disk or a power cut never leaves half a file."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from numnist.support.errors import UsageError

UNFINISHED = ".part"  # the end of a file's name while it is written; the name begins with a dot
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}  # of file systems without flock
# Windows refuses to replace a file that a virus scanner or a reader has open at the moment: seconds between tries.
PAUSES = (0.01, 0.05, 0.2, 0.5) if sys.platform == "win32" else ()


@contextmanager
def atomic_writer(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary file that gets the name `path` when the block ends, and is removed if it raises.

    The temporary file is in the same folder (a rename is atomic only within one file system). It is flushed to disk
    before it is renamed, and its folder after that. Missing folders are made. An OSError names the file. What a killed
    process has left of the same file is removed.
    """
    import secrets  # imported here, because few processes write

    path = Path(path)
    stem = path.name.encode()[:100].decode(errors="ignore")  # names have at most 255 bytes
    temporary = path.parent / f".{stem}.{secrets.token_hex(8)}{UNFINISHED}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_unfinished(path.parent, f"{stem}.")
        try:
            with temporary.open("xb") as file:  # tempfile's would be for its owner alone, whatever the umask
                _hold(file)
                yield file
                file.flush()
                os.fsync(file.fileno())
            _replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent, path)
    except OSError as error:
        if error.filename in (None, str(temporary)):  # "No space left on device" alone does not say where
            error.filename, error.filename2 = str(path), None
        raise


def write_atomically(path: str | os.PathLike[str], data: bytes | bytearray | memoryview) -> None:
    """Write `data` to `path`: afterwards the file is the new one, or still the old one, never a mixture."""
    with atomic_writer(path) as file:
        file.write(data)


def write_folder(path: str | os.PathLike[str], files: Mapping[str, bytes]) -> None:
    """Write a folder with exactly these files, by their names: whole, or not at all.

    A folder that is there is replaced, if it has no other files than these.  Raises UsageError if it has, so that
    nothing of anybody's is lost.
    """
    import shutil
    import tempfile

    path = Path(path)
    if path.exists():
        other = (
            sorted({each.name for each in path.iterdir()} - {*files, "__pycache__"}) if path.is_dir() else [path.name]
        )
        if other:
            raise UsageError(
                f"{path} holds {other[0]!r}, which would be lost: give another name, or take out what is yours."
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=UNFINISHED))
    try:
        new = work / "new"
        new.mkdir()
        for name, data in files.items():
            write_atomically(new / name, data)
        if path.exists():
            path.rename(work / "old")
        new.rename(path)
    except BaseException:
        if (work / "old").exists() and not path.exists():
            (work / "old").rename(path)
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def sync_folder(folder: Path, new: Path) -> None:
    """Flush a folder to disk: the names in it, which a power cut could undo.   new: what an OSError is to name"""
    if sys.platform == "win32":  # which can open no folder, and needs none to be flushed
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # not every file system can
            error.filename = str(new)
            raise
    finally:
        os.close(descriptor)


def remove_unfinished(folder: Path, stem: str = "") -> None:
    """Remove what killed processes have left half-written in a folder; what is being written stays.

    stem: the start of a file's name, where it is about that file alone
    """
    try:
        there = list(folder.iterdir())
    except OSError:  # a folder that may be written and not be read
        return
    for path in there:
        if not (path.name.startswith(f".{stem}") and path.name.endswith(UNFINISHED)):
            continue
        with suppress(OSError), path.open("rb") as file:
            _hold(file)
            path.unlink()


def _replace(temporary: Path, path: Path) -> None:
    for pause in PAUSES:
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(pause)
    temporary.replace(path)


if sys.platform == "win32":

    def _hold(file: IO[bytes]) -> None:
        """Nothing: Windows removes no file that is open."""

else:
    import fcntl

    def _hold(file: IO[bytes]) -> None:
        """Lock it until it is closed or its process ends.  Raises OSError where another process writes it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
