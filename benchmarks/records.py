"""Shared by the benchmarks: options, stored records, and tables in the documents."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numnist.bench.process import OVERRIDES
from numnist.support.environment import stamped
from numnist.support.files import write_atomically
from numnist.support.sample import Sample

HERE = Path(__file__).parent
ROOT = HERE.parent
PERFORMANCE = ROOT / "docs" / "performance.md"


def parser(description: str | None, table: bool = True) -> argparse.ArgumentParser:
    """A parser with the benchmark's docstring as its help, and with --table."""
    found = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if table:
        found.add_argument("--table", action="store_true", help="only rewrite the tables from the stored record")
    return found


def choose_blas_kernel() -> None:
    """Start this program anew if the environment tells OpenBLAS which kernel to run: NumPy has read that by now."""
    free = {name: value for name, value in os.environ.items() if name not in OVERRIDES}
    if len(free) < len(os.environ):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], free)


def numnist(*arguments: str, exit_codes: tuple[int, ...] = (0,)) -> Any:
    """The JSON result of one command, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "numnist", *arguments, "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode not in exit_codes:
        raise SystemExit(f"numnist {' '.join(arguments)} ended with exit code {done.returncode}.")
    return json.loads(done.stdout)


@contextmanager
def server() -> Iterator[str]:
    """The address of a server that runs as `numnist serve` starts it, in an empty folder, on a free port."""
    command = [sys.executable, "-u", "-m", "numnist", "serve", "--port", "0"]
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder) as process,
    ):
        try:
            assert process.stdout is not None
            yield next(line.split()[1] for line in process.stdout if line.startswith("Page"))
        finally:
            process.terminate()


def save(path: Path, record: Any) -> None:
    write_atomically(path, (json.dumps(record, indent=1) + "\n").encode())


def load(path: Path) -> Any:
    """The record; {} if there is none yet."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


ACCURACY_HEADS = ("accuracy: mean ± standard deviation", "95% interval of the mean", "of one more run", "seeds")


def accuracy_cells(shares: list[float]) -> tuple[str, ...]:
    """Shares 0..1 under ACCURACY_HEADS."""
    found = Sample.of([100 * share for share in shares])
    if found.deviation is None:
        return f"{found.mean:.2f}%", "", "", "1"
    intervals = (
        f"{found.mean - half:.2f} – {min(100, found.mean + half):.2f}%" for half in (found.half, found.half_of_one)
    )
    return f"{found.mean:.2f} ± {found.deviation:.2f}%", *intervals, str(found.count)


def made_by(record: Any, command: str) -> str:
    """Date, environment and command of a measurement, for the line below a table."""
    return f"{stamped(record)} Made by `python benchmarks/{command}`."


def write_between(path: Path, name: str, text: str) -> None:
    """Put a table between `<!-- NAME: ... -->` and `<!-- end of NAME -->`."""
    whole = path.read_text("utf-8")
    before, rest = whole.split(f"<!-- {name}: ", 1)
    how, rest = rest.split(" -->\n", 1)
    after = rest.split(f"<!-- end of {name} -->", 1)[1]
    marked = f"{before}<!-- {name}: {how} -->\n{text}\n<!-- end of {name} -->{after}"
    write_atomically(path, marked.encode())
