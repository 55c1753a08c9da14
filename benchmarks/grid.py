"""The 64 combinations of `numnist sweep`, and networks that overfit a few pictures.

    python benchmarks/grid.py                  # half an hour on two cores
    python benchmarks/grid.py --jobs 1 --run FOLDER    # continues an interrupted sweep
    python benchmarks/grid.py --table          # only rewrites the tables from the stored record

The record is benchmarks/grid.json; the tables are in docs/results.md.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from records import HERE, ROOT, load, made_by, numnist, parser, save, write_between

from numnist.bench.tables import Table
from numnist.support.environment import stamp

RECORD = HERE / "grid.json"
PAGE = ROOT / "docs" / "results.md"
OVERFIT = (("convnet", 10), ("convnet", 100), ("cnn-dilated-quick", 100), ("mlp-quick", 100))


def measure(jobs: int | None, run: Path | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        options = ["--jobs", str(jobs)] if jobs else []
        options += ["--run", str(run or Path(temporary) / "grid")]
        found = numnist("sweep", "convnet", "--pictures", "10000", *options, exit_codes=(0, 1))  # 1: a run diverged
        overfitted = [
            numnist("train", name, "--overfit", str(n), "--run", f"{temporary}/{name}-{n}", exit_codes=(0, 1))
            for name, n in OVERFIT
        ]
    kept = ("choices", "validation_accuracy", "test_accuracy", "train_seconds", "seed", "weights_sha256", "error")
    grid = [{name: result[name] for name in kept if name in result} for result in found["trials"]]
    names = ("recipe", "pictures", "learnt", "epochs", "seed")
    return stamp() | {"grid": grid, "overfit": [{name: result[name] for name in names} for result in overfitted]}


def write_tables(record: dict[str, Any]) -> None:
    grid = record["grid"]
    choices = list(grid[0]["choices"])
    accuracies = ("validation_accuracy", "test_accuracy")
    rows = [
        [*result["choices"].values()]
        + (["", result["error"]] if "error" in result else [f"{100 * result[name]:.1f}%" for name in accuracies])
        for result in grid
    ]
    shares = [result.get("test_accuracy", 0.0) for result in grid]
    below = (
        f"{sum(share >= 0.9 for share in shares)} of {len(grid)} classify at least 90% of the test pictures correctly; "
        f"the lowest accuracy is {100 * min(shares):.1f}%. One seed (0) each, last epoch. {made_by(record, 'grid.py')}"
    )
    table = Table((*choices, "validation", "test"), rows, texts=range(len(choices))).markdown()
    write_between(PAGE, "grid", f"{table}\n\n{below}")
    heads = ("recipe", "pictures", "learnt", "epochs")
    rows = [
        (f"`{each['recipe'].removesuffix('-overfit')}`", *(str(each[name]) for name in heads[1:]))
        for each in record["overfit"]
    ]
    write_between(PAGE, "overfit", Table(heads, rows).markdown())


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, help="processes at a time")
    options.add_argument("--run", type=Path, help="a folder that keeps the runs, and in which finished ones are found")
    given = options.parse_args()
    if not given.table:
        save(RECORD, measure(given.jobs, given.run))
    write_tables(load(RECORD))


if __name__ == "__main__":
    main()
