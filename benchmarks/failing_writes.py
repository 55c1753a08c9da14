"""Every call that writes fails once, on every path of numnist that writes: docs/reliability.md.

    python benchmarks/failing_writes.py                # all calls: half an hour on two quiet cores
    python benchmarks/failing_writes.py train card     # some paths, which keep the records of the others
    python benchmarks/failing_writes.py --share 0.1    # one in ten of them, chosen at random

The paths are those of tests/write_paths.py, and the calls are counted on a healthy disk: opening a file to write,
writing, flushing, renaming, making and removing folders and files. Each then fails in six ways (tests/broken_disk.py):
no space, an I/O error, no permission, a disk that stays full, half a write, and SIGKILL. After that every file must be
the old one or a new one that is whole, the command must end with an error of one line that names path and cause, and
the same command on a healthy disk must come to what it always does, with nothing temporary left.

Further: the system's limit of a file's size, a folder that may not be written (as root: by another user), folders
where files should be, and a small file system that is full (as root on Linux).
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "NUMNIST_OFFLINE": "1", "COLUMNS": "200", "MPLBACKEND": "agg"}
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults import RECORDS, Row, store
from forked import Fork, fork
from records import load, parser

from numnist.support.workers import cores
from tests.broken_disk import KINDS, Disk, names
from tests.write_paths import WritePath, broken, contents, lay_out, left_over, outcome, paths, prepare

PATIENCE = 120.0  # seconds for a process
NOBODY = 65_534  # a user without rights
CAUSES = {
    "no space": "No space left on device", "I/O error": "Input/output error", "no permission": "Permission denied",
    "full": "No space left on device",
}  # fmt: skip
LABELS = {
    "files of at most": "limit of a file's size",
    "of room": "full file system",
    "a folder at": "folder in a file's place",
}
PROMISES = {
    "whole": "a write that fails leaves the old file or a whole new one",
    "said": "the command says it in one line, with path and cause, and does not end with 0",
    "again": "the same command on a healthy disk comes to what it always does, and nothing temporary is left",
}


@dataclass
class Healthy:
    """A path, what lies there before and after it on a healthy disk, and how many calls it makes."""

    path: WritePath
    before: dict[str, bytes]
    after: dict[str, bytes]
    outcome: dict[str, str]
    calls: int

    def reached(self, found: dict[str, str], of_weights: bool = True) -> bool:
        """Whether it is all there: as many files where they are numbered, since what was kept has taken a number."""
        if self.path.numbered:
            return len(found) >= len(self.outcome)
        return found.items() >= self.outcome.items() if of_weights else found.keys() >= self.outcome.keys()


class Book:
    """What is found out: trials by promise and kind, and what is lost, in words."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.lost: dict[str, list[str]] = {name: [] for name in PROMISES}

    def lose(self, promise: str, what: str) -> None:
        self.lost[promise].append(what)
        print(f"LOST {promise}: {what}", file=sys.stderr, flush=True)


