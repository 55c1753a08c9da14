"""Plant bugs in numnist, one at a time, and see which test catches each: docs/reliability.md.

    python benchmarks/planted_bugs.py                 # all: about an hour on two cores
    python benchmarks/planted_bugs.py --check         # only whether each can still be planted: a second
    python benchmarks/planted_bugs.py --only nn fast  # renew the results of these packages

The bugs are in benchmarks/planted/, a file for each package: where, what is replaced by what, and what is wrong then.
They are planted in copies of the repository, in a temporary folder.  First runs the test that caught the bug last time
or is likely to, then all tests of the package, then all there are.  PyTorch and the other libraries that numnist is
compared with cannot be imported, since most people who run the tests do not have them.  A test counts if it fails with
the bug and passes without.
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
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from faults import RECORDS, Row, store
from plants import ROOT, Bug, faults_of, planted
from records import load

PEERS = ("torch", "tensorflow", "keras", "jax", "onnxruntime", "skl2onnx", "onnxscript")
BLOCK = f"""
from importlib.machinery import PathFinder

find = PathFinder.find_spec


def find_spec(cls, name, path=None, target=None):
    return None if name.partition(".")[0] in {PEERS} else find(name, path, target)


PathFinder.find_spec = classmethod(find_spec)
"""
PATIENCE = (300.0, 1200.0, 7200.0)  # seconds for a test that is named, for a package, and for all
QUICK = "tests/support/test_format.py"  # runs before any bug is planted
PLUGINS = ("no:cacheprovider", "no:randomly")


@dataclass(frozen=True)
class Copy:
    """A copy of the repository where bugs are planted.   room: the folder around it;  number: of the changes so far"""

    room: Path
    number: int = 0

    @classmethod
    def make(cls, room: Path) -> Copy:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        made = cls(room)
        for name in filter(None, listed.stdout.decode().split("\0")):
            source, target = ROOT / name, made.root / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
        (room / "block").mkdir()
        (room / "block" / "sitecustomize.py").write_text(BLOCK)
        if made.failing([QUICK], PATIENCE[0], []):
            raise SystemExit(f"{QUICK} fails without a bug: {(room / 'output').read_text()}")
        return made

    @property
    def root(self) -> Path:
        return self.room / "numnist"

    def write(self, file: str, text: str) -> Copy:
        """Change a file.  Its time moves on by whole seconds, or Python would go on with the compiled old text."""
        path = self.root / file
        moved = path.stat().st_mtime + 10
        path.write_text(text, "utf-8")
        os.utime(path, (moved, moved))
        return replace(self, number=self.number + 1)

    def failing(self, tests: list[str], patience: float, passed_over: list[str]) -> str | None:
        """The first of these tests that fails or does not end; None if all pass."""
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-v",
            "-n",
            "0",
            "--tb=no",
            "-rfE",
            "--color=no",
            "--no-header",
        ]
        command += [f"--basetemp={self.room / 'tests'}", *(word for name in PLUGINS for word in ("-p", name))]
        command += [f"--deselect={name}" for name in passed_over] + tests
        paths = os.pathsep.join([str(self.room / "block"), str(self.root)])
        output = self.room / "output"
        with (
            output.open("w") as into,
            subprocess.Popen(
                command, cwd=self.root, env=os.environ | {"PYTHONPATH": paths}, stdin=subprocess.DEVNULL,
                stdout=into, stderr=subprocess.STDOUT, start_new_session=True,
            ) as child,
        ):  # fmt: skip
            try:
                code = child.wait(patience)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                code = -1
        text = output.read_text("utf-8", "replace")
        if code in (0, 5):  # 5: there is nothing to run
            return None
        named = re.findall(r"^(?:FAILED|ERROR) (tests/.+?)(?: - .*)?$", text, re.MULTILINE)
        begun = re.findall(r"^(tests/\S+?::.+?) *(?:PASSED|FAILED|SKIPPED|$)", text, re.MULTILINE)
        return str(named[0]) if named else str(begun[-1]) if begun else tests[0]


def try_one(copy: Copy, bug: Bug, before: str | None, quick: bool) -> tuple[Copy, str | None]:
    """Plant a bug: the copy as it is afterwards, and the test that caught it."""
    original = (copy.root / bug.file).read_text("utf-8")
    likely = [[before]] if before else []
    likely += [[name] for name in bug.tests] + ([about] if (about := of_module(copy.root, bug.file)) else [])
    stages = [(tests, PATIENCE[0]) for tests in likely] + [(of_package(copy.root, bug.package), PATIENCE[1])]
    stages += [] if quick else [(["tests"], PATIENCE[2])]
    passed_over: list[str] = []
    for tests, patience in stages:
        while True:
            copy = copy.write(bug.file, planted(bug, original))
            found = copy.failing(tests, patience, passed_over)
            copy = copy.write(bug.file, original)
            if found is None:
                break
            if copy.failing([found], patience, []) is None:
                return copy, found
            if found in passed_over or (found not in tests and "::" not in found):
                break
            passed_over.append(found)  # it fails without the bug, too
            if found in tests:
                break
    return copy, None


def of_module(root: Path, file: str) -> list[str]:
    """The files of tests that import from a module, or have its name."""
    module = Path(file).with_suffix("").as_posix().replace("/", ".")
    own = f"test_{Path(file).stem}.py"
    found = [
        path
        for path in sorted((root / "tests").rglob("test_*.py"))
        if path.name == own or module in path.read_text("utf-8")
    ]
    return [path.relative_to(root).as_posix() for path in found]


def of_package(root: Path, package: str) -> list[str]:
    """The tests of a package: its files first, then its folders, such as those that need a browser."""
    found = sorted((root / "tests" / package).iterdir(), key=lambda path: (path.is_dir(), path))
    tests = [path for path in found if (path.is_dir() and "__" not in path.name) or path.match("test_*.py")]
    return [path.relative_to(root).as_posix() for path in tests]


def try_all(bugs: list[Bug], before: dict[str, Any], jobs: int, quick: bool) -> dict[str, str | None]:
    """The test that caught each bug, by what is wrong."""
    caught: dict[str, str | None] = {}
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(jobs) as threads:
        idle: queue.Queue[Copy] = queue.Queue()
        for number in range(jobs):
            idle.put(Copy.make(Path(temporary) / str(number)))

        def work(bug: Bug) -> tuple[Bug, str | None]:
            copy = idle.get()
            copy, found = try_one(copy, bug, before.get(bug.wrong), quick)
            idle.put(copy)
            return bug, found

        for done in as_completed([threads.submit(work, bug) for bug in bugs]):
            bug, found = done.result()
            caught[bug.wrong] = found
            print(
                f"{len(caught)}/{len(bugs)} {bug.file}: {bug.wrong}: {found or 'SURVIVED'}", file=sys.stderr, flush=True
            )
    return caught


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="only check that every bug can be planted")
    options.add_argument("--only", nargs="+", metavar="PACKAGE", help="only the bugs of these packages")
    options.add_argument("--quick", action="store_true", help="not all tests, only those of the package")
    options.add_argument("--jobs", type=int, default=2, help="how many bugs at once (2)")
    chosen = options.parse_args()
    bugs = faults_of(ROOT / "benchmarks" / "planted")
    if chosen.check:
        print(f"{len(bugs)} bugs in {len({bug.package for bug in bugs})} packages can be planted.")
        return
    before = {each["wrong"]: each["caught_by"] for each in load(RECORDS / "planted_bugs.json").get("bugs", [])}
    tried = [bug for bug in bugs if not chosen.only or bug.package in chosen.only]
    caught = before | try_all(tried, before, chosen.jobs, chosen.quick)
    known = [bug for bug in bugs if bug.wrong in caught]
    survived = sum(caught[bug.wrong] is None for bug in known)
    packages = len({bug.package for bug in known})
    row = Row(
        "a bug in the code fails a test", f"{len(known)} bugs planted in {packages} packages, without PyTorch",
        len(known) - survived, survived,
    )  # fmt: skip
    listed = [{"file": bug.file, "wrong": bug.wrong, "caught_by": caught[bug.wrong]} for bug in known]
    store("planted_bugs", "python benchmarks/planted_bugs.py", [row], bugs=listed)


if __name__ == "__main__":
    main()
