"""The place of a run folder: the folder itself, wherever it is moved while its run trains, rather than a name."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from numnist.support.errors import NumnistError, UsageError
from numnist.support.files import sync_folder, write_atomically
from numnist.support.locks import locked

# Endings of a hidden folder and of the lock file beside it. What has them is removed when its maker has died: they are
# such as nobody else's files have.
NEW, LOCK = ".numnist-new", ".numnist-lock"
PATIENCE = 10.0  # seconds for a lock of one's own, which others hold for a moment to see whether its maker lives


class GoneError(NumnistError):
    """A run folder was removed while its run was at work."""


class Place:
    """A folder by its identity.  `folder` is where it is now."""

    def __init__(self, folder: Path):
        self._last = folder
        self._descriptor: int | None = None
        if sys.platform == "win32":  # which opens no folders; it does not rename one with an open file in it either
            self._identity = folder.stat()
        else:
            self._descriptor = os.open(folder, os.O_RDONLY)
            self._identity = os.fstat(self._descriptor)
            weakref.finalize(self, os.close, self._descriptor)

    @property
    def folder(self) -> Path:
        """Where the folder is now.  Raises GoneError if it was removed, or moved to where it cannot be found."""
        if not self._is(self._last):
            moved = self._moved()
            if moved is None or not self._is(moved):
                raise GoneError(f"{self._last} was removed, or moved away, while its run was at work.")
            with suppress(ValueError):  # it is under this folder, and was named from here
                moved = moved if self._last.is_absolute() else moved.relative_to(Path.cwd())
            self._last = moved
        return self._last

    def rescue_names(self) -> Iterator[Path]:
        """Folders beside it for what should have gone into it: NAME-rescued, NAME-rescued-2 ..."""
        name = f"{self._last.name}-rescued"
        return (self._last.with_name(name if n == 1 else f"{name}-{n}") for n in count(1))

    def _is(self, folder: Path) -> bool:
        try:
            return os.path.samestat(folder.stat(), self._identity)
        except OSError:
            return False

    def _moved(self) -> Path | None:
        """What the system calls the folder that is open here."""
        if sys.platform == "linux":
            with suppress(OSError):
                return Path(f"/proc/self/fd/{self._descriptor}").readlink()
        elif sys.platform == "darwin":
            import fcntl

            with suppress(OSError):
                found = fcntl.fcntl(self._descriptor or 0, fcntl.F_GETPATH, bytes(1024))
                return Path(os.fsdecode(found.rstrip(b"\0")))
        return None


class NewFolder:
    """folder: the name that it will have;  hidden: where it is filled, beside it."""

    def __init__(self, folder: Path):
        self.folder = folder
        stem = folder.name.encode(errors="replace")[:100].decode(errors="ignore")  # names have at most 255 bytes
        self.hidden = folder.with_name(f".{stem}.{secrets.token_hex(4)}{NEW}")


@contextmanager
def appearing(names: Iterable[Path]) -> Iterator[NewFolder]:
    """A hidden folder that gets the first of these names that is free when the block ends, and is removed if it raises.

    So a folder appears whole or not at all; what a killed process has left hidden is removed by the next one here.
    Raises UsageError if all are taken.
    """
    names = iter(names)
    new = NewFolder(_free(names))
    parent = new.folder.parent
    there = parent.exists()
    parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(parent)
    try:
        with locked(new.hidden.with_suffix(LOCK), PATIENCE):
            new.hidden.mkdir()
            try:
                yield new
                while not renamed(new.hidden, new.folder):
                    new.folder = _free(names, new.folder)
            except BaseException:
                shutil.rmtree(new.hidden, ignore_errors=True)
                raise
            sync_folder(parent, new.folder)
    except BaseException:
        if not there:
            with suppress(OSError):  # something else is in it
                parent.rmdir()
        raise


@contextmanager
def hidden_folder(parent: Path, name: str) -> Iterator[Path]:
    """A hidden folder, which is removed when the block ends; if its process dies before, by the next one here."""
    parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(parent)
    hidden = NewFolder(parent / name).hidden
    with locked(hidden.with_suffix(LOCK), PATIENCE):
        hidden.mkdir()
        try:
            yield hidden
        finally:
            shutil.rmtree(hidden, ignore_errors=True)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder with exactly these files, by their names: whole, or not at all.

    A folder that is there is replaced, if it has no other files than these.  Raises UsageError if it has, so that
    nothing of anybody's is lost.
    """
    if path.exists():
        there = {each.name for each in path.iterdir()} - {*files, "__pycache__"} if path.is_dir() else {path.name}
        if there:
            raise UsageError(
                f"{path} holds {min(there)!r}, which would be lost: give another name, or take out what is yours."
            )
    with hidden_folder(path.parent, path.name) as hidden:
        new, old = hidden / "new", hidden / "old"
        new.mkdir()
        for name, data in files.items():
            write_atomically(new / name, data)
        if not path.exists():
            new.rename(path)
        elif not _exchanged(new, path):
            path.rename(old)
            try:
                new.rename(path)
            except BaseException:
                old.rename(path)
                raise
        sync_folder(path.parent, path)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change their names in one step; False where the system cannot."""
    import ctypes

    names, here, swap = (os.fsencode(one), os.fsencode(other)), -100, 2
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        if sys.platform == "linux":
            return bool(library.renameat2(here, names[0], here, names[1], swap) == 0)  # renameat2(2): RENAME_EXCHANGE
        elif sys.platform == "darwin":
            return bool(library.renamex_np(*names, swap) == 0)  # renamex_np(2): RENAME_SWAP
    return False


def remove_abandoned(parent: Path) -> None:
    """Remove hidden folders whose makers have died, and the lock files of those that died around them."""
    for hidden in parent.glob(f".*{NEW}/"):
        with suppress(OSError), locked(hidden.with_suffix(LOCK)):
            shutil.rmtree(hidden, ignore_errors=True)
    for lock in {parent / (path.name.partition(LOCK)[0] + LOCK) for path in parent.glob(f".*{LOCK}*")}:
        with suppress(OSError), locked(lock):
            pass  # which removes it, and an owner's file where the file system has no locks


def _free(names: Iterator[Path], taken: Path | None = None) -> Path:
    for folder in names:
        if not folder.exists():
            return folder
        taken = folder
    raise UsageError(f"{taken} exists already: resume it with `numnist resume {taken}`, or choose another --run.")


def renamed(old: Path, folder: Path) -> bool:
    """Give a folder another name; False where that is taken, also if another process takes it at this moment."""
    if folder.exists():
        return False
    try:
        old.rename(folder)
    except OSError:
        if folder.exists():  # made by another process at this moment
            return False
        raise
    return True
