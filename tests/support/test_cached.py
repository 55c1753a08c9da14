"""Properties that are computed once, without a lock."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass

import pytest

from numnist.support.cached import cached_property

PATIENCE = 60  # seconds for what takes milliseconds, so that a busy machine fails no test


@dataclass(frozen=True)
class Square:
    side: float
    asked: list[float]

    @cached_property
    def area(self) -> float:
        """Side by side."""
        self.asked.append(self.side)
        return self.side**2


def test_it_is_computed_once_for_each_object():
    two, three = Square(2.0, []), Square(3.0, [])
    assert [two.area, three.area, two.area, three.area] == [4.0, 9.0, 4.0, 9.0]
    assert (two.asked, three.asked) == ([2.0], [3.0])
    assert Square.area.__doc__ == "Side by side."


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_a_process_that_is_forked_while_another_thread_computes_it_computes_too():
    begun, forked = threading.Event(), threading.Event()

    class Slow(list[float]):
        def append(self, side: float) -> None:
            begun.set()
            forked.wait(PATIENCE)

    thread = threading.Thread(target=lambda: Square(2.0, Slow()).area)
    thread.start()
    begun.wait(PATIENCE)
    pid = os.fork()
    if pid == 0:
        signal.alarm(PATIENCE)
        os._exit(0 if Square(3.0, []).area == 9.0 else 3)
    forked.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
