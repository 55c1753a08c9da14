"""What a process that trains and the one that has started it say to each other, through two pipes."""

from __future__ import annotations

import pickle
import traceback
from typing import NamedTuple

from numnist.support.errors import NumnistError
from numnist.support.shared_memory import Layout

DONE, FAILED = b".", b"!"
STARTING = -1  # in `done`, of a process that is not ready yet
SPINS = 8000  # looks at a number in memory, some 0.4 ms, before a process sleeps: waking it takes 0.05 ms and more


class ForeignError(Exception):
    """The job holds a layer or function of the user's own that cannot be imported in another process."""


class Start(NamedTuple):
    """What a process is told first.   job: a pickled Job;  place: where it stands in `done`;  spins: see SPINS."""

    job: bytes
    layout: Layout
    handle: str
    place: int
    spins: int


def pack(error: BaseException, who: str) -> bytes:
    """An exception for another process, with its traceback as a note."""
    error.add_note(f"in {who}:\n" + "".join(traceback.format_exception(error)).rstrip())
    try:
        packed = pickle.dumps(error)
        pickle.loads(packed)  # noqa: S301  (many exceptions can be written and not read)
    except Exception:
        other = NumnistError(f"{type(error).__name__}: {error}")
        other.add_note(error.__notes__[-1])
        packed = pickle.dumps(other)
    return packed
