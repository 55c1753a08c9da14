"""Commands in odd surroundings, and answers side by side: docs/reliability.md.

    python benchmarks/surroundings.py                  # everything: an hour on two cores
    python benchmarks/surroundings.py --only 40        # surroundings, commands and trials whose name has that in it
    python benchmarks/surroundings.py --again          # what went wrong last time, and what runs side by side

Each command of tests/cli/surroundings runs in each surrounding there, as a process of its own, and is compared with
what it does elsewhere.  Linux, as root: it hides folders from a command, and takes rights from it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from faults import RECORDS, Row, store
from records import load, parser

from numnist.support.workers import cores
from tests.cli.surroundings.commands import COMMANDS, Command
from tests.cli.surroundings.odd import SURROUNDINGS, Surrounding
from tests.cli.surroundings.outcomes import Outcome, fault, material, outcome
from tests.model.side_by_side import METHODS, asked, at_work, forked, in_processes, in_threads, trained

USUAL = Surrounding("the usual")
THREADS, PROCESSES, FORKS = 32, 8, 100


def outcomes(
    pairs: list[tuple[Command, Surrounding]], source: Path, jobs: int
) -> Iterator[tuple[Command, Surrounding, Outcome]]:
    """What each command does in its surrounding, as they are done."""

    def one(pair: tuple[Command, Surrounding]) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="s") as place:
            return outcome(*pair, source, Path(place))

    with ThreadPoolExecutor(jobs) as pool:
        for (command, surrounding), found in zip(pairs, pool.map(one, pairs)):
            yield command, surrounding, found


def commands(jobs: int, only: str = "", again: list[str] | None = None) -> tuple[int, list[str], int]:
    """How many were run, what went wrong, and how many have refused.   again: what went wrong last time, alone"""
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary)
        material(source)
        pairs = [pair[::-1] for pair in product(SURROUNDINGS, COMMANDS) if only in name(*pair[::-1])]
        if again is not None:
            pairs = [pair for pair in pairs if any(each.startswith(f"{name(*pair)}: ") for each in again)]
        named = dict.fromkeys(command for command, _ in pairs)
        usual = {c: found for c, _, found in outcomes([(c, USUAL) for c in named], source, jobs)}
        for command, found in usual.items():
            print(f"{command.name}: exit code {found.code}", file=sys.stderr)
        wrong, refused = [], 0
        for number, (command, surrounding, found) in enumerate(outcomes(pairs, source, jobs), 1):
            said = fault(command, surrounding, usual[command], found)
            refused += not said and found.code != usual[command].code
            if said:
                wrong.append(f"{name(command, surrounding)}: {said}")
                print(f"{wrong[-1]}\n{found.out[-1500:]}\n--\n{found.err[-3000:]}\n====", file=sys.stderr, flush=True)
            if number % 100 == 0:
                print(f"{number} of {len(pairs)}, {refused} refused, {len(wrong)} wrong", file=sys.stderr, flush=True)
    return len(pairs), wrong, refused


def name(command: Command, surrounding: Surrounding) -> str:
    return f"numnist {command.name} in {surrounding.name}"


def side_by_side() -> tuple[Row, Row]:
    """32 threads and pools of 8 processes against one call after the other; and forks while others are at work."""
    alone = {function: [function(number) for number in range(3)] for function in (asked, trained)}
    same = tried = alive = forks = 0
    for function, expected in alone.items():
        found = in_threads(function, THREADS)
        for method in METHODS:
            print(f"{function.__name__} in processes by {method}", file=sys.stderr, flush=True)
            found += [*in_processes(function, PROCESSES, method)]
        numbers = [*range(THREADS)] + [*range(PROCESSES)] * len(METHODS)
        same += sum(hash_ == expected[number % 3] for hash_, number in zip(found, numbers))
        tried += len(numbers)
        with at_work(function):
            alive += sum(forked(function, expected[0]) for _ in range(FORKS))
        forks += FORKS
    ways = f"{THREADS} threads at once, and pools of {PROCESSES} processes ({', '.join(METHODS)})"
    return (
        Row("predictions and trainings side by side give the bits of one after the other", ways, same, tried - same),
        Row(
            "a process that is forked while other threads predict and train works, and says the same",
            f"{forks} forks", alive, forks - alive,
        ),
    )  # fmt: skip


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("--only", default="", help="only what has these letters in its name; stores nothing")
    options.add_argument("--again", action="store_true", help="renew the record of what went wrong last time")
    options.add_argument("--jobs", type=int, default=cores(), help="commands at a time")
    given = options.parse_args()
    rows = () if given.only else side_by_side()
    record = load(RECORDS / "surroundings.json") if given.again else {}
    run, wrong, refused = commands(given.jobs, given.only, record.get("wrong"))
    print(f"{run} commands: {refused} refused, {len(wrong)} wrong", file=sys.stderr)
    if not given.only:
        run, refused = record.get("run", run), refused + record.get("refused", 0)
        tried = f"{len(COMMANDS)} commands in {len(SURROUNDINGS)} surroundings; {refused} refusals where one is due"
        first = Row(
            "a command does in odd surroundings what it does elsewhere, to the bit, or says in a line why not",
            tried, run - len(wrong), len(wrong),
        )  # fmt: skip
        store(
            "surroundings", "python benchmarks/surroundings.py", [first, *rows], run=run, refused=refused, wrong=wrong
        )


if __name__ == "__main__":
    main()
