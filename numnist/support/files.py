"""Atomic writes, so that a crash, a full disk or a power cut never leaves half a file."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

UNFINISHED = ".part"  # the end of a file's name while it is written; the name begins with a dot
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}  # of file systems without flock
NO_LINKS = {errno.EPERM, errno.EMLINK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}  # and without hard links
# Windows refuses to replace a file that a virus scanner or a reader has open at the moment: seconds between tries.
PAUSES = (0.01, 0.05, 0.2, 0.5) if sys.platform == "win32" else ()


@contextmanager
def atomic_writer(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary file that gets the name `path` when the block ends, and is removed if it raises.

    The temporary file is in the same folder (a rename is atomic only within one file system). It is flushed to disk
    before it is renamed, and its folder after that. Missing folders are made. An OSError names the file. What a killed
    process has left of the same file is removed.
    """
    path = Path(path)
    with _unfinished(path) as temporary:
        with _opened(temporary) as file:
            yield file
            _flush(file)
            if sys.platform == "win32":  # which renames no file that is open
                file.close()
            _replace(temporary, path)  # while it is held: nobody may take it for a dead one's
        sync_folder(path.parent, path)


def write_atomically(path: str | os.PathLike[str], data: bytes | bytearray | memoryview) -> None:
    """Write `data` to `path`: afterwards the file is the new one, or still the old one, never a mixture."""
    with atomic_writer(path) as file:
        file.write(data)


def write_new(paths: Iterator[Path], data: bytes) -> Path:
    """Write `data` to the first of these paths, of one folder, that is free, and return it.

    Nobody sees a part of it, and of several processes that do so at once each gets a path of its own.  Where it raises,
    nothing is there.  What killed processes have left in the folder is removed.
    """
    path = next(paths)
    remove_unfinished(path.parent)
    with _unfinished(path) as temporary:
        with _opened(temporary) as file:
            file.write(data)
            _flush(file)
            if sys.platform == "win32":
                file.close()
            while not _named(temporary, path):
                path = next(paths)
        try:
            temporary.unlink(missing_ok=True)
            sync_folder(path.parent, path)
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
    return path


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A temporary name for it, which is free again if the block raises; an OSError then names the path itself."""
    import secrets  # imported here, because few processes write

    stem = path.name.encode(errors="replace")[:100].decode(errors="ignore")  # names have at most 255 bytes
    temporary = path.parent / f".{stem}.{secrets.token_hex(8)}{UNFINISHED}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_unfinished(path.parent, f"{stem}.")
        yield temporary
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(temporary)):
            error.filename = str(path)  # "No space left on device" alone does not say where
            if error.filename2 is not None:
                del error.filename2  # None would be said
        raise


def _opened(temporary: Path) -> IO[bytes]:
    """A new file, held; tempfile's would be for its owner alone, whatever the umask."""
    while True:
        file = temporary.open("xb")
        try:
            if not _hold(file, wait=True) or is_at(temporary, file):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # before it was held, another process has taken it for a dead one's, and removed it


def _flush(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def is_at(path: Path, file: IO[bytes]) -> bool:
    """Whether an open file still has this name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


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
            if _hold(file, wait=False):
                path.unlink()


def _replace(temporary: Path, path: Path) -> None:
    for pause in PAUSES:
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(pause)
    temporary.replace(path)


def _named(temporary: Path, path: Path) -> bool:
    """Give a finished file its name, if nobody else has it."""
    try:
        os.link(temporary, path)
        return True
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    _replace(temporary, path)
    return True


if sys.platform == "win32":

    def _hold(file: IO[bytes], wait: bool) -> bool:
        """Nothing: Windows removes no file that is open."""
        return True

else:
    import fcntl

    def _hold(file: IO[bytes], wait: bool) -> bool:
        """Lock it until it is closed or its process ends.  False on a file system without locks.

        wait: for another process that looks whether it is a dead one's; otherwise raises OSError where one has it.
        """
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            return False
        return True
