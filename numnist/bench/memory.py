"""Footprint: how much memory a process holds, and the most that it has held."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def held() -> int | None:
    """Bytes of memory that this process holds now; None where the system does not say."""
    return _status("VmRSS")


def most_held() -> int | None:
    """The most bytes it has held, since `forget_most` where that works; None where the system does not say.

    Linux is asked for the process's own mark: getrusage's starts at whatever the parent held when it made us.
    """
    mark = _status("VmHWM")
    if mark is not None or sys.platform == "win32":
        return mark
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def forget_most() -> None:
    """Let the mark of `most_held` begin again at what is held now, where the system can (Linux)."""
    with suppress(OSError):
        CLEAR.write_text("5")  # proc_pid_clear_refs(5)


def _status(name: str) -> int | None:
    """A field of /proc/self/status in bytes."""
    if not STATUS.exists():
        return None
    for line in STATUS.read_text().splitlines():
        if line.startswith(name + ":"):
            return 1024 * int(line.split()[1])  # it says kB and means KiB
    return None
