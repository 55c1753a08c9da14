"""A coverage-guided fuzzer on everything that reads the head of a file from a stranger: docs/reliability.md.

    pip install atheris
    python benchmarks/fuzz_headers.py     # an hour

libFuzzer changes small good files of every kind, and keeps what reaches new lines of numnist's readers.  The first byte
says which reader opens the others.  Anything but an answer or numnist's own error is a find, which is kept with its
file.  HDF5's files are left out: their library crashes on some, which is why they are read in a process of their own.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from faults import Row, store  # noqa: E402
from records import parser  # noqa: E402

try:
    import atheris
except ImportError:
    raise SystemExit("this needs the fuzzer atheris: pip install atheris (CPython on Linux)") from None

with atheris.instrument_imports(
    include=["numnist", "tomllib", "numpy.lib.format", "numpy.lib._format_impl", "zipfile"]
):
    import numpy as np

    from numnist.data.checks import unpacked
    from numnist.data.formats.csv import read_table
    from numnist.data.formats.idx import read_idx
    from numnist.data.formats.npy import read_array
    from numnist.data.formats.npz import arrays_in
    from numnist.experiment.recipe import load_recipe
    from numnist.importing.imported import Wanted
    from numnist.importing.keras.broken import readable
    from numnist.importing.keras.chain import chain
    from numnist.importing.onnx.read import read_onnx
    from numnist.importing.torch.read import read_torch
    from numnist.model.model import load_model
    from numnist.support.errors import NumnistError

PLACE = Path(tempfile.mkdtemp(prefix="numnist-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))


def by_path(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], None]:
    def open_it(data: bytes) -> None:
        path = PLACE / name
        path.write_bytes(data)
        read(path)

    return open_it


def npz(path: Path) -> None:
    with arrays_in(path) as (names, array):
        for name in names[:4]:
            array(name)


def gz(path: Path) -> None:
    with path.open("rb") as file, unpacked(file, str(path)) as content:
        content.read(1 << 20)


def npy(data: bytes) -> None:
    read_array(io.BytesIO(data), len(data), "x.npy")


def keras(data: bytes) -> None:
    path = PLACE / "net.keras"
    with readable(path):
        chain(json.loads(data), path)


READERS: list[tuple[str, Callable[[bytes], None]]] = [
    ("model", by_path("net.safetensors", load_model)),
    ("recipe", by_path("own.toml", load_recipe)),
    ("onnx", by_path("net.onnx", lambda path: read_onnx(path, Wanted()))),
    ("torch's weights", by_path("torch.safetensors", lambda path: read_torch(path, Wanted()))),
    ("csv", by_path("own.csv", read_table)),
    ("idx", by_path("train-images-idx3-ubyte", read_idx)),
    ("npy", npy),
    ("npz", by_path("own.npz", npz)),
    ("idx.gz", by_path("train.gz", gz)),
    (".keras, its description", keras),
]


def seeds(folder: Path) -> None:
    """Small good files to begin with, and changed ones."""
    import random

    from tests.strangers.kinds import KINDS

    draws = random.Random(0)
    for number, (name, _) in enumerate(READERS):
        for kind in KINDS:
            of = {"npy": "npz, an array in it"}.get(name, name)
            if (
                not (kind.name == of or kind.name.startswith(f"{of} ") or kind.name.startswith(f"{of}'s"))
                or not kind.there
            ):
                continue
            place = Path(tempfile.mkdtemp(dir=PLACE))
            kind.make(place)
            good = kind.inside(place)
            for i in range(12):
                data = good if i == 0 else kind.change(good, draws, good)
                (folder / f"{number}-{kind.name.replace('/', ' ')}-{i}").write_bytes(
                    bytes([number]) + kind.pack(data)[:20_000]
                )


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("--seconds", type=int, default=3600)
    options.add_argument("--keep", type=Path, help="a folder for the files of what is found")
    given = options.parse_args()
    corpus = PLACE / "corpus"
    corpus.mkdir()
    seeds(corpus)
    np.seterr(all="raise", under="ignore")
    warnings.simplefilter("error")
    started, finds = time.monotonic(), dict[str, int]()
    counts, refused = dict.fromkeys((name for name, _ in READERS), 0), 0

    def one(data: bytes) -> None:
        nonlocal refused
        if not data:
            return
        name, read = READERS[data[0] % len(READERS)]
        counts[name] += 1
        try:
            read(data[1:])
        except NumnistError:
            refused += 1
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            find = f"{name}: {type(error).__name__} in {Path(where.filename).name}, {where.name}"
            finds[find] = finds.get(find, 0) + 1
            if finds[find] == 1:
                print(f"found {find}: {str(error)[:200]}", file=sys.stderr, flush=True)
                if given.keep:
                    given.keep.mkdir(parents=True, exist_ok=True)
                    (given.keep / f"{len(finds)} {name}".replace(" ", "_")).write_bytes(data[1:])
        tried = sum(counts.values())
        if not tried % 1000 and time.monotonic() - started > given.seconds:
            seconds = round(time.monotonic() - started)
            promise = "whatever bytes a header has, it is read or refused with a reason"
            tried_ = f"{tried:,} files from a coverage-guided fuzzer in {seconds:,} s, {len(READERS)} readers"
            row = Row(promise, tried_, tried - sum(finds.values()), sum(finds.values()))
            store(
                "fuzz_headers", "python benchmarks/fuzz_headers.py", [row],
                seconds=seconds, executions=counts, refused=refused, finds=finds,
            )  # fmt: skip
            os._exit(0)

    atheris.Setup(
        [sys.argv[0], str(corpus), "-max_len=20000", "-timeout=60", "-rss_limit_mb=3000", "-verbosity=0"], one
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
