"""Read damaged copies of a Keras file, each in a fork of this process, and print how often each end was met.

python -m tests.importing.keras.mutants FILE COUNT SEED, or with COUNT 0 all truncations in steps.  A fork that crashes
or computes for longer than a second is what `apart` guards against; a Python error but ModelFileError is a fault.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from numnist import ModelFileError
from numnist.importing.keras import file  # noqa: F401  (before the forks)
from numnist.importing.keras.apart import limit, sent

WEIGHTS = "model.weights.h5"


def inside(path: Path) -> bytes:
    """The bytes that are damaged: of a .keras file those of its weights, since a zip would see any other damage."""
    return zipfile.ZipFile(path).read(WEIGHTS) if path.suffix == ".keras" else path.read_bytes()


def around(data: bytes, path: Path) -> bytes:
    """The whole file with these bytes inside."""
    if path.suffix != ".keras":
        return data
    whole = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(whole, "w") as new:
        new.writestr("config.json", old.read("config.json"))
        new.writestr(WEIGHTS, data)
    return whole.getvalue()


def damaged(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Copies with one byte changed, mostly one that is not 0; or cut off."""
    if not count:
        yield from (data[:end] for end in range(0, len(data), max(len(data) // 300, 1)))
    rng, written = np.random.default_rng(seed), np.flatnonzero(np.frombuffer(data, np.uint8))
    for _ in range(count):
        mutant = bytearray(data)
        at = int(rng.choice(written)) if rng.random() < 0.7 else int(rng.integers(len(data)))
        mutant[at] ^= int(rng.integers(1, 256))
        yield bytes(mutant)


def end_of(path: Path) -> str:
    """How reading ends, in a fork."""
    child = os.fork()
    if not child:
        try:
            limit(1, 2 << 30)
            sent(path)
            os._exit(0)
        except ModelFileError:
            os._exit(1)
        except BaseException as error:
            print(repr(error)[:300], file=sys.stderr, flush=True)
            os._exit(2)
    status = os.waitpid(child, 0)[1]
    return "killed" if os.WIFSIGNALED(status) else ("read", "refused", "fault")[os.waitstatus_to_exitcode(status)]


def main(path: Path, count: int, seed: int) -> None:
    data, ends = inside(path), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / path.name
        for mutant in damaged(data, count, seed):
            place.write_bytes(around(mutant, path))
            ends[end_of(place)] += 1
    print(json.dumps(ends))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
