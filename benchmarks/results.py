"""Results: every recipe trained over several seeds by whole `numnist train` processes, beside what was published.

    python benchmarks/results.py                      # what is missing of all rows: many hours on two cores
    python benchmarks/results.py quick cnn28 --again  # some rows, from the start
    python benchmarks/results.py mlp --jobs 2         # side by side, a thread each: sooner, but without seconds
    python benchmarks/results.py digits --time        # train seed 0 again, alone on all cores, for its seconds
    python benchmarks/results.py --table              # only write the tables again from the stored records

Each recipe's record is benchmarks/results/RECIPE.json; the tables in README.md and docs/results.md are made from them.
Seconds are those of the whole process, from the command to the written result.  A run repeats to the bit whatever the
number of threads, so --time also checks that it ends in the weights of the record.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from records import HERE, ROOT, load, save, spread, write_between

from numnist.experiment.recipe import Recipe, recipes
from numnist.support.environment import stamp, stamped

RECORDS = HERE / "results"
SEEDS = {"quick": 5, "cnn28": 4}  # of the others three
README_ROWS = ("quick", "mlp-quick", "cnn28", "digits", "fashion")


def run(recipe: str, seed: int, threads: int | None, keep: Path | None) -> dict[str, Any]:
    """One whole process, then its accuracy on the training pictures; what is finished in `keep` is taken as it is."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = (keep or Path(temporary)) / f"{recipe}-{seed}"
        seconds = None
        if not (folder / "result.json").exists():
            options = [] if threads is None else ["--threads", str(threads)]
            started = time.perf_counter()
            numnist("train", recipe, "--seed", str(seed), "--run", str(folder), *options)
            seconds = round(time.perf_counter() - started, 2)
        result = json.loads((folder / "result.json").read_text("utf-8"))
        trained = json.loads(numnist("evaluate", str(folder), "--split", "train", "--json"))
    kept = {name: value for name, value in result.items() if name not in ("run", "model", "report")}
    return kept | {"train_accuracy": trained["accuracy"], "process_seconds": seconds if threads is None else None}


def numnist(*arguments: str) -> str:
    """What one command prints as its result."""
    command = [sys.executable, "-m", "numnist", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def measure(name: str, seeds: int, jobs: int, keep: Path | None, again: bool) -> None:
    """Run the seeds that the record lacks, and store each as it comes."""
    path = RECORDS / f"{name}.json"
    record = {} if again else load(path)
    done = {result["seed"]: result for result in record.get("runs", [])}
    with ThreadPoolExecutor(jobs) as pool:
        missing = [seed for seed in range(seeds) if seed not in done]
        for result in pool.map(lambda seed: run(name, seed, 1 if jobs > 1 else None, keep), missing):
            done[result["seed"]] = result
            save(path, stamp() | {"runs": [done[seed] for seed in sorted(done)]})


def time_alone(name: str) -> None:
    """The seconds of seed 0 on all cores, into its record, if it ends in the same weights."""
    path = RECORDS / f"{name}.json"
    record = load(path)
    again = run(name, 0, None, None)
    if again["weights_sha256"] != record["runs"][0]["weights_sha256"]:
        raise SystemExit(f"{name}: seed 0 does not end in the weights of {path}: measure it again.")
    record["runs"][0]["process_seconds"] = again["process_seconds"]
    save(path, record)


def row(recipe: Recipe, record: dict[str, Any]) -> str:
    """A recipe's line of the large table."""
    runs = record["runs"]
    trained = [100 * result["train_accuracy"] for result in runs if "train_accuracy" in result]
    return (
        f"| `{recipe.name}` | {recipe.title} | {runs[0]['parameters']:,} | {runs[0]['epochs']} "
        f"| {recipe.published} | {spread([result['test_accuracy'] for result in runs])} | {len(runs)} "
        f"| {f'{statistics.mean(trained):.2f}%' if trained else ''} | {seconds(runs)} |"
    )


def seconds(runs: list[dict[str, Any]]) -> str:
    """The median of whole processes that had the machine for themselves."""
    known = [result["process_seconds"] for result in runs if result["process_seconds"] is not None]
    return f"{statistics.median(known):.1f}" if known else ""


def write_tables() -> None:
    """Into README.md and docs/results.md, each recipe in the order of `numnist recipes`."""
    stored = [(recipe, load(RECORDS / f"{recipe.name}.json")) for recipe in recipes()]
    found = [(recipe, record) for recipe, record in stored if record]
    newest = max((record for _, record in found), key=lambda record: record["date"])
    made = f"{stamped(newest)} Made by `python benchmarks/results.py`."
    large = [
        "| recipe | what it is | parameters | epochs | published | test accuracy: mean ± 95% interval (range) "
        "| seeds | training accuracy | seconds |",
        "| --- | --- | ---: | ---: | --- | --- | ---: | ---: | ---: |",
        *(row(recipe, record) for recipe, record in found),
        "",
        made,
    ]
    write_between(ROOT / "docs" / "results.md", "results", "\n".join(large))
    small = [
        "| recipe | data | parameters | epochs | test accuracy: mean ± 95% interval (lowest – highest) | seconds |",
        "| --- | --- | ---: | ---: | --- | ---: |",
    ]
    for recipe, record in found:
        if recipe.name in README_ROWS:
            runs = record["runs"]
            small.append(
                f"| `{recipe.name}` | {runs[0]['dataset']} | {runs[0]['parameters']:,} | {runs[0]['epochs']} "
                f"| {spread([result['test_accuracy'] for result in runs])} | {seconds(runs)} |"
            )
    write_between(ROOT / "README.md", "results", "\n".join([*small, "", made]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", help="recipes; all by default")
    parser.add_argument("--seeds", type=int, help="how many instead of the usual")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, with a thread each")
    parser.add_argument("--keep", type=Path, help="a folder in which the runs stay, and are found again")
    parser.add_argument("--again", action="store_true", help="forget the stored runs")
    parser.add_argument("--time", action="store_true", help="only the seconds of seed 0")
    parser.add_argument("--table", action="store_true", help="only write the tables again")
    options = parser.parse_args()
    for name in [] if options.table else options.rows or [recipe.name for recipe in recipes()]:
        if options.time:
            time_alone(name)
        else:
            measure(name, options.seeds or SEEDS.get(name, 3), options.jobs, options.keep, options.again)
    write_tables()


if __name__ == "__main__":
    main()
