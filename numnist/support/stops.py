"""Signals that end a command, whatever they interrupt."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from numnist.support.errors import Terminated

# What was raised for the signals that have come since `stoppable` began.  What they interrupt may make another error of
# it, as Cython does, or swallow it, as Python does in a callback.
RAISED: list[KeyboardInterrupt] = []


@contextmanager
def stoppable() -> Iterator[None]:
    """Until the block ends, Ctrl-C raises KeyboardInterrupt, and SIGTERM, or SIGHUP of a closed terminal, Terminated.

    A signal that is ignored, as SIGHUP under nohup, stays so.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    if _stop not in before.values():
        RAISED.clear()
    before = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    RAISED.append(KeyboardInterrupt() if number == signal.SIGINT else Terminated(number))
    raise RAISED[-1]
