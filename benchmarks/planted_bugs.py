"""Plant bugs in numnist, one at a time, and see which test catches each: docs/reliability.md.

    python benchmarks/planted_bugs.py                 # all: about an hour on two cores
    python benchmarks/planted_bugs.py --check         # only whether each can still be planted: a second
    python benchmarks/planted_bugs.py --only nn fast  # renew the results of these packages

The bugs are in benchmarks/planted/, a file for each package: where, what is replaced by what, and what is wrong then.
They are planted in copies of the repository, in a temporary folder.  First runs the test that caught the bug last time,
then those of the module, of the package, and all there are.  PyTorch and the other libraries that numnist is compared
with cannot be imported, since most people who run the tests do not have them.  In the end the tests that have caught a
bug run without one: those that fail then have caught nothing, and their bugs are tried without them.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from faults import RECORDS, Row, store
from plants import ROOT, Bug, faults_of, planted
from records import load

Caught = dict[str, str | None]  # by what is wrong: the test that fails, None if none does
PEERS = ("torch", "tensorflow", "keras", "jax", "onnxruntime", "skl2onnx", "onnxscript")
BLOCK = f"""
from importlib.machinery import PathFinder

find = PathFinder.find_spec


def find_spec(cls, name, path=None, target=None):
    return None if name.partition(".")[0] in {PEERS} else find(name, path, target)


