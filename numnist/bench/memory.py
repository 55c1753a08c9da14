"""Current and peak memory of this process."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def current_memory() -> int | None:
    """Bytes of resident memory; None if the system does not tell."""
    return _status("VmRSS")


def peak_memory() -> int | None:
    """Peak resident memory in bytes, since `reset_peak` where that works; None if the system does not tell.

    On Linux it is the process's own peak: that of getrusage starts at the parent's memory at the fork.
    """
    mark = _status("VmHWM")
    if mark is not None or sys.platform == "win32":
        return mark
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def reset_peak() -> None:
    """Restart `peak_memory` from the current memory, where the system supports it (Linux)."""
    with suppress(OSError):
        CLEAR.write_text("5")  # proc_pid_clear_refs(5)


def _status(name: str) -> int | None:
    """A field of /proc/self/status in bytes."""
    found = re.search(rf"^{name}:\s*(\d+) kB", STATUS.read_text(), re.MULTILINE) if STATUS.exists() else None
    return 1024 * int(found[1]) if found else None  # "kB" are KiB here
