"""Claims: which process trains what.

A claim is a lock file that the operating system releases when its process ends, however it ends, also on another
machine that shares the folder.  So what a dead process had claimed is free at once, and no clock decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from numnist.support.errors import UsageError
from numnist.support.locks import LockedError, locked

PATIENCE = 60.0  # seconds for what takes others far less than one


def claim(folder: Path, name: str, patience: float | None = 0.0) -> AbstractContextManager[None]:
    """Hold a run of the sweep in this folder until the block ends.  Raises LockedError where another process does."""
    folder.mkdir(parents=True, exist_ok=True)
    return locked(folder / f".{name}.claim", patience)


@contextmanager
def alone(folder: Path, name: str = "next", patience: float | None = PATIENCE) -> Iterator[None]:
    """Hold a claim, after waiting for it: at most `patience` seconds, for ever with None.  Raises UsageError."""
    with ExitStack() as held:
        try:
            held.enter_context(claim(folder, name, patience))
        except LockedError as error:
            raise UsageError(
                f"{folder / name}: its claim has been held for {patience:.0f} s, by process "
                f"{error.owner or 'unknown'}: stop that process, or choose a folder on a file system with locks."
            ) from None
        yield
