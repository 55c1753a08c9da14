"""Ctrl-C and SIGTERM at random moments of every phase of a command: docs/reliability.md.

    python benchmarks/signals.py                # 50 of each in each of six phases: some twenty minutes on two cores
    python benchmarks/signals.py sweep ranks    # some phases, which keep the records of the others
    python benchmarks/signals.py --each 5       # a trial, without a record

The phases: the start of the program, the middle of a training, its evaluation, its report, a sweep, and a training with
a rank beside. The start is that of a program of its own, the others run in a fork of this one, which tells when a phase
begins; the signal comes from outside, a random time later. One in five is followed by a second one.
Ctrl-C goes to the whole process group, as from a terminal.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "NUMNIST_OFFLINE": "1", "COLUMNS": "200"}
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults import RECORDS, Row, store
from forked import Fork, fork, start
from records import load, parser

from numnist import load_model
from numnist.cli import main as numnist
from numnist.experiment.run import Run
from numnist.experiment.steps import StepLog
from numnist.report.page import html
from tests.write_paths import DATA, SWEPT, TRAINING, left_over, write_data

PATIENCE = 120.0  # seconds for a process
LIMIT = 5.0  # seconds from a signal to the end
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
TRAIN = ("train", *TRAINING, "--epochs", "30", "--lanes", "2", "--run", "run")
SWEEP = ("sweep", *SWEPT, "--seed", "0", "1", "2", "--epochs", "8", "--run", "sweep")


def given(words: tuple[str, ...], option: str, value: str) -> tuple[str, ...]:
    """The words with another value of an option."""
    place = words.index(option) + 1
    return (*words[:place], value, *words[place + 1 :])


PHASES = {
    "start": TRAIN, "mid-epoch": TRAIN, "evaluation": TRAIN, "report": TRAIN, "sweep": SWEEP,
    "ranks": given(TRAIN, "--threads", "2"),
}  # fmt: skip
PROMISES = {
    "code": "a signal ends a command with 130 or 143, in a word and without a traceback; a second one at once",
    "late": f"a signal ends a command within {LIMIT:.0f} s",
    "whole": "what a signal has stopped can be read, and goes on to the bits of what nobody stopped",
    "left": "nothing temporary and no process of it is left",
}


@dataclass
class Book:
    """What is found out: signals by phase, seconds to the end, and what is lost, in words."""

    tried: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    lost: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in PROMISES})

    def lose(self, promise: str, what: str) -> None:
        self.lost[promise].append(what)
        print(f"LOST {promise}: {what}", file=sys.stderr, flush=True)


def telling(
    function: Callable[..., Any], say: Callable[[str], object], phase: str, over: str = ""
) -> Callable[..., Any]:
    """The function, which says that a phase begins, once, and that it is over."""
    said = []

    def call(*arguments: Any, **named: Any) -> Any:
        if not said:
            said.append(say(phase))
        result = function(*arguments, **named)
        if over:
            say(over)
        return result

    return call


def command(*words: str) -> Callable[[Callable[[str], object]], int]:
    """The command, which says its phases."""

    def run(say: Callable[[str], object]) -> int:
        from numnist.cli.shared import sweeping

        for owner, name, phase, over in (
            (StepLog, "add", "training", ""), (Run, "evaluate", "evaluation", "evaluated"),
            (html, "write_report", "report", "reported"), (sweeping, "train_all", "sweep", "swept"),
        ):  # fmt: skip
            setattr(owner, name, telling(getattr(owner, name), say, phase, over))
        return numnist(words)

    return run


def program(*words: str) -> str:
    """The program, which says when its first line is read, and when it has found its data."""
    return (
        "import os, sys\nimport numnist.__main__ as program\n"
        f"sys.argv[1:] = {list(words)}\nos.write(said, b'start\\n')\nsys.exit(program.main())"
    )


BEGIN = {"start": "start", "mid-epoch": "training", "ranks": "training", "evaluation": "evaluation",
         "report": "report", "sweep": "sweep"}  # fmt: skip
END = {"start": "Data", "mid-epoch": "evaluation", "ranks": "evaluation", "evaluation": "evaluated",
       "report": "reported", "sweep": "swept"}  # fmt: skip


@contextmanager
def folder_with_data(base: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / DATA).write_bytes((base / DATA).read_bytes())
        yield folder


def launch(phase: str, words: tuple[str, ...], folder: Path) -> Fork:
    return start(program(*words), folder) if phase == "start" else fork(command(*words), folder)


def wait_for(child: Fork, text: str) -> bool:
    """Wait until it says so; False if it ends first."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and text not in heard(child):
        if not child.hear(1.0):
            return text in heard(child)
    return True


