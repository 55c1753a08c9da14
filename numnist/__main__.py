"""`python -m numnist` is `numnist`.

The program begins here rather than in `numnist.cli`, so that Ctrl-C during the imports is answered too.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run one command and return its exit code; the entry point of `numnist`."""
    try:
        open_closed()
        from numnist.cli import main as command

        return command()
    except KeyboardInterrupt:  # before the command line could answer it; its words and code, without its imports
        sys.stderr.write("interrupted\n")
        return 130


def open_closed() -> None:
    """Open the standard streams that this process was started without, as with `2>&-`; what is printed there is lost.

    Otherwise the next file to be opened would get their number, and what libraries print would be written into it.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


if __name__ == "__main__":
    sys.exit(main())
