"""A QR code in the terminal, for phones to be pointed at."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from numnist.cli.shared.printing import note
from numnist.support.extras import install

BORDER = 2  # light modules around the code: cameras find it, and it fits into 80 columns
HALVES = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}  # light above and below, light above, below, dark


def show_code(text: str) -> None:
    """Show the QR code of a text, if stderr is a terminal; without the package that makes it, say how to get it."""
    if not sys.stderr.isatty():
        return
    if find_spec("segno") is None:
        note("QR code", f"of this address for phones: {install('qr')}")
        return
    sys.stderr.write("\n".join(code_lines(text)) + "\n")
    sys.stderr.flush()


def code_lines(text: str) -> list[str]:
    """The QR code in lines of half blocks, white on black whatever the terminal's colours are.

    Needs the package segno.
    """
    import segno

    rows = [tuple(row) for row in segno.make(text, micro=False).matrix_iter(border=BORDER)]  # 1 is dark
    if len(rows) % 2:
        rows.append((0,) * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2])
    return ["\x1b[97;40m" + "".join(HALVES[a, b] for a, b in zip(above, below)) + "\x1b[0m" for above, below in pairs]
