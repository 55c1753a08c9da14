"""A small search, and programs that work on it in processes of their own, one of which is killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numnist
from numnist import Dataset, Recipe
from numnist.experiment.fields import set_fields
from numnist.experiment.sweeps.grid import Combination, run_combination
from numnist.experiment.sweeps.search import search
from numnist.experiment.sweeps.space import read_space, read_words
from numnist.experiment.sweeps.study import Search
from tests.small import MLP, dataset

RECIPE = Recipe("small", "a small network", "bands", MLP, batch_size=20, epochs=4)  # 5 steps an epoch
STEPS = 5
SPACE = ("optimizer.learning_rate=1e-4..1e-1:log", "optimizer.type=SGD,Adam", "batch_size=20")


def plan(folder: Path = Path("runs"), count: int = 6, storage: str = "study.log", **changes: Any) -> Search:
    """The search.  changes: of the recipe's fields, and `space`, as words of --set."""
    space = changes.pop("space", SPACE)
    recipe = set_fields(RECIPE, changes)
    return Search(
        recipe, read_space(recipe, read_words(space)), set_fields, dataset().sha256, count, storage, folder, threads=1
    )


def die() -> None:
    """End this process as the kernel does when memory is short."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def wait() -> None:
    """Tell the parent, and wait for it."""
    print("waiting", flush=True)
    sys.stdin.readline()


def after(steps: int, then: Callable[[], None]) -> Callable[[], bool]:
    """A `stop` that never stops, but does something after so many steps."""
    left = [steps]

    def stop() -> bool:
        left[0] -= 1
        if left[0] == 0:
            then()
        return False

    return stop


def work(how: str) -> None:
    """A process of the search.   how: "die" in the second epoch, "wait" there for the parent, or "on" """
    actions: dict[str, Callable[[], Any]] = {"die": die, "wait": wait, "on": lambda: None}
    for result in search(plan(), dataset(), stop=after(STEPS + 2, actions[how])):
        print(result["name"], flush=True)


def start(how: str) -> subprocess.Popen[str]:
    """Start such a process in the working folder."""
    root = str(Path(numnist.__file__).parents[1])
    code = f"from tests.experiment.searching import work; work({how!r})"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code], env=os.environ | {"PYTHONPATH": root}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def dies_once(combination: Combination, data: Dataset, place: Path, version: str) -> dict[str, Any]:
    """On a Dask worker: a run that kills its process in the second epoch, when it is trained for the first time."""
    first = place.parent / f"{combination.name}.died"
    if first.exists():
        return run_combination(combination, data, place.parent)
    first.touch()
    return run_combination(combination, data, place.parent, stop=after(STEPS + 2, die))


def dies(*task: object) -> None:
    """On a Dask worker: a task that no worker survives."""
    die()
