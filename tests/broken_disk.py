"""A disk on which one call fails: what this process writes is counted, and refused, cut or killed at one place."""

from __future__ import annotations

import builtins
import errno
import io
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

# How a call fails: by an error, once;  "full": by ENOSPC, as all do that need room from then on;  "short": only half of
# what is written is taken, which is no error;  "kill": the process dies before it.
ERRORS = {"no space": errno.ENOSPC, "I/O error": errno.EIO, "no permission": errno.EACCES}
KINDS = (*ERRORS, "full", "short", "kill")
ROOM = {"open", "write", "mkdir", "link", "fsync"}  # the calls that need some
CALLS = ("fsync", "replace", "rename", "mkdir", "rmdir", "unlink", "remove", "link", "symlink", "truncate", "chmod")
HIDDEN = re.compile(r"\.(.+)\.[0-9a-f]{8,16}(\.part|\.numnist-new|\.numnist-lock)|\.(.+)\.\w{8}\.part")


class Disk:
    """place: of the call that fails, from 1; 0 for none;  told(call, path): called before it does.

    count: how many calls there were;  failed: the call that failed and its path, if any did.
    """

    def __init__(self, place: int = 0, kind: str = "no space", told: Callable[[str, str], object] = lambda *_: None):
        self.place, self.kind, self.told = place, kind, told
        self.count, self.failed, self.full = 0, ("", ""), False

    def install(self, patch: Callable[[Any, str, Any], object] = setattr) -> None:
        """From now on.   patch: monkeypatch.setattr, which can undo it"""
        for name in CALLS:
            patch(os, name, self._failing(name, getattr(os, name)))
        opened = self._open(io.open)
        patch(io, "open", opened)
        patch(builtins, "open", opened)

    def reached(self, call: str, path: object) -> bool:
        """Count a call; whether it is to be cut short.  Raises OSError where it is to fail."""
        self.count += 1
        if self.full and call in ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path) if call in ("open", "mkdir") else None)
        if self.count != self.place or (self.kind == "short" and call != "write"):
            return False
        self.failed = call, str(path)
        self.told(*self.failed)
        if self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.kind == "short":
            return True
        self.full = self.kind == "full"
        if self.full and call not in ROOM:
            return False
        number = ERRORS.get(self.kind, errno.ENOSPC)
        # as the system says it: a call on an open file does not know its name
        raise OSError(number, os.strerror(number), None if call in ("write", "fsync") else str(path))

    def _failing(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            path = arguments[0]
            self.reached(name, _name_of(path) if isinstance(path, int) else path)
            return function(*arguments, **named)

        return call

    def _open(self, function: Callable[..., Any]) -> Callable[..., Any]:
        disk = self

        class Raw(io.FileIO):
            def write(self, data: Any) -> int:
                view = memoryview(data).cast("B")
                return super().write(view[: max(1, len(view) // 2)] if disk.reached("write", self.name) else view)

        def opened(file: Any, mode: str = "r", buffering: int = -1, *more: Any, **named: Any) -> Any:
            if isinstance(file, int) or not set(mode) & set("wxa+") or str(file).startswith("/dev/"):
                return function(file, mode, buffering, *more, **named)
            self.reached("open", file)
            raw = Raw(file, mode.replace("b", "").replace("t", ""))
            if buffering == 0:
                return raw
            buffer = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            return buffer if "b" in mode else io.TextIOWrapper(buffer, *more, **named)

        return opened


def _name_of(descriptor: int) -> str:
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink())
    except OSError:  # not on Linux
        return ""


def names(path: str) -> set[str]:
    """The names in a path that a message about it may have: a temporary name is that of the file it becomes."""
    found = set()
    for part in Path(path).parts[-3:]:
        hidden = HIDDEN.fullmatch(part)
        found.add((hidden[1] or hidden[3]) if hidden else part)
    return found
