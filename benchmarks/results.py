"""Results: the README's table, from whole `numnist train` processes over several seeds.

    python benchmarks/results.py                 # all rows, five seeds each: some minutes on two cores
    python benchmarks/results.py quick --seeds 3 # some rows
    python benchmarks/results.py --table         # only write the table again from the stored records

Every run's record goes to benchmarks/results.json; the table between the markers in README.md is made from it.
Seconds are those of the whole process, from the command to the written result.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from records import HERE, ROOT, load, save, spread, write_between

from numnist.provenance import stamp, stamped

RECORDS = HERE / "results.json"
ROWS = ("quick", "mlp-quick", "cnn28", "fashion-quick")


def run(recipe: str, seed: int) -> dict[str, Any]:
    """One whole process; its JSON result and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "numnist", "train", recipe, "--seed", str(seed), "--json"]
        started = time.perf_counter()
        done = subprocess.run([*command, "--run", f"{folder}/run"], stdout=subprocess.PIPE, check=True)
        seconds = time.perf_counter() - started
    result = json.loads(done.stdout)
    kept = {name: value for name, value in result.items() if name not in ("run", "model")}
    return kept | {"process_seconds": round(seconds, 2)}


def table(records: dict[str, Any]) -> str:
    """The README's table in Markdown."""
    lines = [
        "| recipe | data | parameters | epochs | test accuracy: mean ± 95% interval of the mean (lowest – highest) "
        "| seconds |",
        "| --- | --- | ---: | ---: | --- | ---: |",
    ]
    for name, record in records.items():
        runs = record["runs"]
        seconds = statistics.median(r["process_seconds"] for r in runs)
        lines.append(
            f"| `{name}` | {runs[0]['dataset']} | {runs[0]['parameters']:,} | {runs[0]['epochs']} "
            f"| {spread([r['test_accuracy'] for r in runs])} | {seconds:.1f} |"
        )
    newest = max(records.values(), key=lambda record: record["date"])
    lines += [
        "",
        f"Seeds 0 to {len(newest['runs']) - 1}, last epoch, nothing chosen on test data; seconds are the median of "
        "whole processes, from the command to the written result.",
        f"{stamped(newest)} Made by `python benchmarks/results.py`.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", help=f"which of {', '.join(ROWS)}; all by default")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--table", action="store_true", help="only write the table again")
    options = parser.parse_args()
    records = load(RECORDS)
    for name in [] if options.table else options.rows or ROWS:
        records[name] = stamp() | {"runs": [run(name, seed) for seed in range(options.seeds)]}
        records = {row: records[row] for row in ROWS if row in records}
        save(RECORDS, records)
    write_between(ROOT / "README.md", "results", table(records))


if __name__ == "__main__":
    main()
