"""Read files that come from somewhere else: regular ones alone, and no more of them than they should have.

A pipe, a device or a socket in the place of a file may never end, or block for ever when it is opened.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import stat
from typing import Any

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_BITS = 1000
_LONG_KEY = re.compile(r"""(?:\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*){100}""")


def open_file(path: str | os.PathLike[str]) -> io.BufferedReader:
    """Open a file for reading its bytes.  Raises OSError, also for a folder, a pipe, a device or a socket."""
    descriptor = os.open(path, _FLAGS)  # without waiting for the other end of a pipe
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "It is a pipe or a device, not a file", os.fspath(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_text(path: str | os.PathLike[str], most: int, encoding: str = "utf-8") -> str:
    """The text in a file of at most `most` bytes, line ends as in Python.  Raises OSError and UnicodeDecodeError."""
    with open_file(path) as file:
        content = file.read(min(os.fstat(file.fileno()).st_size, most) + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"It has more than {most:,} bytes, too many for what it should be", os.fspath(path))
    return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def from_json(text: str | bytes) -> Any:
    """What a text in JSON says.  Raises ValueError, also for one that is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def from_toml(text: str) -> dict[str, Any]:
    """What a text in TOML says.  Raises ValueError, also for one that is nested too deeply, or has a huge number."""
    import tomllib  # imported here, because a model is read without it

    if _LONG_KEY.search(text):  # on which tomllib spends the square of its length
        raise ValueError("one of its keys has more than 100 parts")
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    rest: list[Any] = [table]
    while rest:
        each = rest.pop()
        if isinstance(each, dict | list):
            rest.extend(each.values() if isinstance(each, dict) else each)
        elif isinstance(each, int) and each.bit_length() > _BITS:  # no float holds it, and Python may not print it
            raise ValueError(f"one of its numbers has more than {_BITS} bits")
    return table