@contextmanager
def folder_of(path: WritePath, base: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        Path(temporary).chmod(0o755)  # others may read
        folder = Path(temporary) / "here"
        folder.mkdir()
        lay_out(path, base, folder)
        yield folder


def run(
    folder: Path, do: Callable[[], int], place: int = 0, kind: str = "no space", first: Callable[[], object] = bool
) -> Fork:
    """Start it in a process of its own, whose disk fails at that place.   first: called in it before"""

    def work(say: Callable[[str], object]) -> int:
        os.environ["NUMNIST_CACHE"] = str(folder / "cache")
        first()
        disk = Disk(place, kind, lambda call, path: say(json.dumps(["failed", call, path])))
        disk.install()
        code = do()
        say(json.dumps(["calls", disk.count, ""]))
        return code

    return fork(work, folder)


def healthy(path: WritePath, base: Path) -> Healthy:
    with folder_of(path, base) as folder:  # in this process, so that the forks have all modules
        os.chdir(folder)
        os.environ["NUMNIST_CACHE"] = str(folder / "cache")
        path.do()
        os.chdir(base)
    with folder_of(path, base) as folder:
        before = contents(folder)
        child = run(folder, path.do)
        code = child.wait(PATIENCE)
        if code != 0:
            raise SystemExit(f"{path.name} ends with {code} on a healthy disk:\n{child.err}")
        calls = json.loads(child.said[-1])[1]
        after = contents(folder)
        if after == before:
            raise SystemExit(f"{path.name} writes what is there already: nothing can be lost.")
        return Healthy(path, before, after, outcome(folder), calls)


def trial(one: Healthy, base: Path, place: int, kind: str, book: Book) -> None:
    """Let one call fail, and look at all that is promised."""
    with folder_of(one.path, base) as folder:
        child = run(folder, one.path.do, place, kind)
        code = child.wait(PATIENCE)
        failed = [line for line in map(json.loads, child.said) if line[0] == "failed"]
        if not failed:  # half a write at a call that is no write
            return
        _, call, path = failed[0]
        err = child.err
        what = f"{one.path.name}, call {place} ({call} {path}), {kind}: "
        book.tried[kind] += 1
        if bad := broken(folder, one.before, one.after):
            book.lose("whole", what + "; ".join(bad))
        if kind != "kill":
            folders = call in ("fsync", "mkdir")  # calls on a folder fail for what comes into it
            known = names(path) | {part for name in one.after if folders for part in Path(name).parts}
            judge(one, folder, code, err, CAUSES.get(kind, ""), known, what, book)
        again(one, folder, what, book)


def judge(
    one: Healthy, folder: Path, code: int | None, err: str, cause: str, known: set[str], what: str, book: Book
) -> None:
    """Look at how a command has ended whose disk failed.   known: names of which one must be said"""
    if code == 0:
        found = outcome(folder)
        if found != one.outcome:
            book.lose("said", f"{what}it ends with 0 and {sorted(found.items() ^ one.outcome.items())}")
        return
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    good = (
        code in (1, 2, 3, 4) and len(lines) == 1 and err.rstrip().splitlines()[-1] == lines[0]
        and re.search(cause, lines[0]) and any(name in lines[0] for name in known) and "bug in numnist" not in err
    )  # fmt: skip
    if not good or not cause:
        book.lose("said", f"{what}it ends with {code}: {err[-300:]!r}")
    if left := left_over(folder):
        book.lose("again", f"{what}it leaves {left}")


def again(one: Healthy, folder: Path, what: str, book: Book) -> None:
    """The same on a healthy disk."""
    child = run(folder, one.path.again or one.path.do)
    code = child.wait(PATIENCE)
    err = child.err
    found, left = outcome(folder), left_over(folder)
    if code != 0 or left or not one.reached(found):
        lacking = sorted(one.outcome.items() - found.items())
        book.lose("again", f"{what}again it ends with {code}, leaves {left}, lacks {lacking}: {err[-300:]!r}")


def surroundings(one: Healthy, base: Path, draws: random.Random, book: Book) -> None:
    """A limit of files' sizes, no rights, a folder in a file's place, and a full file system."""
    largest = max((len(data) for name, data in one.after.items() if data != one.before.get(name)), default=0)
    for size in sorted({1, largest // 2, largest - 1, draws.randrange(1, largest)}):
        with folder_of(one.path, base) as folder:
            child = run(folder, one.path.do, first=lambda size=size: limit(size))
            ended(one, folder, child, f"files of at most {size} bytes", "File too large", book)
    if os.name == "posix" and os.geteuid() == 0:
        with folder_of(one.path, base) as folder:
            child = run(folder, one.path.do, first=no_rights)
            ended(one, folder, child, "read-only folder", "Permission denied", book)
        with mounted() as disk:
            if disk:
                room = sum(map(len, one.after.values())) // 512  # about twice what it writes
                for kilobytes in sorted(draws.sample(range(room), min(room, 8))):
                    full(one, base, disk, kilobytes, book)
    for name in sorted(one.after.keys() - one.before.keys()):
        with folder_of(one.path, base) as folder:
            try:
                (folder / name / "inside").mkdir(parents=True)
            except OSError:  # a folder above it is a file
                continue
            child = run(folder, one.path.do)
            ended(one, folder, child, f"a folder at {name}", "", book)


def limit(size: int) -> None:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python has it
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def no_rights() -> None:
    """As a user who may read all, and write nothing."""
    os.setgid(NOBODY)
    os.setuid(NOBODY)


@contextmanager
def mounted() -> Iterator[Path | None]:
    """A small file system in memory; None where none can be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", folder], capture_output=True, check=False
        )
        try:
            yield Path(folder) if done.returncode == 0 else None
        finally:
            if done.returncode == 0:
                subprocess.run(["umount", "-l", folder], check=False)


def full(one: Healthy, base: Path, disk: Path, kilobytes: int, book: Book) -> None:
    """Run it on a file system that has so much room left."""
    folder = disk / "here"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lay_out(one.path, base, folder)
    room = os.statvfs(disk)
    with (disk / "filling").open("wb") as file:
        file.write(bytes(max(0, room.f_bavail * room.f_frsize - 1024 * kilobytes - 8192)))
    child = run(folder, one.path.do)
    code, err = child.wait(PATIENCE), child.err
    (disk / "filling").unlink()
    ended(one, folder, child, f"{kilobytes} kB of room", "No space left on device", book, (code, err))


def ended(
    one: Healthy,
    folder: Path,
    child: Fork,
    kind: str,
    cause: str,
    book: Book,
    was: tuple[int | None, str] | None = None,
) -> None:
    code, err = was or (child.wait(PATIENCE), child.err)
    book.tried[next((label for part, label in LABELS.items() if part in kind), kind)] += 1
    what = f"{one.path.name}, {kind}: "
    if bad := broken(folder, one.before, one.after):
        book.lose("whole", what + "; ".join(bad))
    if code == 0 and one.reached(outcome(folder), of_weights=False):
        return
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    last = [name for path in one.after.keys() | one.before.keys() for name in (path, Path(path).parts[0])]
    if (
        code not in (1, 2, 3, 4)
        or len(lines) != 1
        or cause not in lines[0]
        or "bug in numnist" in err
        or not any(name in lines[0] for name in last)
    ):
        book.lose("said", f"{what}it ends with {code}: {err[-300:]!r}")
    if left := left_over(folder):
        book.lose("again", f"{what}it leaves {left}")


@dataclass(frozen=True)
class Work:
    """What a process is to do.   share: of the calls that fail, chosen at random"""

    name: str
    base: Path
    share: float
    seed: int


def measured(work: Work) -> tuple[str, dict[str, Any]]:
    """The path's name, how often each kind was tried on it, and what was lost."""
    draws, book = random.Random(f"{work.seed} {work.name}"), Book()
    os.chdir(work.base)
    one = healthy(next(path for path in paths() if path.name == work.name), work.base)
    chosen = [place for place in range(1, one.calls + 1) if draws.random() < work.share]
    print(f"{work.name}: {one.calls} calls, {len(chosen)} tried", file=sys.stderr, flush=True)
    for place in chosen:
        for kind in KINDS:
            trial(one, work.base, place, kind, book)
    surroundings(one, work.base, draws, book)
    return work.name, {"calls": one.calls, "tried": book.tried, "lost": book.lost}


def rows(found: dict[str, dict[str, Any]]) -> list[Row]:
    kinds: Counter[str] = sum((Counter(one["tried"]) for one in found.values()), Counter())
    tried = sum(kinds.values())
    how = f"{tried:,} failing calls and disks on {len(found)} paths: " + ", ".join(
        f"{count} × {kind}" for kind, count in sorted(kinds.items())
    )
    lost = {name: sum(len(one["lost"][name]) for one in found.values()) for name in PROMISES}
    return [Row(text, how, tried - lost[name], lost[name]) for name, text in PROMISES.items()]


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("paths", nargs="*", metavar="path", help="those with this in their name; all by default")
    options.add_argument("--share", type=float, default=1.0, help="of the calls that fail; below 1 nothing is stored")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--jobs", type=int, default=cores(), help="paths at a time")
    given = options.parse_args()
    found = load(RECORDS / "failing_writes.json").get("paths", {}) if given.share == 1 else {}
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary).resolve()
        base.chmod(0o755)
        os.chdir(base)
        os.environ["NUMNIST_CACHE"] = str(base / "cache")
        prepare(base)
        names = [path.name for path in paths() if not given.paths or any(word in path.name for word in given.paths)]
        work = [Work(name, base, given.share, given.seed) for name in names]
        with get_context("fork").Pool(given.jobs, maxtasksperchild=1) as pool:
            for name, one in pool.imap_unordered(measured, work):
                found[name] = one
                print(f"{name}: {dict(one['tried'])}, lost {sum(map(len, one['lost'].values()))}", file=sys.stderr)
                if given.share == 1:
                    store("failing_writes", "python benchmarks/failing_writes.py", rows(found), paths=found)
        os.chdir("/")


if __name__ == "__main__":
    main()
