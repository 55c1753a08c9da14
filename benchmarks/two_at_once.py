"""Several processes that begin the same thing at the same moment: docs/reliability.md.

    python benchmarks/two_at_once.py                 # 200 rounds of each: about a quarter of an hour on two quiet cores
    python benchmarks/two_at_once.py --rounds 20

In each round four processes, forks of this one, wait at a gate and go through it together: for one lock, free or of a
dead owner, with the system's locks and without; one run folder, to make or to resume; new runs; one sweep and one
study; one data set in the cache; one folder of kept drawings; and one name for what was trained on the page. Every
other round is on a file system without locks, as far as numnist can tell (flock fails with ENOLCK).
"""

from __future__ import annotations

import errno
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "NUMNIST_OFFLINE": "1", "COLUMNS": "200"}
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from faults import Row, store
from forked import Fork, fork
from records import parser

from numnist import Dataset, load, load_model, load_recipe
from numnist.cli import main as numnist
from numnist.experiment.folder import free_folder
from numnist.experiment.run import Run
from numnist.serve.state.drawings import DrawingStore
from numnist.support import files, locks
from numnist.support.errors import NumnistError
from numnist.support.locks import LockedError, locked
from tests.write_paths import DATA, SWEPT, left_over, write_data

MANY = 4  # processes
PATIENCE = 120.0  # seconds for a process
Say = Callable[[str], object]
Say_Code = Callable[[Say], int]
PROMISES = {
    "lock": "of several processes that want one lock, one gets it, dead owners or not, and the others learn its number",
    "run": "of several that make or resume one run, one does, and the others are told who",
    "new": "of several that make new runs, each gets a name of its own",
    "sweep": "several share a sweep or a study: each run is trained once, and all end with the same table",
    "cache": "several that import a data set leave a whole one",
    "kept": "of what several keep in one folder nothing is lost, and no name is given twice",
}


@dataclass
class Book:
    tried: Counter[str] = field(default_factory=Counter)
    lost: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in PROMISES})

    def check(self, promise: str, good: bool, what: object) -> None:
        self.tried[promise] += 1
        if not good:
            self.lost[promise].append(str(what))
            print(f"LOST {promise}: {str(what)[:2000]}", file=sys.stderr, flush=True)


class Race:
    """Processes that begin together.   flock: whether the file system has locks"""

    def __init__(self, folder: Path, flock: bool):
        self.folder, self.flock = folder, flock
        self.leave = os.pipe()

    def run(self, *functions: Say_Code) -> list[Fork]:
        """Begin all, wait until each has said something or has ended, let those that wait go on, and wait for all."""
        gate = os.pipe()
        forks = [fork(lambda say, one=one: self._begin(one, say, gate), self.folder) for one in functions]
        os.close(gate[0])
        os.close(gate[1])
        for each in forks:
            while not each.heard["said"] and each.hear(PATIENCE):
                pass
        os.close(self.leave[1])
        for each in forks:
            each.wait(PATIENCE)
        os.close(self.leave[0])
        return forks

    def _begin(self, function: Say_Code, say: Say, gate: tuple[int, int]) -> int:
        if not self.flock:
            no_locks()
        os.close(gate[1])
        os.close(self.leave[1])
        os.read(gate[0], 1)  # until all are there, and the gate is closed
        return function(say)

    def wait(self) -> None:
        """In a process: until the others have said something."""
        os.read(self.leave[0], 1)


