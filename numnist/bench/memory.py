"""Current and peak memory of this process and of those that it has started, from Linux's /proc.

What several of them share counts once:

    memory that they share     by the kernel's proportional size (Pss), which divides each page among its users
    files, such as libraries   by the process that has most of a file in memory: the benchmark's other processes use
                               them too, so that their proportional size would depend on who else is measured
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ (\S{4}) \S+ (\S+ \d+)")  # permissions; device and inode: proc_pid_smaps(5)
NO_FILE = "00:00 0"
SIZE = re.compile(r"^(\w+):\s+(\d+) kB", re.MULTILINE)


def current_memory() -> int | None:
    """Bytes of memory of the process tree; None if the system does not tell."""
    total = 0
    most = Counter[str]()  # of each file, in one process
    for pid in _family(os.getpid()):
        files = Counter[str]()
        for private, file, size in _mappings(pid):
            if private and file != NO_FILE:
                total += size["Anonymous"]  # pages that it has changed are its own
                files[file] += size["Rss"] - size["Anonymous"]
            else:
                total += size["Pss"]
        most |= files  # the maximum of each
    return total + most.total() or None


def peak_memory() -> int | None:
    """Peak memory of the process tree in bytes since `reset_peak`; None if the system does not tell.

    That is its current memory and by how much each process has been larger: too much if they were not at the same time.
    Processes that have ended do not count.
    """
    current, above = current_memory(), 0
    for pid in _family(os.getpid()):
        status = _sizes(_read(pid, "status"))
        above += status.get("VmHWM", 0) - status.get("VmRSS", 0)
    return None if current is None else current + above


def reset_peak() -> None:
    """Restart `peak_memory` from the current memory, where the system supports it (Linux)."""
    for pid in _family(os.getpid()):
        with suppress(OSError):
            (PROC / str(pid) / "clear_refs").write_text("5")  # proc_pid_clear_refs(5)


def _mappings(pid: int) -> Iterator[tuple[bool, str, dict[str, int]]]:
    """Of each mapping of a process: whether it is private, its device and inode, or NO_FILE, and its sizes."""
    text = _read(pid, "smaps")
    starts = list(MAPPING.finditer(text))
    for start, end in zip(starts, [*(match.start() for match in starts[1:]), len(text)]):
        yield start[1][3] == "p", start[2], _sizes(text[start.end() : end])


def _sizes(text: str) -> dict[str, int]:
    """The sizes in a file of /proc/pid, in bytes."""
    return {name: 1024 * int(size) for name, size in SIZE.findall(text)}  # kB are KiB there


def _read(pid: int, name: str) -> str:
    """A file of /proc/pid; "" if there is none, or the process has just ended."""
    try:
        return (PROC / str(pid) / name).read_text(errors="replace")
    except OSError:
        return ""


def _family(pid: int) -> Iterator[int]:
    """That process and all its descendants."""
    children = defaultdict(list)
    for path in PROC.glob("[0-9]*/stat"):
        child = int(path.parent.name)
        stat = _read(child, "stat").rpartition(")")[2].split()  # the name before it may contain anything
        if stat:
            children[int(stat[1])].append(child)
    waiting = [pid]
    while waiting:
        yield waiting[-1]
        waiting += children[waiting.pop()]
