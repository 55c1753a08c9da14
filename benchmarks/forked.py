"""Processes that are watched: programs of their own, and functions in a fork of this one, without its imports."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CRASHED = 70  # the exit code of a function that raises


@dataclass
class Fork:
    """A process that is running.   heard: what it has written so far, by the pipes: "said", "out" and "err" """

    pid: int
    pipes: dict[int, str]
    heard: dict[str, bytes]
    code: int | None = None  # once it has ended

    def hear(self, seconds: float) -> bool:
        """Wait for more of what it writes, at most so long; whether there may be more."""
        if not self.pipes:
            return False
        for pipe in select.select([*self.pipes], [], [], max(0.0, seconds))[0]:
            got = os.read(pipe, 65_536)
            self.heard[self.pipes[pipe]] += got
            if not got:
                os.close(pipe)
                del self.pipes[pipe]
        return bool(self.pipes)

    def wait(self, seconds: float) -> int | None:
        """Its exit code, or minus the signal that has ended it; None if it does not end in time, and is killed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.hear(until - time.monotonic()):
            pass
        killed = False
        while not (found := os.waitpid(self.pid, os.WNOHANG))[0]:
            if time.monotonic() > until and not killed:
                os.killpg(self.pid, signal.SIGKILL)
                killed = True
            time.sleep(0.002)
        for pipe in self.pipes:
            os.close(pipe)
        self.pipes.clear()
        self.code = None if killed else os.waitstatus_to_exitcode(found[1])
        return self.code

    def left(self, seconds: float) -> bool:
        """Whether a process that it has started lives on after it, so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                os.killpg(self.pid, 0)
            except ProcessLookupError:
                return False
            time.sleep(0.01)
        os.killpg(self.pid, signal.SIGKILL)
        return True

    @property
    def said(self) -> list[str]:
        return self.heard["said"].decode().splitlines()

    @property
    def out(self) -> str:
        return self.heard["out"].decode("utf-8", "replace")

    @property
    def err(self) -> str:
        return self.heard["err"].decode("utf-8", "replace")


def start(code: str, folder: Path) -> Fork:
    """Run Python with this code, in which `said` is the number of the pipe that the parent reads as `said`."""
    pipes = {name: os.pipe() for name in ("said", "out", "err")}
    ours = {name: pipe[1] for name, pipe in pipes.items()}
    child = subprocess.Popen(
        [sys.executable, "-c", f"said = {ours['said']}\n{code}"], cwd=folder, pass_fds=(ours["said"],),
        stdin=subprocess.DEVNULL, stdout=ours["out"], stderr=ours["err"], start_new_session=True,
    )  # fmt: skip
    child.returncode = 0  # it is waited for here
    for descriptor in ours.values():
        os.close(descriptor)
    return Fork(child.pid, {theirs: name for name, (theirs, _) in pipes.items()}, dict.fromkeys(pipes, b""))


def fork(function: Callable[[Callable[[str], object]], int], folder: Path) -> Fork:
    """Run function(say) in a fork, in this folder; say writes a line that the parent reads as `said`."""
    pipes = {name: os.pipe() for name in ("said", "out", "err")}
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        for _, ours in pipes.values():
            os.close(ours)
        return Fork(pid, {theirs: name for name, (theirs, _) in pipes.items()}, dict.fromkeys(pipes, b""))
    code = CRASHED
    try:
        os.setsid()
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(pipes[name][1], number)
        sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
        code = function(lambda text: os.write(pipes["said"][1], text.encode() + b"\n"))
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
