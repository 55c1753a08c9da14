"""Read a Keras file in a process of its own: HDF5's library is C, and some damaged files make it crash or never end.

Of 1,000 copies of a small .h5 file with one wrong byte, one or two do so (HDF5 2.0, h5py 3.16).  The process sends what
it has read as safetensors, which cannot; or what is wrong with the file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

from numnist.importing.keras.chain import chain
from numnist.nn.base import Array
from numnist.support.children import command, options
from numnist.support.errors import ModelFileError, UsageError
from numnist.support.extras import install

SECONDS = 2  # of computing, and one more for each 5 MB; a network of 100 MB takes one
WAIT = 300  # seconds in all, on a machine that has other work
MEMORY = 64 << 20  # bytes besides what the process has, and some times the file's


def read_apart(path: Path, seconds: int = SECONDS) -> tuple[Any, list[list[Array]]]:
    """(the network's description, the arrays of each of its layers).   seconds: of computing, for a small file

    Raises ModelFileError for a broken file, and UsageError if h5py is not installed.
    """
    if find_spec("h5py") is None:
        raise UsageError(f"a Keras file needs the package h5py: {install('keras')}.")
    call = [*command("numnist.importing.keras.apart"), str(path), str(seconds)]
    try:
        done = subprocess.run(
            call, stdin=subprocess.DEVNULL, capture_output=True, timeout=WAIT, check=False, **options()
        )
    except subprocess.TimeoutExpired:
        done = subprocess.CompletedProcess(call, -1, b"", b"")
    if done.returncode == ModelFileError.exit_code:
        raise ModelFileError(done.stdout.decode("utf-8", "replace"))
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise ModelFileError(
            f"{path}: HDF5's library failed to read it ({said[0] if said else done.returncode}): the file is damaged, "
            "save it again."
        )
    return received(done.stdout, path)


def received(data: bytes, path: Path) -> tuple[Any, list[list[Array]]]:
    """What `read_apart` returns, of what the process has sent."""
    from safetensors.numpy import load

    size = int.from_bytes(data[:8], "little")
    config = json.loads(data[8 : 8 + size])
    arrays = load(data[8 + size :])
    found: list[list[Array]] = [[] for _ in chain(config, path).listed]
    for name in sorted(arrays, key=lambda name: [*map(int, name.split("."))]):
        found[int(name.partition(".")[0])].append(arrays[name])
    return config, found


def sent(path: Path) -> bytes:
    """What the process sends: the size of the description, the description, and the arrays."""
    from safetensors.numpy import save

    from numnist.importing.keras.file import opened

    with opened(path) as file:
        layers = file.arrays(chain(file.config, path).listed)
        config = json.dumps(file.config).encode()
    arrays = {f"{i}.{j}": array for i, layer in enumerate(layers) for j, array in enumerate(layer)}
    return len(config).to_bytes(8, "little") + config + save(arrays)


def limit(path: Path, seconds: int) -> None:
    """End this process if it computes for longer from now on than the file needs, or takes more, where a system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        size = path.stat().st_size
        end = ceil(time.process_time()) + seconds + size // 5_000_000
        resource.setrlimit(resource.RLIMIT_CPU, (end, end))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit_memory(size)


def limit_memory(size: int) -> None:
    """Have whatever asks for much more memory than a file of that size needs fail with a MemoryError, on Linux."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY + 8 * size, most))


def main(path: Path, seconds: int) -> int:
    """The process."""
    try:
        import numnist.importing.keras.file  # noqa: F401  (HDF5, before the limits)

        limit(path, seconds)
        sys.stdout.buffer.write(sent(path))
    except ModelFileError as error:
        sys.stdout.buffer.write(str(error).encode())
        return ModelFileError.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), int(sys.argv[2])))
