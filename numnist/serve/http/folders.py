"""Folders of the server's machine, which are nobody's business elsewhere: of a path only its last part is told."""

from __future__ import annotations

import re
from typing import Any

# an absolute path, as of Linux or Windows, in a text; in http://host/path no part of it is one
PATH = re.compile(r"(?:(?<![\w:/.])/|\b[A-Za-z]:[\\/])(?:[^\s/\\:,;'\"()]+[/\\])+(?=[^\s/\\])")


def without_folders(value: Any) -> Any:
    """A text, or JSON types with texts anywhere in them, whose absolute paths have lost all but their last part."""
    if isinstance(value, str):
        return PATH.sub("", value)
    if isinstance(value, dict):
        return {key: without_folders(each) for key, each in value.items()}
    return [without_folders(each) for each in value] if isinstance(value, list | tuple) else value
