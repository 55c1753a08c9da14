"""Claims: which process trains what.

A claim is a lock file that the operating system releases when its process ends, however it ends, also on another
machine that shares the folder.  So what a dead process had claimed is free at once, and no clock decides.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from numnist.support.errors import UsageError
from numnist.support.locks import LockedError, locked

PATIENCE = 60.0  # seconds for what takes others far less than one
LOOK = 0.02  # seconds between two attempts


def claim(folder: Path, name: str) -> AbstractContextManager[None]:
    """Hold a run of the sweep in this folder until the block ends.  Raises LockedError where another process does."""
    folder.mkdir(parents=True, exist_ok=True)
    return locked(folder / f".{name}.claim")


@contextmanager
def alone(folder: Path, name: str = "next", patience: float | None = PATIENCE) -> Iterator[None]:
    """Hold a claim, after waiting for it: at most `patience` seconds, for ever with None.  Raises UsageError."""
    started = time.monotonic()
    while True:
        held = claim(folder, name)
        try:
            held.__enter__()
            break
        except LockedError as error:
            if patience is not None and time.monotonic() - started > patience:
                raise UsageError(
                    f"{folder / name}: its claim has been held for {patience:.0f} s, by process "
                    f"{error.owner or 'unknown'}: stop that process, or choose a folder on a file system with locks."
                ) from None
            time.sleep(LOOK)
    try:
        yield
    finally:
        held.__exit__(None, None, None)
