"""What worker processes are asked to compute in tests: functions of a module, which both sides can import."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from numnist.serve.http.errors import ApiError
from numnist.support.errors import DataError


class Shared:
    """An object that is sent once: counts in each process how often it was unpickled there."""

    arrived = 0

    def __init__(self, value: Any):
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrive, (self.value,)


def _arrive(value: Any) -> Shared:
    Shared.arrived += 1
    return Shared(value)


def value(shared: Shared) -> Any:
    return shared.value


def both(shared: Shared, argument: Any) -> tuple[Any, Any]:
    return shared.value, argument


def where(shared: Any, *arguments: Any) -> tuple[int, int]:
    """The process, and how many objects have arrived there."""
    return os.getpid(), Shared.arrived


def printing(shared: Any) -> int:
    """Prints, as libraries do, on every way to standard output."""
    print("this is no answer", flush=True)
    os.write(1, b"nor is this\n")
    return os.getpid()


def refused(shared: Any) -> None:
    raise ApiError(418, "teapot", "no coffee: take tea.", {"X-Tea": "green"})


def data_error(shared: Any) -> None:
    raise DataError("no such picture: draw one.")


def mistake(shared: Any) -> None:
    raise ZeroDivisionError("what a mistake")


def unpicklable(shared: Any) -> Any:
    return lambda: 1


def die(shared: Any) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def die_once(shared: Any, mark: Path) -> int:
    """Die, but not a second time."""
    if not mark.exists():
        mark.touch()
        die(shared)
    return os.getpid()


def wait(shared: Any, begun: Path, go: Path) -> int:
    """Until a file is there."""
    begun.touch()
    while not go.exists():
        time.sleep(0.001)
    return os.getpid()


def mistake_with_body(shared: Any, body: bytes) -> None:
    raise ZeroDivisionError("what a mistake")


def loaded(shared: Any) -> set[str]:
    return set(sys.modules)
