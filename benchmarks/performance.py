"""Measures all numbers of docs/performance.md in one run.

    pip install '.[bench]'
    python benchmarks/performance.py                     # all parts; a quarter of an hour on two cores
    python benchmarks/performance.py comparison scaling  # some of them
    python benchmarks/performance.py comparison --threads 2  # the comparison with this number of threads only
    python benchmarks/performance.py --short             # tries everything out and writes nothing
    python benchmarks/performance.py --table             # only rewrites tables and figure

Run it on an idle machine that has MNIST.  Writes benchmarks/performance.json, the tables of docs/performance.md and of
the README, and docs/performance.png.  benchmarks/time_to_accuracy.py and breakdown.py measure the rest.
"""

from __future__ import annotations

from typing import Any

import one_picture
import processes
import scaling
from records import HERE, PERFORMANCE, ROOT, choose_blas_kernel, load, made_by, parser, save, write_between

import numnist
from numnist.bench.compare import FORMAT, compare
from numnist.bench.figure import draw
from numnist.bench.measure import Settings, doubled
from numnist.bench.networks import references
from numnist.bench.peers import PEERS, choose
from numnist.bench.tables import footnote, heading, network_table, remarks, summary_table
from numnist.support.workers import cores

RECORDS = HERE / "performance.json"
README = ROOT / "README.md"
FIGURE = PERFORMANCE.with_suffix(".png")
ROUNDS, EPOCH_ROUNDS = 5, 1
PARTS = ("comparison", "one-picture", "processes", "scaling")


def measure(part: str, short: bool, compared: list[int]) -> dict[str, Any]:
    """One part's record.   compared: numbers of threads of the comparison"""
    rounds, threads = 1 if short else ROUNDS, cores()
    match part:
        case "comparison":
            contenders, missing = choose(PEERS)
            if short:
                settings = Settings(references(), contenders, rounds, compared, 2, epoch_pictures=1024)
            else:
                settings = Settings(references(), contenders, rounds, compared, epoch_rounds=EPOCH_ROUNDS)
            data = numnist.load("mnist", offline=True)
            return compare(settings, data, lambda label, text: print(f"{label:<14} {text}")) | {"skipped": missing}
        case "one-picture":
            return one_picture.measure(rounds, threads)
        case "processes":
            return processes.measure(rounds)
        case _:
            return scaling.measure(rounds, threads, (1, 64) if short else scaling.BATCHES)


def tables(part: str, record: dict[str, Any]) -> dict[str, str]:
    """The text between each pair of markers."""
    match part:
        case "comparison":
            below = f"{footnote(record)} Made by `python benchmarks/performance.py {part}`."
            details = "\n\n".join(
                f"{heading(f'`{name}`', network)}\n\n{network_table(network, record).markdown()}"
                + "".join(f"\n\n{remark}" for remark in remarks(network))
                for name, network in record["networks"].items()
            )
            return {"comparison": f"{summary_table(record).markdown()}\n\n{below}", "networks": details}
        case "one-picture":
            text = one_picture.table(record)
        case "processes":
            text = processes.table(record)
        case _:
            text = scaling.table(record)
    below = (
        f"Medians (lowest – highest) of {record['rounds']} rounds in turns. {made_by(record, f'performance.py {part}')}"
    )
    return {part: f"{text}\n\n{below}"}


def main() -> None:
    choose_blas_kernel()
    parse = parser(__doc__)
    parse.add_argument("parts", nargs="*", help=f"which of {', '.join(PARTS)}; all by default")
    parse.add_argument("--short", action="store_true", help="try everything out quickly, and write nothing")
    parse.add_argument(
        "--threads", type=int, nargs="+", default=doubled(cores()), help="of the comparison; 1, 2, 4 ... by default"
    )
    options = parse.parse_args()
    for part in options.parts:
        if part not in PARTS:
            parse.error(f"there is no part {part!r}; there are {', '.join(PARTS)}")
    records = load(RECORDS)
    for part in options.parts or PARTS:
        if not options.table:
            records[part] = measure(part, options.short, options.threads)
        if part == "comparison" and records[part].get("format") != FORMAT:
            parse.error(f"the record of the comparison in {RECORDS} is not of format {FORMAT}: measure it again")
        if not options.short:
            save(RECORDS, {name: records[name] for name in PARTS if name in records})
        for marker, text in tables(part, records[part]).items():
            print(f"{text}\n")
            if not options.short:
                write_between(PERFORMANCE, marker, text)
            if marker == "comparison" and not options.short:
                write_between(README, marker, text)
        if part == "comparison" and not options.short:
            draw(records[part], FIGURE)


if __name__ == "__main__":
    main()
