"""A machine that has little time and does as if it were several: what surrounds the commands of docs/scaling.md."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from numnist.data.strokes.drawing import draw
from tests.scaling.page import ROOT

PATIENCE = 240  # seconds after which something hangs
TRIALS, RANKS = 6, 2  # at most, of a search and of a process
# Open MPI refuses to start as root, and more processes than cores, unless it is told to
WILLING = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PRTE_MCA_hwloc_default_binding_policy": "none", "OMPI_MCA_mpi_yield_when_idle": "1",
}  # fmt: skip
# The program of that name which is first on PATH.  Where the command does not say otherwise, it trains on few pictures,
# for as many epochs as $EPOCHS; it uses few cores, and tries few settings.  Even so little is cut between ranks.
NUMNIST = """#!{python}
import os
import sys

from numnist.cli import main
from numnist.training.parallel import worth


def words():
    words = sys.argv[1:]
    if words[0] in ("train", "sweep") and "--help" not in words:
        for option, value in (("--dataset", {data!r}), ("--epochs", os.environ.get("EPOCHS", "1"))):
            words += [] if option in words else [option, value]
    for option, most in (("--threads", {ranks}), ("--search", {trials})):
        if option in words:
            at = words.index(option) + 1
            words[at] = str(min(int(words[at]), most))
    return words


if __name__ == "__main__":
    worth.SHORT_STEP = worth.SHORT_TRAINING = 0
    sys.exit(main(words()))
"""
# The scheduler takes a free port, and nothing opens a page
DASK = """#!{python}
import sys

from dask.__main__ import main

if __name__ == "__main__":
    sys.argv += ["--no-dashboard", "--host", "127.0.0.1"]
    sys.argv += ["--port", "0"] if sys.argv[1] == "scheduler" else ["--local-directory", {local!r}]
    main()
"""


class Daemon:
    """A program in the background, which has said some words before it counts as started; ends with the block."""

    def __init__(self, command: Sequence[str], words: str, environment: Mapping[str, str]):
        self.command, self.words, self.environment = command, words, environment
        self.log: list[str] = []
        self.said = ""

    def __enter__(self) -> Daemon:
        self.process = subprocess.Popen(
            self.command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        started = threading.Event()
        self.reader = threading.Thread(target=self._read, args=(started,))
        self.reader.start()
        if not started.wait(PATIENCE) or not self.said:
            self.__exit__()
            raise AssertionError(f"{self.command} has not said {self.words!r}:\n" + "".join(self.log))
        return self

    def _read(self, started: threading.Event) -> None:
        for line in self.process.stdout:
            self.log.append(line)
            if self.words in line and not self.said:
                self.said = line
                started.set()
        started.set()  # it has ended

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.reader.join()
        self.process.stdout.close()


class Machine:
    """Runs commands of the page by a shell, in one folder.   environment: what they see"""

    def __init__(self, folder: Path):
        self.folder = folder / "work"
        programs = folder / "programs"
        data = folder / "small.npz"
        for each in (self.folder / "shared", programs):  # `shared` is the page's name for what all machines see
            each.mkdir(parents=True)
        x, labels = draw(140, seed=5)
        np.savez(data, x_train=x[:100], y_train=labels[:100], x_test=x[100:], y_test=labels[100:])
        texts = {"numnist": NUMNIST, "dask": DASK}
        for name, text in texts.items():
            program = programs / name
            program.write_text(
                text.format(python=sys.executable, data=str(data), local=str(folder), ranks=RANKS, trials=TRIALS),
                encoding="utf-8",
            )
            program.chmod(0o755)
        (self.folder / "hosts").write_text("localhost slots=4\n", encoding="utf-8")
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PMI", "OMPI_", "SLURM"))
        }
        self.environment = inherited | WILLING | {
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
            "NUMNIST_OFFLINE": "1", "NUMNIST_CACHE": str(folder / "cache"), "COLUMNS": "200", "PYTHONWARNINGS": "error",
        }  # fmt: skip

    def start(
        self, command: str, own: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> subprocess.Popen[str]:
        """Start a command, in a session of its own.   own: environment for it alone;  folder: instead of the usual"""
        return subprocess.Popen(
            ["sh", "-c", command], cwd=folder or self.folder, env=self.environment | (own or {}),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def run(self, command: str, own: Mapping[str, str] | None = None, folder: Path | None = None) -> str:
        """What a command says, stdout and stderr.  AssertionError if it fails."""
        try:
            return self.end(self.start(command, own, folder))
        except AssertionError as error:
            if "Segmentation fault" not in str(error) or "ompi_mpi_init" not in str(error):
                raise
        # Open MPI may crash while it starts, before any line of ours, if another process's message comes too early
        return self.end(self.start(command, own, folder))

    def end(self, process: subprocess.Popen[str]) -> str:
        """Wait for a command's good end, and return what it has said."""
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        assert process.returncode == 0, f"{process.args}: exit code {process.returncode}\n{out}{err}"
        return out + err