PathFinder.find_spec = classmethod(find_spec)
"""
A_FEW, OF_PACKAGE, ALL = 600.0, 1800.0, 7200.0  # seconds for tests, after which they do not end
QUICK = "tests/support/test_format.py"  # runs before any bug is planted
PYTEST = ["-m", "pytest", "-v", "-n0", "--tb=no", "-rfE", "--color=no", "-p", "no:cacheprovider", "-p", "no:randomly"]


class Copy:
    """A copy of the repository, in a folder `room`, where bugs are planted."""

    def __init__(self, room: Path):
        self.room, self.root = room, room / "numnist"
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        for source in (ROOT / name for name in listed.split("\0") if name):
            if source.is_file():
                target = self.root / source.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
        (room / "block").mkdir()
        (room / "block" / "sitecustomize.py").write_text(BLOCK)
        if self.failing([QUICK], A_FEW):
            raise SystemExit(f"{QUICK} fails without a bug: {(room / 'output').read_text()}")

    def write(self, file: str, text: str) -> None:
        """Change a file.  Its time moves on by whole seconds, or Python would go on with the compiled old text."""
        path = self.root / file
        moved = path.stat().st_mtime + 10
        path.write_text(text, "utf-8")
        os.utime(path, (moved, moved))

    def failing(
        self, tests: Sequence[str], patience: float, without: Iterable[str] = (), all_: bool = False
    ) -> list[str]:
        """Those of the tests that fail, or else the one that does not end; only the first unless `all_`."""
        words = [f"--basetemp={self.room / 'tests'}", *(f"--deselect={name}" for name in without), *tests]
        paths = os.pathsep.join([str(self.room / "block"), str(self.root)])
        output = self.room / "output"
        with (
            output.open("w") as into,
            subprocess.Popen(
                [sys.executable, *PYTEST, *([] if all_ else ["-x"]), *words], cwd=self.root, start_new_session=True,
                env=os.environ | {"PYTHONPATH": paths}, stdin=subprocess.DEVNULL, stdout=into, stderr=subprocess.STDOUT,
            ) as child,
        ):  # fmt: skip
            try:
                code = child.wait(patience)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                code = -1
        text = output.read_text("utf-8", "replace")
        if code in (0, 5) or "ERROR: not found: " in text:  # there is no such test, or none any more
            return []
        failed = re.findall(r"^(?:FAILED|ERROR) (tests/.+?)(?: - .*)?$", text, re.MULTILINE)
        begun = re.findall(r"^(tests/\S+?::.+?) *(?:PASSED|FAILED|SKIPPED|$)", text, re.MULTILINE)
        return failed or begun[-1:] or list(tests[:1])


def first_failing(copy: Copy, bug: Bug, before: str | None, without: Iterable[str], quick: bool) -> str | None:
    """The first test that fails while the bug is planted.   before: the one that has caught it last time"""
    original = (copy.root / bug.file).read_text("utf-8")
    likely: list[list[str]] = [[before]] if before else []
    likely += [[name] for name in bug.tests] + [tests for tests in [of_module(copy.root, bug.file)] if tests]
    stages = [(tests, A_FEW) for tests in likely] + [(of_package(copy.root, bug.package), OF_PACKAGE)]
    copy.write(bug.file, planted(bug, original))
    try:
        for tests, patience in [*stages, *([] if quick else [(["tests"], ALL)])]:
            if failed := copy.failing(tests, patience, without):
                return failed[0]
    finally:
        copy.write(bug.file, original)
    return None


def of_module(root: Path, file: str) -> list[str]:
    """The files of tests that import from a module, or have its name."""
    module, own = Path(file).with_suffix("").as_posix().replace("/", "."), f"test_{Path(file).stem}.py"
    tests = sorted((root / "tests").rglob("test_*.py"))
    return [str(path.relative_to(root)) for path in tests if path.name == own or module in path.read_text("utf-8")]


def of_package(root: Path, package: str) -> list[str]:
    """The tests of a package: its files first, then its folders, such as those that need a browser."""
    found = sorted((root / "tests" / package).iterdir(), key=lambda path: (path.is_dir(), path))
    tests = [path for path in found if (path.is_dir() and "__" not in path.name) or path.match("test_*.py")]
    return [str(path.relative_to(root)) for path in tests]


def try_all(
    bugs: Sequence[Bug], before: Mapping[str, str | None], jobs: int, quick: bool, keep: Callable[[Caught], object]
) -> Caught:
    """The test that has caught each bug.   keep: is told what is known so far, after each"""
    caught: Caught = {}
    without: set[str] = set()  # tests that fail without a bug, too
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(jobs) as threads:
        copies = [Copy(Path(temporary) / str(number)) for number in range(jobs)]
        idle = queue.SimpleQueue[Copy]()
        for copy in copies:
            idle.put(copy)

        def work(bug: Bug) -> tuple[Bug, str | None]:
            copy = idle.get()
            try:
                return bug, first_failing(copy, bug, before.get(bug.wrong), without, quick)
            finally:
                idle.put(copy)

        left = list(bugs)
        while left:
            for done in as_completed([threads.submit(work, bug) for bug in left]):
                bug, caught[bug.wrong] = done.result()
                said = f"{len(caught)}/{len(bugs)} {bug.file}: {bug.wrong}: {caught[bug.wrong] or 'SURVIVED'}"
                print(said, file=sys.stderr, flush=True)
                keep(caught)
            tests = sorted({test for bug in left if (test := caught[bug.wrong])} - without)
            wrong = set(copies[0].failing(tests, ALL, all_=True)) if tests else set()
            without |= wrong
            left = [bug for bug in left if caught[bug.wrong] in wrong]
            print(f"fail without a bug: {', '.join(sorted(wrong)) or 'none'}", file=sys.stderr, flush=True)
    return caught


def keep_record(bugs: Sequence[Bug], caught: Caught) -> None:
    """Of those bugs of which it is known whether they are caught."""
    known = [bug for bug in bugs if bug.wrong in caught]
    survived = sum(caught[bug.wrong] is None for bug in known)
    packages = len({bug.package for bug in known})
    row = Row(
        "a bug in the code fails a test", f"{len(known)} bugs planted in {packages} packages, without PyTorch",
        len(known) - survived, survived,
    )  # fmt: skip
    listed = [{"file": bug.file, "wrong": bug.wrong, "caught_by": caught[bug.wrong]} for bug in known]
    store("planted_bugs", "python benchmarks/planted_bugs.py", [row], bugs=listed)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="only check that every bug can be planted")
    options.add_argument("--only", nargs="+", metavar="PACKAGE", help="only the bugs of these packages")
    options.add_argument("--survivors", action="store_true", help="only the bugs that no test has caught yet")
    options.add_argument("--quick", action="store_true", help="not all tests, only those of the package")
    options.add_argument("--jobs", type=int, default=2, help="how many bugs at once (2)")
    chosen = options.parse_args()
    for name in ("SIGINT", "SIGHUP"):  # ignored in the background and under nohup, and then by what the tests start
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    bugs = faults_of(ROOT / "benchmarks" / "planted")
    if chosen.check:
        print(f"{len(bugs)} bugs in {len({bug.package for bug in bugs})} packages can be planted.")
        return
    before: Caught = {each["wrong"]: each["caught_by"] for each in load(RECORDS / "planted_bugs.json").get("bugs", [])}
    tried = [bug for bug in bugs if not chosen.only or bug.package in chosen.only]
    tried = [bug for bug in tried if not (chosen.survivors and before.get(bug.wrong))]
    try_all(tried, before, chosen.jobs, chosen.quick, lambda caught: keep_record(bugs, before | caught))


if __name__ == "__main__":
    main()
