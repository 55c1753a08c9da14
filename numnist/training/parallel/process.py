"""A rank in a process of its own:   python -m numnist.training.parallel

Through its standard input it gets a job, and then its position among the ranks for each command; it answers each with a
byte.  The end of its input is the end of the process, so that it never outlives the one that has started it.
"""

from __future__ import annotations

import os
import pickle
import signal
from typing import BinaryIO

from numnist.model.parameters import Parameters
from numnist.support.frames import frame, read_frame
from numnist.support.malloc import keep_freed_pages
from numnist.support.shared_memory import SharedMemory
from numnist.training.memory import Job, Memory
from numnist.training.parallel.messages import DONE, FAILED, ForeignError, Start, pack
from numnist.training.rank import Rank


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that has started this one
    commands, answers = os.fdopen(0, "rb", 0), os.fdopen(os.dup(1), "wb", 0)
    os.dup2(2, 1)  # what a layer prints is not an answer
    keep_freed_pages()
    try:
        start: Start = pickle.loads(read_frame(commands))  # noqa: S301  (from our own process)
        try:
            rank, memory = prepare(start)
            answers.write(DONE)
        except Exception as error:
            fail(answers, error, start)
        else:
            serve(commands, answers, rank, memory, start)
    except (EOFError, OSError):
        pass  # the other end is closed
    os._exit(0)  # at once: nothing here needs to be cleaned up


def prepare(start: Start) -> tuple[Rank, Memory]:
    try:
        job: Job = pickle.loads(start.job)  # noqa: S301
    except Exception as error:  # whatever the import of a user's module may raise
        raise ForeignError(f"{type(error).__name__}: {error}") from error
    shared = SharedMemory(start.layout, start.handle)
    memory = Memory(shared.arrays)
    parameters = Parameters(job.network.build(job.in_shape), job.dtype, seed=None)
    return Rank(parameters, job, memory, shared.lock), memory


def serve(commands: BinaryIO, answers: BinaryIO, rank: Rank, memory: Memory, start: Start) -> None:
    """Do what the header in memory says, each time that a byte pair (position, ranks) comes."""
    phase = memory.done[start.place] = 0
    while True:
        for _ in range(start.spins):
            if memory.phase[0] != phase:
                break
        position, ranks = commands.read(2) or (0, 0)
        if not ranks:
            return
        phase = memory.phase[0]
        try:
            rank.run(position, ranks)
        except Exception as error:
            fail(answers, error, start)
        else:
            answers.write(DONE)
        memory.done[start.place] = phase


def fail(answers: BinaryIO, error: Exception, start: Start) -> None:
    answers.write(FAILED + frame(pack(error, f"rank {start.place + 1}")))
