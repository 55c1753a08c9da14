"""Numbers from an HDF5 file: within limits, and nothing that leads out of it.

An HDF5 file may name other files to read from (links, external storage, virtual data sets), and may say that a few
bytes stand for a huge array (chunks that were never written, compression).  Keras writes none of these: each array is
one block of numbers, so that nothing here is larger than the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np

from numnist.nn.base import Array
from numnist.support.errors import ModelFileError, NumnistError

READABLE = (np.float16, np.float32, np.float64, np.int64)


@contextmanager
def readable(path: Path, what: str = "a whole Keras file") -> Iterator[None]:
    """Whatever the libraries raise for a broken file is a ModelFileError."""
    try:
        yield
    except NumnistError:
        raise
    except Exception as error:  # HDF5, zip and JSON have some fifteen types for what may be wrong with a file
        kind = type(error).__name__
        raise ModelFileError(f"{path}: this is not {what} ({kind}: {str(error)[:200]}): save it again.") from error


class Hdf5:
    """An open HDF5 file.   size: its bytes, which is also the most that is read"""

    def __init__(self, file: IO[bytes], size: int, path: Path):
        self.path, self.size, self.left = path, size, size
        self._file = h5py.File(file, "r")

    def close(self) -> None:
        self._file.close()

    def find(self, names: Sequence[str]) -> Any:
        """The group or data set below the root with these names, one below the other; None if there is none."""
        found: Any = self._file
        for name in names:
            if not isinstance(found, h5py.Group) or name not in found:
                return None
            if name in ("", ".", "..") or not isinstance(found.get(name, getlink=True), h5py.HardLink):
                raise self._refused(names, "is a link, which could lead anywhere")
            found = found[name]
        return found

    def group(self, names: Sequence[str]) -> Any:
        """The group with these names, or None."""
        found = self.find(names)
        return found if isinstance(found, h5py.Group) else None

    def array(self, names: Sequence[str]) -> Array:
        """The numbers of a data set.  Raises ModelFileError."""
        data = self.find(names)
        if not isinstance(data, h5py.Dataset):
            raise self._refused(names, "is missing")
        made = data.id.get_create_plist()
        if made.get_layout() not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT) or made.get_external_count():
            raise self._refused(names, "is not stored as one block, as Keras stores it")
        kind = data.dtype.newbyteorder("=")
        if kind not in READABLE:
            raise self._refused(names, f"holds {str(data.dtype)[:50]}, but must hold float32, float16 or float64")
        if data.shape is None or data.id.get_storage_size() != data.nbytes or data.nbytes > self.left:
            raise self._refused(names, f"says that its shape is {data.shape}, but has other bytes in the file")
        self.left -= data.nbytes
        return np.asarray(data[()], kind)

    def _refused(self, names: Sequence[str], why: str) -> ModelFileError:
        return ModelFileError(f"{self.path}: {'/'.join(names)} {why}, so it is not read.")
