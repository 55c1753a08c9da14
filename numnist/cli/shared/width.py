"""The width of a terminal that has hardly any."""

from __future__ import annotations

import os
import shutil

LEAST_WIDTH = 20  # columns: with fewer rich folds for ever, and with 0 it fails


def least_width() -> int | None:
    """How many columns to write for where the terminal has hardly any, or COLUMNS says 0; None elsewhere."""
    columns = shutil.get_terminal_size().columns  # for which 0 is no answer
    known = columns >= LEAST_WIDTH and os.environ.get("COLUMNS") != "0"
    return None if known else max(columns, LEAST_WIDTH)
