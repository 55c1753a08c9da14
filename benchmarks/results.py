"""Every recipe trained with several seeds by whole `numnist train` processes, with what was published.

    python benchmarks/results.py                      # all missing runs: many hours on two cores
    python benchmarks/results.py quick cnn28 --again  # some rows, from the start
    python benchmarks/results.py mlp --jobs 2         # in parallel, with one thread each: faster, but without seconds
    python benchmarks/results.py digits --time        # train seed 0 again, alone on all cores, for its seconds
    python benchmarks/results.py --table              # only rewrite the tables from the stored records

Each recipe's record is benchmarks/results/RECIPE.json; the tables are in README.md and docs/results.md.  Seconds are
those of the whole process, from the command to the written result.  A run is bit-identical on any number of threads:
--time also checks that it ends in the weights of the record.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from records import ACCURACY_HEADS, HERE, ROOT, accuracy_cells, load, made_by, numnist, parser, save, write_between

from numnist.bench.tables import Table
from numnist.experiment.recipe import Recipe, recipes
from numnist.support.environment import stamp
from numnist.support.sample import Sample

RECORDS = HERE / "results"
SHORT = (
    "quick",
    "cnn28",
    "mlp-quick",
    "lesson-0",
    "lesson-1",
    "lesson-2",
    "lesson-3",
    "lesson-4",
)  # seconds or a minute
SEEDS = dict.fromkeys(SHORT, 10)  # three for the others
TEST_HEADS = (f"test {ACCURACY_HEADS[0]}", *ACCURACY_HEADS[1:])
README_ROWS = ("quick", "mlp-quick", "cnn28", "digits", "fashion")


def run(recipe: str, seed: int, threads: int | None, keep: Path | None) -> dict[str, Any]:
    """One whole process, then its training accuracy; a finished run in `keep` is used as it is."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = (keep or Path(temporary)) / f"{recipe}-{seed}"
        seconds = None
        if not (folder / "result.json").exists():
            options = [] if threads is None else ["--threads", str(threads)]
            started = time.perf_counter()
            numnist("train", recipe, "--seed", str(seed), "--run", str(folder), *options)
            seconds = round(time.perf_counter() - started, 2)
        result = json.loads((folder / "result.json").read_text("utf-8"))
        trained = numnist("evaluate", str(folder), "--split", "train")
    kept = {name: value for name, value in result.items() if name not in ("run", "model", "report")}
    return kept | {"train_accuracy": trained["accuracy"], "process_seconds": seconds if threads is None else None}


def measure(name: str, seeds: int, jobs: int, keep: Path | None, again: bool) -> None:
    """Run the seeds that the record lacks, and store each as it finishes."""
    path = RECORDS / f"{name}.json"
    record = {} if again else load(path)
    done = {result["seed"]: result for result in record.get("runs", [])}
    with ThreadPoolExecutor(jobs) as pool:
        missing = [seed for seed in range(seeds) if seed not in done]
        for result in pool.map(lambda seed: run(name, seed, 1 if jobs > 1 else None, keep), missing):
            done[result["seed"]] = result
            save(path, stamp() | {"runs": [done[seed] for seed in sorted(done)]})


def time_alone(name: str) -> None:
    """Store the seconds of seed 0 on all cores in its record, if it ends in the same weights."""
    path = RECORDS / f"{name}.json"
    record = load(path)
    again = run(name, 0, None, None)
    if again["weights_sha256"] != record["runs"][0]["weights_sha256"]:
        raise SystemExit(f"{name}: seed 0 does not end in the weights of {path}: measure it again.")
    record["runs"][0]["process_seconds"] = again["process_seconds"]
    save(path, record)


def row(recipe: Recipe, record: dict[str, Any]) -> tuple[str, ...]:
    """A recipe's row of the large table."""
    runs = record["runs"]
    trained = [100 * result["train_accuracy"] for result in runs if "train_accuracy" in result]
    return (
        f"`{recipe.name}`", recipe.title, f"{runs[0]['parameters']:,}", f"{runs[0]['epochs']}", recipe.published,
        *accuracy(runs), f"{statistics.mean(trained):.2f}%" if trained else "", seconds(runs),
    )  # fmt: skip


def accuracy(runs: list[dict[str, Any]]) -> tuple[str, ...]:
    return accuracy_cells([result["test_accuracy"] for result in runs])


def seconds(runs: list[dict[str, Any]]) -> str:
    """Of whole processes that had the machine to themselves; else the fastest training, which other work delayed."""
    known = [result["process_seconds"] for result in runs if result["process_seconds"] is not None]
    if not known:
        return f"≤ {min(result['train_seconds'] for result in runs):,.0f}"
    found = Sample.of(known)
    return f"{found.mean:,.1f}" + ("" if found.deviation is None else f" ± {found.deviation:.1f}")


def measured(found: list[tuple[Recipe, Any]]) -> str:
    """When and where each row was measured, the latest first: a paragraph for those measured together."""
    rows: dict[str, list[str]] = {}
    for recipe, record in sorted(found, key=lambda each: each[1]["date"], reverse=True):
        rows.setdefault(made_by(record, "results.py"), []).append(f"`{recipe.name}`")
    return "\n\n".join(f"{', '.join(names)}: {made}" for made, names in rows.items())


def write_tables() -> None:
    """Write the tables of README.md and docs/results.md, with recipes in the order of `numnist recipes`."""
    stored = [(recipe, load(RECORDS / f"{recipe.name}.json")) for recipe in recipes()]
    found = [(recipe, record) for recipe, record in stored if record]
    heads = (
        "recipe",
        "network",
        "parameters",
        "epochs",
        "published",
        *TEST_HEADS,
        "training accuracy",
        "seconds",
    )
    large = Table(heads, [row(recipe, record) for recipe, record in found], texts=(0, 1, 4))
    write_between(ROOT / "docs" / "results.md", "results", f"{large.markdown()}\n\n{measured(found)}")
    heads = (
        "recipe",
        "data",
        "parameters",
        "epochs",
        *TEST_HEADS,
        "seconds",
    )
    rows = []
    for recipe, record in found:
        if recipe.name in README_ROWS:
            name, _, parameters, epochs, _, *correct, _, took = row(recipe, record)
            rows.append((name, record["runs"][0]["dataset"], parameters, epochs, *correct, took))
    small = Table(heads, rows, texts=(0, 1))
    shown = [each for each in found if each[0].name in README_ROWS]
    write_between(ROOT / "README.md", "results", f"{small.markdown()}\n\n{measured(shown)}")


def main() -> None:
    options = parser(__doc__)
    options.add_argument("rows", nargs="*", help="recipes; all by default")
    options.add_argument("--seeds", type=int, help="how many instead of the usual")
    options.add_argument("--jobs", type=int, default=1, help="runs at a time, with one thread each")
    options.add_argument("--keep", type=Path, help="a folder that keeps the runs, and in which finished ones are found")
    options.add_argument("--again", action="store_true", help="ignore the stored runs")
    options.add_argument("--time", action="store_true", help="only measure the seconds of seed 0")
    given = options.parse_args()
    for name in [] if given.table else given.rows or [recipe.name for recipe in recipes()]:
        if given.time:
            time_alone(name)
        else:
            measure(name, given.seeds or SEEDS.get(name, 3), given.jobs, given.keep, given.again)
    write_tables()


if __name__ == "__main__":
    main()