def no_locks() -> None:
    def fail(file: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    locks._lock = fail
    files._hold = lambda file, wait: False


def said(forks: list[Fork]) -> list[str]:
    return [each.said[0] if each.said else f"ended with {each.code}: {each.err[-500:]}" for each in forks]


def one_lock(folder: Path, flock: bool, dead: bool, book: Book) -> None:
    path = folder / "lock"

    def die(say: Say) -> int:
        if not flock:
            no_locks()
        with locked(path):
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    if dead:
        fork(die, folder).wait(PATIENCE)
    race = Race(folder, flock)

    def want(say: Say) -> int:
        try:
            with locked(path):
                say(f"{os.getpid()}")
                race.wait()
        except LockedError as error:
            say(f"refused by {error.owner.split()[0] if error.owner else '?'}")
        return 0

    forks = race.run(*[want] * MANY)
    judge("lock", forks, folder, f"flock {flock}, dead {dead}", book)


def judge(promise: str, forks: list[Fork], folder: Path, what: str, book: Book) -> None:
    """Exactly one has said its number, and the others that one's."""
    found = said(forks)
    owners = [text for text in found if text.isdecimal()]
    refused = [text for text in found if owners and text == f"refused by {owners[0]}"]
    good = len(owners) == 1 and len(refused) == MANY - 1 and not left_over(folder)
    book.check(promise, good, f"{what}: {found}, left {left_over(folder)}")


def one_run(folder: Path, flock: bool, data: Dataset, book: Book) -> None:
    """To make, and then to resume."""
    recipe = load_recipe("mlp-quick").override(epochs=1, batch_size=64).for_data(data)
    race = Race(folder, flock)

    def make(say: Say) -> int:
        try:
            Run.create(recipe, data, Path("run"))
            say(f"{os.getpid()}")
        except NumnistError as error:
            say(str(error))
        return 0

    found = said(race.run(*[make] * MANY))
    made = sum(text.isdecimal() for text in found)
    good = made == 1 and sum("run exists already" in text for text in found) == MANY - 1 and not left_over(folder)
    book.check("run", good, f"make, flock {flock}: {found}, left {left_over(folder)}")
    race = Race(folder, flock)

    def resume(say: Say) -> int:
        try:
            run = Run.open(Path("run"), data)
            for _ in run.events(threads=1):
                say(f"{os.getpid()}")
                race.wait()
        except NumnistError as error:
            number = str(error).partition("is being trained by process ")[2].partition(":")[0]
            say(f"refused by {number.split()[0]}" if number else str(error))
        return 0

    judge("run", race.run(*[resume] * MANY), folder, f"resume, flock {flock}", book)


def new_runs(folder: Path, flock: bool, data: Dataset, book: Book) -> None:
    recipe = load_recipe("mlp-quick").override(epochs=1, batch_size=64).for_data(data)
    race = Race(folder, flock)

    def make(say: Say) -> int:
        run = Run.create(recipe, data)
        say(f"{run.folder} {free_folder('sweep')}")
        return 0

    found = said(race.run(*[make] * MANY))
    expected = {f"runs/mlp-quick-{n}" for n in range(1, MANY + 1)} | {f"runs/sweep-{n}" for n in range(1, MANY + 1)}
    names = [name for text in found for name in text.split()]
    there = {str(path.relative_to(folder)) for path in (folder / "runs").iterdir()}
    whole = all((path / "last.safetensors").exists() for path in (folder / "runs").glob("mlp*"))
    book.check(
        "new", sorted(names) == sorted(expected) and there == expected and whole, f"flock {flock}: {found} {there}"
    )


def one_sweep(folder: Path, flock: bool, words: tuple[str, ...], book: Book) -> None:
    race = Race(folder, flock)

    def work(say: Say) -> int:
        trained = []
        create = Run.create
        Run.create = lambda *given, **named: trained.append(1) or create(*given, **named)
        code = numnist(("sweep", *SWEPT, *words, "--epochs", "1", "--run", "sweep", "--json"))
        say(f"trained {len(trained)}")
        return code

    forks = race.run(*[work] * MANY)
    trained = sum(int(each.said[0].split()[1]) for each in forks if each.said)
    tables = {each.out for each in forks}
    good = trained == 2 and all(each.code == 0 for each in forks) and not left_over(folder)
    if "--seed" in words:
        good = good and len(tables) == 1
    book.check(
        "sweep",
        good,
        f"flock {flock}: {trained} trained, {len(tables)} tables, left {left_over(folder)}, "
        f"{[(each.code, each.err[-400:]) for each in forks]}",
    )


def one_cache(folder: Path, flock: bool, book: Book) -> None:
    race = Race(folder, flock)

    def get(say: Say) -> int:
        os.environ["NUMNIST_CACHE"] = str(folder / "cache")
        return numnist(("data", "import", DATA, "--name", "mine", "--force"))

    forks = race.run(*[get] * MANY)
    os.environ["NUMNIST_CACHE"] = str(folder / "cache")
    same = load("mine").sha256 == load(str(folder / DATA)).sha256
    book.check(
        "cache",
        same and all(each.code == 0 for each in forks) and not left_over(folder),
        f"{[each.err for each in forks]}",
    )


def one_kept(folder: Path, flock: bool, data: Dataset, book: Book) -> None:
    """Drawings, and then what was trained on the page."""
    recipe = load_recipe("mlp-quick").override(epochs=1, batch_size=64).for_data(data)
    model = recipe.model(data)
    race = Race(folder, flock)

    def keep(say: Say) -> int:
        store = DrawingStore(Path("kept"))
        for n in range(3):
            say(
                str(store.keep(model, "3", np.full((28, 28), os.getpid() % 200 + n, np.uint8), "0123456789abcdef").file)
            )
        return 0

    forks = race.run(*[keep] * MANY)
    names = [name for each in forks for name in each.said]
    there = list((folder / "kept" / "digits" / "3").glob("*.png"))
    good = len(set(names)) == 3 * MANY == len(there) and all(path.stat().st_size for path in there)
    good = good and all(each.code == 0 for each in forks) and not left_over(folder)
    book.check(
        "kept", good, f"{sorted(names)}, {len(there)} there, {[each.err for each in forks]}, left {left_over(folder)}"
    )
    race = Race(folder, flock)

    def move(say: Say) -> int:
        run = Run.create(recipe, data, Path(f"own-{os.getpid()}"))
        for _ in run.events(threads=1):
            pass
        run.evaluate()
        say("ready")
        race.wait()
        try:
            run.move(Path("chosen"))
            say(f"{os.getpid()}")
        except NumnistError as error:
            say(f"refused {run.folder.exists()} {error}")
        return 0

    forks = race.run(*[move] * MANY)
    found = [each.said[-1] if each.said else each.err[-500:] for each in forks]
    owners = [text for text in found if text.isdecimal()]
    refused = [text for text in found if text.startswith("refused True") and "exists already" in text]
    load_model(folder / "chosen")
    book.check("kept", len(owners) == 1 and len(refused) == MANY - 1, f"move: {found}")


def measure(rounds: int, seed: int, only: str) -> Book:
    draws, book = random.Random(seed), Book()
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary).resolve()
        write_data(base)
        data = load(str(base / DATA))
        kinds: dict[str, Callable[[Path, bool], None]] = {
            "lock": lambda folder, flock: one_lock(folder, flock, draws.random() < 0.5, book),
            "run": lambda folder, flock: one_run(folder, flock, data, book),
            "new": lambda folder, flock: new_runs(folder, flock, data, book),
            "cache": lambda folder, flock: one_cache(folder, flock, book),
            "kept": lambda folder, flock: one_kept(folder, flock, data, book),
            "sweep": lambda folder, flock: one_sweep(folder, flock, ("--seed", "0", "1"), book),
        }
        if find_spec("optuna"):
            kinds["study"] = lambda folder, flock: one_sweep(folder, flock, ("--search", "2"), book)
        for name, kind in kinds.items():
            if only and name != only:
                continue
            for number in range(rounds):
                with tempfile.TemporaryDirectory(dir=base) as place:
                    folder = Path(place)
                    (folder / DATA).write_bytes((base / DATA).read_bytes())
                    kind(folder, number % 2 == 0)
            print(f"{name}: {dict(book.tried)}", file=sys.stderr, flush=True)
    return book


def rows(book: Book) -> list[Row]:
    return [
        Row(text, f"{book.tried[name]} rounds of {MANY} processes, half of them without flock",
            book.tried[name] - len(book.lost[name]), len(book.lost[name]))
        for name, text in PROMISES.items()
    ]  # fmt: skip


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--only", default="", help="this kind alone; nothing is stored")
    given = options.parse_args()
    book = measure(given.rounds, given.seed, given.only)
    print(dict(book.tried), {name: len(lost) for name, lost in book.lost.items()}, file=sys.stderr)
    if not given.only:
        store("two_at_once", "python benchmarks/two_at_once.py", rows(book), seed=given.seed, lost=book.lost)


if __name__ == "__main__":
    main()
