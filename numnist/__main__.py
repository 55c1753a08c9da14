"""`python -m numnist` is `numnist`.

The program begins here rather than in `numnist.cli`, so that Ctrl-C during the imports is answered too.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any


def main() -> int:
    """Run one command and return its exit code; the entry point of `numnist`."""
    try:
        open_closed()
        heedless_stderr()
        from numnist.support.stops import stoppable

        with stoppable():
            from numnist.cli import main as command

            return command()
    except KeyboardInterrupt as stopped:  # before the command line could answer it; its words, without imports
        code: int = getattr(stopped, "exit_code", 130)
        sys.stderr.write("interrupted\n" if code == 130 else "terminated\n")
        return code


def open_closed() -> None:
    """Open the standard streams that this process was started without, as with `2>&-`; what is printed there is lost.

    Otherwise the next file to be opened would get their number, and what libraries print would be written into it.
    Child processes inherit them, for the same reason.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


class Heedless(io.FileIO):
    """A file whose disk may be full and whose reader may be gone: what cannot be written is lost."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(memoryview(data))


def heedless_stderr() -> None:
    """Let no command fail because what it says of its progress cannot be written: a training is worth more.

    A terminal of Windows takes letters rather than bytes, and stays what it is.
    """
    before = sys.stderr
    if not (sys.platform == "win32" and before.isatty()):
        file = io.BufferedWriter(Heedless(before.fileno(), "w", closefd=False))
        sys.stderr = io.TextIOWrapper(file, before.encoding, before.errors, line_buffering=True)


if __name__ == "__main__":
    sys.exit(main())
