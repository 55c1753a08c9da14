"""Grid: the 64 combinations of `numnist sweep`, and the networks that learn a few pictures by heart.

    python benchmarks/grid.py                  # half an hour on two cores
    python benchmarks/grid.py --jobs 1 --run FOLDER    # goes on where it was stopped
    python benchmarks/grid.py --table          # only write the tables again from the stored record

The record is benchmarks/grid.json; the tables in docs/results.md are made from it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from records import HERE, ROOT, load, save, write_between

from numnist.support.environment import stamp, stamped

RECORD = HERE / "grid.json"
PAGE = ROOT / "docs" / "results.md"
BY_HEART = (("convnet", 10), ("convnet", 100), ("cnn-dilated-quick", 100), ("mlp-quick", 100))


def numnist(*arguments: str) -> Any:
    """One command's result.  Exit code 1 is a result too."""
    command = [sys.executable, "-m", "numnist", *arguments, "--json"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True).stdout)


def measure(jobs: int | None, run: Path | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        options = ["--jobs", str(jobs)] if jobs else []
        options += ["--run", str(run or Path(temporary) / "grid")]
        found = numnist("sweep", "convnet", "--pictures", "10000", *options)
        heart = [
            numnist("train", name, "--overfit", str(n), "--run", f"{temporary}/{name}-{n}") for name, n in BY_HEART
        ]
    kept = ("choices", "validation_accuracy", "test_accuracy", "train_seconds", "seed", "weights_sha256", "error")
    grid = [{name: result[name] for name in kept if name in result} for result in found]
    learnt = [{name: result[name] for name in ("recipe", "pictures", "learnt", "epochs", "seed")} for result in heart]
    return stamp() | {"grid": grid, "by_heart": learnt}


def write_tables(record: dict[str, Any]) -> None:
    grid = record["grid"]
    names = list(grid[0]["choices"])
    rows = [
        f"| {' | '.join(result['choices'].values())} "
        + (f"| {100 * result['validation_accuracy']:.1f}% | {100 * result['test_accuracy']:.1f}% |"
           if "error" not in result else f"| | {result['error']} |")
        for result in grid
    ]  # fmt: skip
    shares = [result.get("test_accuracy", 0.0) for result in grid]
    table = [
        f"| {' | '.join(names)} | validation | test |",
        "| --- " * len(names) + "| ---: | ---: |",
        *rows,
        "",
        f"{sum(share >= 0.9 for share in shares)} of {len(grid)} read at least 90% of the test pictures; the lowest "
        f"{100 * min(shares):.1f}%. One seed (0) each, last epoch. {stamped(record)} "
        "Made by `python benchmarks/grid.py`.",
    ]
    write_between(PAGE, "grid", "\n".join(table))
    heart = ["| recipe | pictures | learnt | epochs |", "| --- | ---: | ---: | ---: |"]
    for result in record["by_heart"]:
        name = result["recipe"].removesuffix("-overfit")
        heart.append(f"| `{name}` | {result['pictures']} | {result['learnt']} | {result['epochs']} |")
    write_between(PAGE, "overfit", "\n".join(heart))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, help="processes at a time")
    parser.add_argument("--run", type=Path, help="a folder in which the runs stay, and are found again")
    parser.add_argument("--table", action="store_true", help="only write the tables again")
    options = parser.parse_args()
    if not options.table:
        save(RECORD, measure(options.jobs, options.run))
    write_tables(load(RECORD))


if __name__ == "__main__":
    main()
