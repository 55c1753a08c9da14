"""Memory that processes share: nothing of it is left behind, however they end.

On Linux it is an anonymous file in memory (memfd_create), which does not live in /dev/shm: containers often limit that
to 64 MB, and a process that writes beyond the limit is killed.  Elsewhere it is a temporary file that has no name any
more, or on Windows is deleted when the last process closes it.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

PAGE = 4096  # arrays begin on pages of their own, so that no two share a cache line
Layout = Mapping[str, tuple[tuple[int, ...], Any]]  # shape and type of each array, by name


class SharedMemory:
    """Arrays of zeros that processes share.   layout: their shapes and types, the same in each process.

    handle: names the memory to another process;  None creates it.  On POSIX the other process must inherit the file
    descriptor `fd`.  Raises OSError if the system has no room.
    """

    def __init__(self, layout: Layout, handle: str | None = None):
        places, size = {}, PAGE  # the first page is there to be locked
        for name, (shape, dtype) in layout.items():
            places[name] = size
            size += -(-prod(shape) * np.dtype(dtype).itemsize // PAGE) * PAGE
        self.fd, self.handle = _create(size) if handle is None else _open(handle)
        self._map = mmap.mmap(self.fd, size)
        self.arrays: dict[str, NDArray[Any]] = {
            name: np.frombuffer(self._map, dtype, prod(shape), places[name]).reshape(shape)
            for name, (shape, dtype) in layout.items()
        }

    @contextmanager
    def lock(self) -> Iterator[None]:
        """For one process at a time.  A process that dies holds it no longer."""
        while not _locked(self.fd, True):  # held for a microsecond: waiting costs less than sleeping
            pass
        try:
            yield
        finally:
            _locked(self.fd, False)

    def close(self) -> None:
        """Close the file.  The memory is freed with the last of its arrays."""
        os.close(self.fd)


if sys.platform == "win32":
    import msvcrt

    def _create(size: int) -> tuple[int, str]:
        file, name = tempfile.mkstemp(prefix="numnist-")
        os.close(file)
        fd, handle = _open(name)
        os.ftruncate(fd, size)
        return fd, handle

    def _open(handle: str) -> tuple[int, str]:
        return os.open(handle, os.O_RDWR | os.O_BINARY | os.O_TEMPORARY), handle  # deleted when the last one closes it

    def _locked(fd: int, lock: bool) -> bool:
        os.lseek(fd, 0, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK if lock else msvcrt.LK_UNLCK, 1)
        except PermissionError:  # another has it; any other error would be one for ever
            return False
        return True

else:
    import fcntl

    def _create(size: int) -> tuple[int, str]:
        if hasattr(os, "memfd_create"):
            fd = os.memfd_create("numnist")
            os.ftruncate(fd, size)
        else:
            with tempfile.TemporaryFile() as file:
                fd = os.dup(file.fileno())
            _fill(fd, size)
        return fd, str(fd)

    def _fill(fd: int, size: int) -> None:
        """Write zeros, so that a disk that is full is an OSError now and not a bus error later."""
        for at in range(0, size, 1 << 20):
            os.write(fd, bytes(min(1 << 20, size - at)))

    def _open(handle: str) -> tuple[int, str]:
        return int(handle), handle

    def _locked(fd: int, lock: bool) -> bool:
        try:
            fcntl.lockf(fd, (fcntl.LOCK_EX | fcntl.LOCK_NB) if lock else fcntl.LOCK_UN)
        except (BlockingIOError, PermissionError):  # another has it; any other error would be one for ever
            return False
        return True
