"""malloc settings: keep the pages that NumPy frees, instead of returning them to the system after every step.

glibc returns large freed blocks at once, so that every large array of every step causes page faults again: up to
half of a step's time.  Only the program calls this; a library must not change its host's malloc.
"""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)


def keep_freed_pages() -> bool:
    """Raise glibc's thresholds for this process; returns whether that was possible."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # a C library other than glibc, such as musl
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, 1 << 30) and mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1))
