"""Results: the README's table, from whole `numnist train` processes over several seeds.

    python benchmarks/results.py                 # all rows, five seeds each: about ten minutes on two cores
    python benchmarks/results.py quick --seeds 3 # some rows
    python benchmarks/results.py --table         # only write the table again from the stored records

Every run's record goes to benchmarks/results.json; the table between the markers in README.md is made from it.
Seconds are those of the whole process, from the command to the written result.
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import subprocess
import sys
import tempfile
import time
from math import sqrt
from pathlib import Path

from numnist.files import write_atomically
from numnist.provenance import made_with

HERE = Path(__file__).parent
RECORDS = HERE / "results.json"
README = HERE.parent / "README.md"
BEGIN, END = "<!-- results: made by benchmarks/results.py -->", "<!-- end of results -->"
ROWS = {  # name of the row -> what `numnist train` is told
    "quick": ["quick"],
    "mlp-quick": ["mlp-quick"],
    "cnn28": ["cnn28"],
    "fashion-quick": ["fashion-quick"],
}
T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}  # Student's t


def run(arguments: list[str], seed: int) -> dict[str, object]:
    """One whole process; its JSON result and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "numnist", "train", *arguments, "--seed", str(seed), "--json"]
        started = time.perf_counter()
        done = subprocess.run([*command, "--run", f"{folder}/run"], stdout=subprocess.PIPE, check=True)
        seconds = time.perf_counter() - started
    result = json.loads(done.stdout)
    return {name: value for name, value in result.items() if name not in ("run", "model")} | {
        "process_seconds": round(seconds, 2)
    }


def table(records: dict[str, dict[str, object]]) -> str:
    """The README's table in Markdown."""
    lines = [
        "| recipe | data | parameters | epochs | test accuracy, mean ± 95% interval of the mean (lowest – highest) "
        "| seconds, whole process, median |",
        "| --- | --- | ---: | ---: | --- | ---: |",
    ]
    for name, record in records.items():
        runs = record["runs"]
        assert isinstance(runs, list)
        accuracies = [100 * r["test_accuracy"] for r in runs]
        seconds = statistics.median(r["process_seconds"] for r in runs)
        half = T95[len(runs)] * statistics.stdev(accuracies) / sqrt(len(runs))
        lines.append(
            f"| `{name}` | {runs[0]['dataset']} | {runs[0]['parameters']:,} | {runs[0]['epochs']} "
            f"| {statistics.mean(accuracies):.2f} ± {half:.2f}% ({min(accuracies):.2f} – {max(accuracies):.2f}), "
            f"{len(runs)} seeds | {seconds:.1f} |"
        )
    newest = max(records.values(), key=lambda record: str(record["date"]))
    made = newest["made_with"]
    assert isinstance(made, dict)
    lines += [
        "",
        f"Last epoch, seeds 0 to {len(newest['runs']) - 1}, nothing chosen on test data. {newest['date']}, "  # type: ignore[arg-type]
        f"{made['cores']} cores of {made['processor']}, numnist {made['numnist']}, NumPy {made['numpy']}, "
        f"{made['blas']}, Python {made['python']}. Made by `python benchmarks/results.py`.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", help=f"which of {', '.join(ROWS)}; all by default")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--table", action="store_true", help="only write the table again")
    options = parser.parse_args()
    records = json.loads(RECORDS.read_text()) if RECORDS.exists() else {}
    for name in [] if options.table else options.rows or ROWS:
        runs = [run(ROWS[name], seed) for seed in range(options.seeds)]
        today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        records[name] = {
            "command": ["numnist", "train", *ROWS[name]],
            "date": today,
            "made_with": made_with(),
            "runs": runs,
        }
        records = {row: records[row] for row in ROWS if row in records}
        write_atomically(RECORDS, (json.dumps(records, indent=1) + "\n").encode())
    text = README.read_text("utf-8")
    before, rest = text.split(BEGIN)
    write_atomically(README, f"{before}{BEGIN}\n{table(records)}\n{END}{rest.split(END)[1]}".encode())


if __name__ == "__main__":
    main()
