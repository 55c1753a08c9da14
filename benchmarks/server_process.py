"""A server in a process of its own, as the command line starts it, for server_faults.py."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PATIENCE = 60.0  # seconds for a response, and for the end of a process, on the busiest machine
SIDE_BY_SIDE = 16  # clients that send at once


@dataclass
class Served:
    """A server in a process of its own.   folder: where it works;  log: its stderr"""

    process: subprocess.Popen[str]
    port: int
    folder: Path
    log: Path


@contextmanager
def serving() -> Iterator[Served]:
    with TemporaryDirectory() as temporary:
        folder, log = Path(temporary) / "work", Path(temporary) / "log"
        folder.mkdir()
        command = [sys.executable, "-u", "-m", "numnist", "serve", "--port", "0"]
        with (
            log.open("w") as err,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True, cwd=folder) as process,
        ):
            try:
                assert process.stdout is not None
                line = next(line for line in process.stdout if line.startswith("Page"))
                yield Served(process, int(line.split()[1].rpartition(":")[2]), folder, log)
            finally:
                process.kill()


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
