"""Read a Keras file in a process of its own: HDF5's library is C, and some damaged files make it crash or never end.

Of 1,000 copies of a small .h5 file with one wrong byte, one or two do so (HDF5 2.0, h5py 3.16).  The process sends what
it has read as safetensors, which cannot; or what is wrong with the file.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numnist.importing.keras.chain import chain
from numnist.nn.base import Array
from numnist.support.children import command, options
from numnist.support.errors import ModelFileError, UsageError
from numnist.support.extras import install

SECONDS = 30  # of computing; a network of 100 MB takes one
WAIT = 300  # seconds in all, on a machine that has other work
MEMORY = 2 << 30  # bytes, besides some times the file's


def read_apart(path: Path, seconds: int = SECONDS) -> tuple[Any, list[list[Array]]]:
    """(the network's description, the arrays of each of its layers).   seconds: of computing, at most

    Raises ModelFileError for a broken file, and UsageError if h5py is not installed.
    """
    from safetensors.numpy import load

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
    size = int.from_bytes(done.stdout[:8], "little")
    config = json.loads(done.stdout[8 : 8 + size])
    arrays = load(done.stdout[8 + size :])
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


def limit(seconds: int, memory: int) -> None:
    """End this process if it computes for longer or takes more, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: Path, seconds: int) -> int:
    """The process."""
    try:
        limit(seconds, MEMORY + 8 * path.stat().st_size)
        sys.stdout.buffer.write(sent(path))
    except ModelFileError as error:
        sys.stdout.buffer.write(str(error).encode())
        return ModelFileError.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), int(sys.argv[2])))