def heard(child: Fork) -> str:
    return "\n".join((*child.said, child.err))


def length(phase: str, base: Path) -> float:
    """The seconds of a phase, on this machine as busy as it is."""
    found = []
    for _ in range(3):
        with folder_with_data(base) as folder:
            child = launch(phase, PHASES[phase], folder)
            wait_for(child, BEGIN[phase])
            began = time.monotonic()
            wait_for(child, END[phase])
            found.append(time.monotonic() - began)
            child.wait(PATIENCE)
    return sorted(found)[1]


def trial(
    phase: str, number: signal.Signals, second: bool, seconds: float, base: Path, weights: set[str],
    draws: random.Random, book: Book,
) -> bool:  # fmt: skip
    """Send a signal at a random moment of a phase.  Returns whether it came in that phase."""
    words = PHASES[phase]
    if phase == "sweep" and draws.random() < 0.2:
        words = given(SWEEP, "--jobs", "2")
    with folder_with_data(base) as folder:
        child = launch(phase, words, folder)
        if not wait_for(child, BEGIN[phase]):
            book.lose("code", f"{phase}: it ended before, {child.wait(1.0)}: {child.err[-300:]!r}")
            return False
        until = time.monotonic() + draws.uniform(0.0, seconds)
        while (left := until - time.monotonic()) > 0 and child.hear(left):
            pass
        child.hear(0.0)
        if END[phase] in heard(child) or not child.pipes:
            child.wait(PATIENCE)
            return False
        sent = time.monotonic()
        send(child, number)
        if second:
            pause = time.monotonic() + draws.choice((0.0, draws.uniform(0.0, 0.05)))
            while (left := pause - time.monotonic()) > 0 and child.hear(left):
                pass
            if child.pipes:
                send(child, number)
        code = child.wait(PATIENCE)
        took = time.monotonic() - sent
        book.seconds.append(took)
        what = f"{phase}, {number.name}{' twice' if second else ''}: "
        book.tried[phase] += 1
        book.outcomes[f"{phase} {number.name}: {code}"] += 1
        if took > LIMIT:
            book.lose("late", f"{what}{took:.1f} s")
        judge(child, code, number, second or phase == "start", what, book)
        if child.left(LIMIT):
            book.lose("left", f"{what}a process lives on")
        go_on(phase, folder, weights, what, book)
    return True


def send(child: Fork, number: signal.Signals) -> None:
    """As a terminal sends Ctrl-C, to the whole group, and others send SIGTERM."""
    with suppress(ProcessLookupError):
        (os.killpg if number == signal.SIGINT else os.kill)(child.pid, number)


def judge(child: Fork, code: int | None, number: signal.Signals, plain: bool, what: str, book: Book) -> None:
    """plain: whether it may end by the signal itself, as before numnist is there to answer, or by the second one."""
    good = code == SIGNALS[number] or (plain and code == -number)
    lines = [line for line in child.err.splitlines() if line.strip()]
    said = [line for line in lines if re.match("Stopped|interrupted|terminated", line)]
    again = [line for line, count in Counter(line.strip() for line in lines).items() if count > 1]
    words = len({line.split()[0] for line in said}) == len(said) and bool(said or code == -number)
    before = (
        plain and code == -number and "numnist/" not in child.err
    )  # Python says so, where numnist has not begun or is over
    broken = "Traceback" in child.err or "Exception" in child.err
    if not good or not words or again or (broken and not before):
        book.lose("code", f"{what}it ends with {code}: {child.err[:1500]!r} … {child.err[-1500:]!r}")


