"""Seconds from the start of a process to the end of its first epoch, with imports and compilation.

    python -m numnist.bench.first_epoch BACKEND     # the work is on stdin

Each side's process does what a user's program does: it imports NumPy and its library, loads the pictures, builds the
network and trains on them once.  What the benchmark adds to a peer, numnist's modules and initial weights, is timed by
that process and subtracted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numnist.bench.work import Work

REPLY = "first epoch: "  # the line on stdout that begins so has the reply; libraries may print others


def first_epoch(name: str, work: Work) -> float:
    """Seconds of that backend, in a new process.  Raises BackendError if it fails."""
    import pickle

    from numnist.bench.process import PATIENCE, BackendError, conditions

    command = [sys.executable, "-m", "numnist.bench.first_epoch", name]
    message = pickle.dumps(work)
    with conditions(work.threads):
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):  # it has ended
                process.stdin.write(message)
                process.stdin.close()
            line = next((line for line in process.stdout if line.startswith(REPLY.encode())), b"")
            seconds = time.perf_counter() - started
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
        finally:
            process.kill()
    if not line:
        raise BackendError(f"{name}: its process has ended without an error in its first epoch (out of memory?)")
    reply = json.loads(line.decode().removeprefix(REPLY))
    if "error" in reply:
        raise BackendError(f"{name}: {reply['error']}, in its first epoch")
    return float(seconds - reply["subtract"])


def main() -> None:
    """The new process: train once on all pictures."""
    import numpy  # noqa: F401  (everybody's pictures are in its arrays: not subtracted)

    started = time.perf_counter()
    import pickle

    from numnist.bench.peers import CONTENDERS, OURS
    from numnist.support.malloc import keep_freed_pages

    contender = CONTENDERS[sys.argv[1]]
    work: Work = pickle.load(sys.stdin.buffer)  # noqa: S301  (from the benchmark itself)
    backend, subtract = contender.backend, 0.0
    if contender.name != OURS:
        work = replace(work, prepared=work.built())
        subtract = time.perf_counter() - started
    if contender.keeps_pages:
        keep_freed_pages()
    reply: dict[str, float | str]
    try:
        steps, run = len(work.labels()) // work.batch, backend(work)
        for _ in range(steps):
            run.step()
        reply = {"subtract": subtract}
    except Exception as error:  # libraries raise anything
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(REPLY + json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
