"""Time to accuracy of the default recipe in numnist and in PyTorch, as whole processes.

    python benchmarks/time_to_accuracy.py                        # ten seeds: some minutes on two cores
    python benchmarks/time_to_accuracy.py --seeds 2 --epochs 1   # a short trial, which writes nothing

`numnist train` and benchmarks/train_in_pytorch.py, the same recipe in PyTorch, take turns, timed from the command to
the written result.  Writes benchmarks/time_to_accuracy.json and the table in docs/performance.md.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from records import (
    ACCURACY_HEADS,
    HERE,
    PERFORMANCE,
    accuracy_cells,
    choose_blas_kernel,
    load as load_record,
    made_by,
    parser,
    save,
    write_between,
)

from numnist import Recipe, load, load_recipe
from numnist.bench.peers import version
from numnist.bench.tables import Table
from numnist.support.environment import stamp

RECORD = HERE / "time_to_accuracy.json"
RECIPE = "quick"
GOAL = 0.99


def measure(seeds: int, epochs: int | None = None) -> dict[str, Any]:
    """Test accuracy and seconds of every run."""
    recipe = load_recipe(RECIPE).override(epochs=epochs)
    source = Path(load("mnist", offline=True).source)  # has the files, or a folder mnist with them
    folder = next(place for place in (source / "mnist", source) if place.is_dir())
    runs: dict[str, list[dict[str, float]]] = {"numnist": [], "pytorch": []}
    for seed in range(seeds):
        for name, command in (("numnist", ours), ("pytorch", theirs)):
            with TemporaryDirectory() as place:
                runs[name].append(timed(command(replace(recipe, seed=seed), folder, Path(place))))
    return stamp(pytorch=version("torch") or "") | {"recipe": RECIPE, "epochs": recipe.epochs, "runs": runs}


def ours(recipe: Recipe, folder: Path, place: Path) -> list[str]:
    """The command that trains with numnist."""
    options = ["--seed", str(recipe.seed), "--epochs", str(recipe.epochs), "--run", str(place / "run"), "--json"]
    return [sys.executable, "-m", "numnist", "train", RECIPE, *options]


def theirs(recipe: Recipe, folder: Path, place: Path) -> list[str]:
    """The command that trains with PyTorch."""
    (place / "recipe.json").write_text(json.dumps(recipe.to_dict()))
    return [
        sys.executable, str(HERE / "train_in_pytorch.py"), str(place / "recipe.json"), str(folder), str(place / "run"),
    ]  # fmt: skip


def timed(command: list[str]) -> dict[str, float]:
    """Test accuracy and seconds of one whole process."""
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    seconds = time.perf_counter() - started
    return {"test_accuracy": json.loads(done.stdout)["test_accuracy"], "seconds": round(seconds, 3)}


def table(record: dict[str, Any]) -> str:
    """The table of docs/performance.md."""
    heads = (
        f"recipe `{record['recipe']}`, {record['epochs']} epoch{'s' * (record['epochs'] > 1)}",
        f"test {ACCURACY_HEADS[0]}", *ACCURACY_HEADS[1:-1],
        f"seeds at {100 * GOAL:.1f}% or above", "seconds: mean ± standard deviation",
    )  # fmt: skip
    rows = []
    for name, runs in record["runs"].items():
        shares, seconds = ([run[what] for run in runs] for what in ("test_accuracy", "seconds"))
        rows.append(
            (
                name, *accuracy_cells(shares)[:-1], f"{sum(share >= GOAL for share in shares)} of {len(shares)}",
                f"{statistics.mean(seconds):.2f} ± {statistics.stdev(seconds):.2f}",
            )
        )  # fmt: skip
    count = len(record["runs"]["numnist"])
    below = (
        f"Seeds 0 to {count - 1} in turns, PyTorch {record['environment']['pytorch']}, whole processes from the "
        f"command to the written result. {made_by(record, 'time_to_accuracy.py')}"
    )
    return f"{Table(heads, rows).markdown()}\n\n{below}"


def main() -> None:
    choose_blas_kernel()
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--epochs", type=int, help="another number than the recipe's: then nothing is written")
    given = options.parse_args()
    record = load_record(RECORD) if given.table else measure(given.seeds, given.epochs)
    if given.epochs is None:
        save(RECORD, record)
        write_between(PERFORMANCE, "accuracy", table(record))
    print(table(record))


if __name__ == "__main__":
    main()
