"""Open files in forks of this process, and say how each ended: read, refused, or a fault.

A fork opens a batch of files, each of which must take little processor time and memory.  Where one ends the fork, the
next takes those that follow.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from importlib import import_module
from pathlib import Path

import numpy as np

from numnist.support.errors import LONGEST, NumnistError
from tests.strangers.kind import Kind

SECONDS = 1.0  # of processor time for a file, and for each MB of it
MEMORY = 64 << 20  # bytes above the size of the file
ENDED = 10  # seconds of processor time after which the system ends a file's reading, and of those its part that hangs
HUNG = 120
READERS = (
    "numnist.importing.onnx.read",
    "numnist.importing.keras.read",
    "numnist.importing.keras.file",
    "numnist.importing.torch.read",
    "safetensors.numpy",
    "pyarrow.parquet",
    "PIL.Image",
    "zipfile",
    "tomli_w",
)
ROOM = 2 << 30  # bytes of addresses that a fork may take besides what this process has


@dataclass(frozen=True)
class End:
    """How it ended: "same", "other" (read, and it is another thing), "refused", or a fault in a few words.

    said: the message, or where the fault is;  seconds: of processor time;  memory: bytes that were taken at its peak
    """

    outcome: str
    said: str = ""
    seconds: float = 0.0
    memory: int = 0

    @property
    def fault(self) -> bool:
        return self.outcome not in ("same", "other", "refused")


def judged(kind: Kind, folder: Path, expected: str) -> tuple[str, str]:
    """Open the file as people do, and judge what comes of it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = kind.open(folder)
    except kind.errors as error:
        said = str(error)
        if len(said) > LONGEST:
            return "a message that is too long", said[:2000]
        return ("refused" if kind.names(folder, said) else "a message that does not name the file"), said
    except NumnistError as error:
        return f"an error of the type {type(error).__name__}", str(error)
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-3:]
        return (
            f"{type(error).__name__}",
            f"{str(error)[:300]} in {[(w.filename[-40:], w.lineno, w.name) for w in where]}",
        )
    if found == expected:
        return "same", ""
    return ("changed data was accepted" if kind.hashed else "other"), found[:200]


def opened(kind: Kind, folder: Path, files: Sequence[bytes], expected: str) -> list[End]:
    """How each of these files ends in the place of the kind's."""
    ends: list[End] = []
    while len(ends) < len(files):
        done, ended = _fork(kind, folder, files[len(ends) :], expected)
        ends += done
        if ended and kind.apart:
            kind.put(folder, files[len(ends)])
            ends.append(End(*judged(replace(kind, open=kind.apart), folder, expected)))
        elif ended:  # by the next
            ends.append(End(ended))
    return ends


def _fork(kind: Kind, folder: Path, files: Sequence[bytes], expected: str) -> tuple[list[End], str]:
    """The ends in one fork, and what ended it before its end."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.close(out)
        _child(kind, folder, files, expected, into)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        lines = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    ends = [End(*json.loads(line)) for line in lines]
    if os.WIFSIGNALED(status):
        number = signal.Signals(os.WTERMSIG(status))
        ended = {signal.SIGPROF: "too slow", signal.SIGALRM: "it hangs"}.get(number, f"killed by {number.name}")
    else:
        ended = f"ended with {os.WEXITSTATUS(status)}" if os.WEXITSTATUS(status) else ""
    return ends, ended if len(ends) < len(files) else ""


def _measured(kind: Kind, folder: Path, file: bytes, expected: str) -> End:
    """How one file ends, with its time and memory, in a fork."""
    kind.put(folder, file)
    signal.setitimer(signal.ITIMER_PROF, ENDED)
    signal.setitimer(signal.ITIMER_REAL, HUNG)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, start = _kilobytes("VmRSS"), time.process_time()
    outcome, said = judged(kind, folder, expected)
    seconds, memory = round(time.process_time() - start, 4), (_kilobytes("VmHWM") - before) << 10
    if outcome in ("same", "other", "refused") and seconds > SECONDS * (1 + kind.size(folder, file) / 1e6):
        outcome, said = "too slow", f"{seconds:.1f} s; {outcome}: {said}"
    elif outcome in ("same", "other", "refused") and memory > MEMORY + kind.size(folder, file):
        outcome, said = "too much memory", f"{memory >> 20} MiB; {outcome}: {said}"
    return End(outcome, said[:3000], seconds, memory)


def _kilobytes(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status[status.index(f"{name}:") :].split(None, 2)[1])


def _addresses() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _child(kind: Kind, folder: Path, files: Sequence[bytes], expected: str, into: int) -> None:
    code = 1
    try:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        with suppress(ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (_addresses() + ROOM,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        np.seterr(all="raise", under="ignore")
        if expected:
            kind.put(folder, kind.inside(folder))
            judged(kind, folder, expected)  # so that the libraries' pages are there
        for file in files:
            line = json.dumps(astuple(_measured(kind, folder, file, expected)))
            os.write(into, line.encode() + b"\n")
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def load_readers() -> None:
    """Import what reads files, so that the forks need not."""
    for name in READERS:
        with suppress(ImportError):
            import_module(name)


class Place:
    """A folder with the kind's files, for a with statement.   expected: what opening them gives"""

    def __init__(self, kind: Kind):
        self.kind = kind

    def __enter__(self) -> Place:
        self.folder = Path(tempfile.mkdtemp(prefix=f"numnist-{self.kind.name.split()[0].strip('.')}-"))
        self.kind.make(self.folder)
        self.base = self.kind.inside(self.folder)
        self.kind.put(self.folder, self.base)
        self.expected = self.kind.open(self.folder)
        return self

    def __exit__(self, *exception: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def ends(self, files: Sequence[bytes]) -> list[End]:
        return opened(self.kind, self.folder, files, self.expected)


def opened_once(kind: Kind) -> End:
    """How one thing that was made by hand ends."""
    with tempfile.TemporaryDirectory(prefix="numnist-") as name:
        kind.make(Path(name))
        (end,) = opened(kind, Path(name), [b""], "")
    return end
