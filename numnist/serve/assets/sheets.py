"""Joins the page's style sheets into one: each `@import "…";` becomes the sheet that it names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

IMPORT = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)


def joined(sources: Mapping[str, str], first: str) -> str:
    """The sheet `first` with what it imports in place.

    sources: the text of each sheet by its path.  Raises ValueError for an import of what is not there, and where an
    imported sheet imports others itself: all are listed in one place.
    """

    def sheet(found: re.Match[str]) -> str:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(first), found[1]))
        if name not in sources:
            raise ValueError(f"{first} imports {name}, which is not there.")
        if "@import" in sources[name]:
            raise ValueError(f"{name} imports a sheet: list it in {first}.")
        return f"/* {name} */\n{sources[name].strip()}\n"

    return IMPORT.sub(sheet, sources[first])
