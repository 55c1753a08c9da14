"""What a log is written by: the base of all writers, and of those that you write yourself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Status = Literal["finished", "stopped", "failed"]


class Writer:
    """Writes the figures of a training somewhere.  A writer of your own needs `scalars` alone.

    place: by which the log is found again, so that a resumed training goes on in it; "" where it has none.
    """

    place = ""

    def settings(self, table: Mapping[str, Any]) -> None:
        """The recipe or the settings, in JSON types, before the first figures."""

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Figures after that many steps, by names such as "training/loss"."""
        raise NotImplementedError(f"{type(self).__name__} must define scalars(step, values).")

    def result(self, values: Mapping[str, Any]) -> None:
        """What the training came to, in JSON types."""

    def flush(self) -> None:
        """Called after each epoch: what was written should be seen now."""

    def close(self, status: Status) -> None:
        """The last call."""


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Tables in tables by names with dots, as in optimizer.learning_rate; lists stay as they are."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def is_number(value: Any) -> bool:
    """Whether a value of a result is a figure, and not a yes or no."""
    return isinstance(value, int | float) and not isinstance(value, bool)
