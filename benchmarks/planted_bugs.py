"""Whether the tests see a bug: each bug of planted_bugs.toml is planted in a copy, alone, and the tests are run on it.

    python benchmarks/planted_bugs.py                  # all of them: some two hours on two cores
    python benchmarks/planted_bugs.py --survivors      # only those that no test has caught so far
    python benchmarks/planted_bugs.py --only norm.py   # only those in files with such a name, or with such a word
    python benchmarks/planted_bugs.py --check          # only whether each can still be planted

Tests that need PyTorch or a browser are left out.  First run those of the bug's own package, then, where these pass,
all others.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from faults import RECORDS, Row, store
from records import HERE, ROOT, load, parser

PATIENCE = 3000.0  # seconds for the tests of a bug: one that makes them hang is caught
FIRST = {  # where the tests of a package are, besides in a folder of its name
    "support": ("experiment/test_writes.py", "experiment/test_place.py", "training"),
    "ink": ("model", "data/test_pictures.py"),
    "nn": ("naive",),
    "naive": ("nn",),
    "fast": ("nn", "training"),
    "model": ("fast",),
}
NOT_HERE = (  # a browser, or PyTorch; the package is built from the clone
    "tests/serve/page", "tests/parity", "tests/importing/torch", "tests/house/test_package.py",
    "tests/house/test_planted_bugs.py",
)  # fmt: skip
BLOCKED = """import sys
class Blocked:
    def find_spec(self, name, *more):
        if name.partition(".")[0] in ("torch", "playwright"):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Blocked())
"""


@dataclass(frozen=True)
class Bug:
    """file: in numnist/;  wrong: what the bug makes wrong;  there, planted: text"""

    file: str
    wrong: str
    there: str
    planted: str

    @property
    def package(self) -> str:
        return self.file.partition("/")[0].removesuffix(".py")


def bugs(words: Iterable[str] = ()) -> list[Bug]:
    """All that can be planted.  Raises ValueError naming those whose text is not there exactly once."""
    found = [Bug(**each) for each in tomllib.loads((HERE / "planted_bugs.toml").read_text("utf-8"))["bug"]]
    rotten = [b.wrong for b in found if (ROOT / "numnist" / b.file).read_text("utf-8").count(b.there) != 1]
    if rotten:
        raise ValueError(f"no longer in the source, or there twice: {'; '.join(rotten)}")
    return [b for b in found if not words or any(word in b.file or word in b.wrong for word in words)]


def tests_of(bug: Bug, tests: Path) -> list[str]:
    """Files and folders whose tests come first: those of the bug's file, then of its package."""
    stem = Path(bug.file).stem
    named = sorted(tests.rglob(f"test_{stem}*.py"))
    own = [tests / each for each in (bug.package, *FIRST.get(bug.package, ()))]
    return [str(path.relative_to(tests.parent)) for path in (*named, *own) if path.exists()]


def caught_by(bug: Bug, copy: Path, near: bool) -> str:
    """The first test that fails with the bug planted, "" if none does.   near: run its own package's tests alone"""
    path = copy / "numnist" / bug.file
    text = path.read_text("utf-8")
    path.write_text(text.replace(bug.there, bug.planted), "utf-8")
    try:
        first = tests_of(bug, copy / "tests")
        return run(copy, [*first, "-n", "0"]) or ("" if near else run(copy, ["-n", "2"]))
    finally:
        path.write_text(text, "utf-8")


def run(copy: Path, arguments: list[str]) -> str:
    """The first test that fails, or why pytest ended otherwise; "" if all pass."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMNIST_DATA"}
    environment |= {"PYTHONPATH": f"{copy / 'blocked'}:{copy}", "NUMNIST_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    without = [f"--ignore={place}" for place in NOT_HERE]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        *without,
        *arguments,
    ]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode in (0, 5):  # 5: all that was named is left out here
        return ""
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return found[1] if found else (done.stdout + done.stderr)[-200:]


def copied(to: Path) -> Path:
    """A copy of what git knows, in which torch and a browser cannot be imported."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to / name)
    (to / "blocked").mkdir()
    (to / "blocked" / "sitecustomize.py").write_text(BLOCKED)
    return to


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("--check", action="store_true", help="only see whether each can still be planted")
    options.add_argument("--survivors", action="store_true", help="only those that no test has caught so far")
    options.add_argument("--near", action="store_true", help="run the tests of the bug's own package alone")
    options.add_argument("--only", nargs="+", default=(), metavar="WORD", help="only those with such a file or words")
    options.add_argument("--jobs", type=int, default=2, help="side by side")
    given = options.parse_args()
    chosen = bugs(given.only)
    print(f"{len(chosen)} bugs, each of which can be planted")
    if given.check:
        return
    known = {each["wrong"]: each for each in load(RECORDS / "planted_bugs.json").get("bugs", [])}
    if given.survivors:
        chosen = [bug for bug in chosen if not known.get(bug.wrong, {}).get("caught_by")]
    with tempfile.TemporaryDirectory() as temporary:
        copies = [copied(Path(temporary) / str(k)) for k in range(given.jobs)]

        def worker(bug: Bug) -> str:
            copy = copies.pop()
            try:
                return caught_by(bug, copy, given.near)
            finally:
                copies.append(copy)

        with ThreadPoolExecutor(given.jobs) as pool:
            for bug, found in zip(chosen, pool.map(worker, chosen)):
                known[bug.wrong] = asdict(bug) | {"caught_by": found}
                print(f"{bug.file}: {bug.wrong}: {found or 'SURVIVES'}", file=sys.stderr, flush=True)
    listed = [known[bug.wrong] for bug in bugs() if bug.wrong in known]
    caught = sum(bool(each["caught_by"]) for each in listed)
    tried = f"{len(listed)} bugs planted in the source, one at a time, in every package; without PyTorch"
    row = Row("the tests see a bug", tried, caught, len(listed) - caught)
    store("planted_bugs", "python benchmarks/planted_bugs.py", [row], bugs=listed)


if __name__ == "__main__":
    main()
