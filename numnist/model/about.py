"""What a model says of itself in `Model.about`: anybody may fill it, and what makes no sense is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def table(about: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The table of that name, such as the recipe; empty if there is none."""
    found = about.get(name)
    return dict(found) if isinstance(found, Mapping) else {}


def text(value: Any) -> str | None:
    """The value if it is a text."""
    return value if isinstance(value, str) else None


def share(value: Any) -> float | None:
    """The value if it is a number from 0 to 1, such as an accuracy."""
    return float(value) if type(value) in (int, float) and 0 <= value <= 1 else None
