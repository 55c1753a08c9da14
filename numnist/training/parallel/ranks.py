"""Ranks: the processes of a training, as the caller's sees them, which is the first of them.

    the first    tells all others what to do, does its own part, and waits until they have done theirs
    the others   start while the first trains already, and join it between two steps

A rank that dies closes its pipe, which ends the training with an error.  All others end when the first does, however.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from contextlib import suppress
from typing import Any, BinaryIO, cast

from numnist.support import children
from numnist.support.errors import RankError
from numnist.support.frames import frame, read_exactly, read_frame
from numnist.support.shared_memory import Layout, SharedMemory
from numnist.support.workers import cores
from numnist.training.memory import Memory
from numnist.training.parallel.messages import DONE, SPINS, STARTING, ForeignError, Start
from numnist.training.rank import Rank

PATIENCE = 1.0  # seconds for a process to end by itself


class Other:
    """The process of another rank.   place: where it stands in memory.done."""

    def __init__(self, place: int, fd: int):
        self.place = place
        inherited: dict[str, Any] = {} if sys.platform == "win32" else {"pass_fds": (fd,)}
        self.process = subprocess.Popen(
            children.command("numnist.training.parallel"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            **inherited, **children.options(),
        )  # fmt: skip
        self.commands, self.answers = cast(BinaryIO, self.process.stdin), cast(BinaryIO, self.process.stdout)

    def tell(self, position: int, ranks: int) -> None:
        """Let it do what the header says.  Raises RankError if it has died."""
        try:
            self.commands.write(bytes((position, ranks)))
        except OSError:
            raise self.dead() from None

    def answer(self) -> Exception | None:
        """Wait until it has done what it was told; returns what it has raised.  Raises RankError if it dies."""
        try:
            if read_exactly(self.answers, 1) == DONE:
                return None
            error: Exception = pickle.loads(read_frame(self.answers))  # noqa: S301  (from our own process)
        except (EOFError, OSError):
            raise self.dead() from None
        return error

    def dead(self) -> RankError:
        """The error for a process that has ended."""
        self.end()
        code = self.process.returncode
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        memory = ", perhaps because memory is short" if code == -9 else ""
        return RankError(
            f"process {self.process.pid}, which trained a part of each batch, {how}{memory}. "
            "Go on from the last checkpoint, with fewer threads if memory is short."
        )

    def hang_up(self) -> None:
        """Let it end, at the latest after what it is doing."""
        for pipe in (self.commands, self.answers):
            with suppress(OSError):
                pipe.close()

    def end(self) -> None:
        """Wait until it has ended."""
        self.hang_up()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # in the middle of a long command
            self.process.kill()
            self.process.wait()


class Ranks:
    """Runs commands in all ranks at once.   rank: this process's own part."""

    def __init__(self, rank: Rank, memory: Memory):
        self.rank, self.memory = rank, memory
        self.starting: list[Other] = []
        self.others: list[Other] = []
        self.spins, self.owner = 0, os.getpid()

    def start(self, count: int, job: bytes, layout: Layout, shared: SharedMemory) -> None:
        """Start processes for `count` ranks, this one included.   job: pickled.

        Warns if the system cannot start them; then this process trains alone.
        """
        self.spins = SPINS if count <= cores() else 0
        for place in range(count - 1):
            self.memory.done[place] = STARTING
            try:
                other = Other(place, shared.fd)
            except OSError as error:
                self.close()
                warn_alone(f"other processes cannot be started ({error})")
                return
            self.starting.append(other)
            with suppress(OSError):  # a process that is dead already: `join` tells
                other.commands.write(frame(pickle.dumps(Start(job, layout, shared.handle, place, self.spins))))

    def join(self, wait: bool = False) -> None:
        """Take in the processes that are ready by now; with `wait` all.

        Raises what one has raised at its start, and RankError if it has died, and in a copy of this process that
        somebody has forked.  Warns if one cannot import the job; then this process trains alone.
        """
        if (self.starting or self.others) and os.getpid() != self.owner:
            raise RankError("this training belongs to the process that has started it: go on with it there.")
        for other in list(self.starting):
            if not wait and self.memory.done[other.place] == STARTING and other.process.poll() is None:
                continue
            self.starting.remove(other)
            self.others.append(other)
            error = other.answer()
            if isinstance(error, ForeignError):
                self.close()
                warn_foreign(str(error))
            elif error is not None:
                raise error

    def run(self, command: int) -> None:
        """Let all ranks do a command, and wait for them.  Raises what one of them raises, the first one's first.

        Raises RankError if one has died.
        """
        ranks = 1 + len(self.others)
        header = self.memory.header
        header["command"], header["branch"] = command, ranks  # the first branches are those of the ranks
        self.memory.phase[0] += 1
        for position, other in enumerate(self.others, 1):
            other.tell(position, ranks)
        try:
            self.rank.run(0, ranks)
        finally:
            errors = [self._answer(other) for other in self.others]
        for error in errors:
            if error is not None:
                raise error

    def _answer(self, other: Other) -> Exception | None:
        phase, done = self.memory.phase[0], self.memory.done
        for _ in range(self.spins):
            if done[other.place] == phase:
                break
        return other.answer()

    def close(self) -> None:
        """End all other processes."""
        if os.getpid() == self.owner:  # and not in a copy of this process that somebody has forked
            for other in self.starting + self.others:
                other.hang_up()
            for other in self.starting + self.others:
                other.end()
        self.starting.clear()
        self.others.clear()


def warn_foreign(why: str) -> None:
    """Say that this process trains alone, because others cannot import a layer or function of the user's own."""
    warn_alone(
        f"other processes cannot import a part of this training ({why}). To use all cores, define your layers and "
        "functions in a module of their own"
    )


def warn_alone(why: str) -> None:
    warnings.warn(f"numnist trains on one core, because {why}; threads=1 avoids this warning.", stacklevel=2)