def go_on(phase: str, folder: Path, weights: set[str], what: str, book: Book) -> None:
    """Read what is there, give the same command again or resume, and compare the weights."""
    if phase == "sweep":
        child = fork(command(*SWEEP), folder)
    elif (folder / "run").exists():
        try:
            load_model(folder / "run")
        except Exception as error:
            book.lose("whole", f"{what}{error}")
        child = fork(command("resume", "run", "--threads", "1"), folder)
    else:
        child = fork(command(*TRAIN), folder)
    code = child.wait(PATIENCE)
    models = [*folder.glob("sweep/*/model.safetensors"), *folder.glob("run/model.safetensors")]
    found = {load_model(path).weights_sha256 for path in models}
    if code != 0 or found != weights:
        book.lose(
            "whole",
            f"{what}it goes on with {code}, {len(found & weights)} of {len(weights)} equal: {child.err[-300:]!r}",
        )
    if left := left_over(folder):
        book.lose("left", f"{what}{left}")


def measure(phase: str, each: int, seed: int, base: Path, whole: dict[str, set[str]]) -> Book:
    """whole: the weights of what nobody stopped, of a training and of the sweep"""
    draws, book = random.Random(f"{seed} {phase}"), Book()
    seconds = length(phase, base)
    print(f"{phase}: {seconds:.2f} s", file=sys.stderr, flush=True)
    for number in SIGNALS:
        done = tries = 0
        while done < each and tries < 6 * each:
            weights = whole["sweep" if phase == "sweep" else "mid-epoch"]
            tries += 1
            done += trial(phase, number, done % 5 == 4, seconds, base, weights, draws, book)
    lost = {name: len(lost) for name, lost in book.lost.items()}
    print(f"{phase}: {book.outcomes}, slowest {max(book.seconds):.2f} s, lost {lost}", file=sys.stderr, flush=True)
    return book


def rows(found: dict[str, dict[str, Any]]) -> list[Row]:
    tried = sum(one["tried"] for one in found.values())
    how = f"{tried} × SIGINT or SIGTERM: " + ", ".join(f"{one['tried']} in {phase}" for phase, one in found.items())
    how += f"; slowest {max(one['slowest'] for one in found.values()):.1f} s"
    lost = {name: sum(len(one["lost"][name]) for one in found.values()) for name in PROMISES}
    return [Row(text, how, tried - lost[name], lost[name]) for name, text in PROMISES.items()]


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("phases", nargs="*", metavar="phase", help=f"some of: {', '.join(PHASES)}; all by default")
    options.add_argument("--each", type=int, default=50, help="signals of each kind in each phase; below 50 not stored")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    if unknown := set(given.phases) - set(PHASES):
        options.error(f"there is no phase {', '.join(sorted(unknown))}: choose from {', '.join(PHASES)}")
    for number in SIGNALS:  # they may be ignored where this program is started in the background
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    found = load(RECORDS / "signals.json").get("phases", {})
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        os.chdir(base)
        write_data(base)
        whole = {}
        for phase in ("mid-epoch", "sweep"):
            with folder_with_data(base) as folder:
                child = fork(command(*PHASES[phase]), folder)
                if child.wait(PATIENCE) != 0:
                    raise SystemExit(child.err)
                whole[phase] = {load_model(path).weights_sha256 for path in folder.glob("*/**/model.safetensors")}
        for phase in given.phases or PHASES:
            book = measure(phase, given.each, given.seed, base, whole)
            found[phase] = {"tried": book.tried[phase], "slowest": round(max(book.seconds), 2),
                            "outcomes": book.outcomes, "lost": book.lost}  # fmt: skip
            if given.each >= 50:
                store("signals", "python benchmarks/signals.py", rows(found), seed=given.seed, phases=found)
        os.chdir("/")


if __name__ == "__main__":
    main()
