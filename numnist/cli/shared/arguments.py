"""What people usually write, as the commands expect it: `help train`, and a size as two words."""

from __future__ import annotations

import re
from collections.abc import Sequence

GROUPS = ("data", "show")  # of commands


def usual(words: Sequence[str]) -> list[str]:
    """The words of a command line: `help train` as `train --help`, `--size 28 28` as `--size 28x28`."""
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    elif len(words) == 2 and words[0] in GROUPS and words[1] == "help":
        words = [words[0], "--help"]
    found: list[str] = []
    for word in words:
        before = " ".join(found[-2:])
        if re.fullmatch(r"[\d.]+", word) and re.search(r"(^| )--size[ =][\d.]+$", before):
            found[-1] += f"x{word}"
        else:
            found.append(word)
    return found
