"""Numbers from an HDF5 file: within limits, and nothing that leads out of it.

An HDF5 file may name other files to read from (links, external storage, virtual data sets), and may say that a few
bytes stand for a huge array (chunks that were never written, compression).  Keras writes none of these: each array is
one block of numbers, so that nothing here is larger than the file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from numnist.nn.base import Array
from numnist.support.errors import ModelFileError

SIGNATURE, HEAP = b"\x89HDF\r\n\x1a\n", b"GCOL\x01\x00\x00\x00"
READABLE = (np.float16, np.float32, np.float64, np.int64)


class Hdf5:
    """An open HDF5 file.   data: its bytes, which are also the most that is read"""

    def __init__(self, data: bytes, path: Path):
        self.path, self.left = path, len(data)
        _check_heaps(data, path)
        self._file = h5py.File(io.BytesIO(data), "r")

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


def _check_heaps(data: bytes, path: Path) -> None:
    """Check the sizes in the heaps, where texts stand: HDF5 reads for ever where one of them leads back.

    A heap is a signature, its whole size, and objects: 8 bytes of number and flags, the size, as many bytes in eights.
    """
    sizes = data[13:15] if data[8:9] == b"\x00" else data[9:11]  # of addresses and lengths, by the version
    if not data.startswith(SIGNATURE) or sizes != b"\x08\x08":
        raise ModelFileError(f"{path}: this is not an HDF5 file as Keras writes it: save it again.")
    start = data.find(HEAP)
    while start >= 0:
        end, at = start + int.from_bytes(data[start + 8 : start + 16], "little"), start + 16
        sound = end <= len(data)
        while sound and at + 16 <= end:
            number, size = (int.from_bytes(data[at + a : at + b], "little") for a, b in ((0, 2), (8, 16)))
            at += 16 + (size + 7) // 8 * 8 if number else max(size, 16)  # 0 is the space that is left, all of it
            sound = at <= end
        if not sound:
            raise ModelFileError(f"{path}: its texts do not stand where it says: the file is damaged, save it again.")
        start = data.find(HEAP, start + 1)
