"""What is left of trainings that are killed, at any moment and in the middle of writing: docs/reliability.md.

    python benchmarks/crashes.py     # 500 kills: some twenty minutes on two cores

Each trial trains a small network in a process of its own, which is killed with SIGKILL: half of them at a random
moment, the others before or after the n-th time that something is flushed or gets its name. Then the newest checkpoint
is read, the run is resumed, and its weights are compared with those of a run that nobody killed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faults import Row, store
from records import parser

from numnist import Dataset, load as load_data, load_model, load_recipe
from numnist.data.strokes.drawing import draw
from numnist.experiment.recipe import Recipe
from numnist.experiment.run import Run
from numnist.support.errors import ModelFileError

SECONDS = 3.0  # within which a random moment lies: from before the imports to behind the end
PLACES = 60  # flushes and renames of a training, about
PATIENCE = 120.0  # seconds for a child


def recipe() -> Recipe:
    return load_recipe("mlp-quick").override(epochs=4, batch_size=32, average=0.9, lanes=2)


def train_and_die(data: Path, folder: Path, ranks: int, place: int) -> None:
    """In the child: train, and die at a place where something is made durable; at none with place 0."""
    seen = 0

    def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal seen
            for before in (True, False):
                seen += 1
                if seen == place:
                    os.kill(os.getpid(), signal.SIGKILL)
                if before:
                    result = function(*arguments, **named)
            return result

        return call

    os.fsync = deadly(os.fsync)
    Path.replace = deadly(Path.replace)  # type: ignore[method-assign]
    Path.rename = deadly(Path.rename)  # type: ignore[method-assign]
    found = load_data(str(data))
    run = Run.create(recipe(), found, folder)
    for _ in run.events(threads=ranks):
        pass
    run.evaluate()


@dataclass(frozen=True)
class Trial:
    """killed: whether it was, or had ended before;  inside: in a write;  folder: whether there was one already;
    same: whether the weights in the end are those of a run that nobody killed;  left: what nobody tidied up;
    alive: whether a process of it lives on"""

    killed: bool
    inside: bool
    folder: bool
    same: bool
    left: tuple[str, ...]
    alive: bool


def trial(data: Path, found: Dataset, weights: str, ranks: int, inside: bool, draws: random.Random) -> Trial:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "runs" / "run"
        place = draws.randint(1, PLACES) if inside else 0
        command = [sys.executable, __file__, "--child", str(data), str(folder), str(ranks), str(place)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as child:
            if not inside:
                try:
                    child.wait(draws.uniform(0.0, SECONDS))
                except subprocess.TimeoutExpired:
                    child.kill()
            child.wait(PATIENCE)
        there = folder.exists()
        if there:
            load_model(folder)  # raises where the newest checkpoint is not whole
            run = Run.open(folder, found)
        else:
            run = Run.create(recipe(), found, folder)
        for _ in run.events(threads=ranks):
            pass
        same = run.evaluate()["weights_sha256"] == weights
        left = tuple(
            str(path) for path in Path(temporary).rglob("*") if path.name.endswith((".part", ".numnist-new", "lock"))
        )
        return Trial(child.returncode == -signal.SIGKILL, inside, there, same, left, alive(child.pid))


def alive(group: int) -> bool:
    """Whether a process of that group is left, such as a rank of a training that was killed."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def measure(kills: int) -> dict[str, Any]:
    """Kill that many trainings, a third of them of two ranks, and at least half in the middle of writing."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "digits.npz"
        x, labels = draw(360, seed=5)
        np.savez(data, x_train=x[:300], y_train=labels[:300], x_test=x[300:], y_test=labels[300:])
        found = load_data(str(data))
        whole = Run.create(recipe(), found, Path(temporary) / "runs" / "whole")
        for _ in whole.events(threads=1):
            pass
        weights = whole.evaluate()["weights_sha256"]
        draws, counts = (
            random.Random(0),
            dict.fromkeys(("killed", "inside", "before", "lost", "left", "broken", "alive"), 0),
        )
        number = 0
        while counts["killed"] < kills:
            inside = number % 2 == 0
            try:
                done = trial(data, found, weights, 2 if number % 3 == 0 else 1, inside, draws)
            except ModelFileError as error:
                counts["killed"] += 1
                counts["broken"] += 1
                print(error, file=sys.stderr)
                continue
            finally:
                number += 1
            counts["killed"] += done.killed
            counts["inside"] += done.killed and done.inside
            counts["before"] += done.killed and not done.folder
            counts["lost"] += not done.same
            counts["left"] += bool(done.left)
            counts["alive"] += done.alive
            if number % 20 == 0:
                print(f"{counts}", file=sys.stderr, flush=True)
    return counts


def rows(counts: dict[str, int]) -> list[Row]:
    killed = counts["killed"]
    tried = f"{killed} × SIGKILL, {counts['inside']} inside a write, {counts['before']} before the folder was there"
    promises = {
        "the newest checkpoint of a killed training can be read": "broken",
        "a killed training, resumed, ends in the bits of one that nobody killed": "lost",
        "the next start leaves no file, lock or folder of a killed one": "left",
        "no rank of a killed training lives on": "alive",
    }
    return [Row(promise, tried, killed - counts[name], counts[name]) for promise, name in promises.items()]


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        data, folder, ranks, place = sys.argv[2:]
        train_and_die(Path(data), Path(folder), int(ranks), int(place))
        return
    options = parser(__doc__, table=False)
    options.add_argument("--kills", type=int, default=500)
    counts = measure(options.parse_args().kills)
    store("crashes", "python benchmarks/crashes.py", rows(counts), counts=counts)


if __name__ == "__main__":
    main()
