"""IDX, the format of the MNIST files, with everything in the header checked before it is used.

Two zero bytes, a type code, the number of dimensions, the sizes as big-endian uint32, then big-endian data.
The whole file may be packed with gzip.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import GET_AGAIN, MAX_BYTES, as_labels, as_pictures, check_unpacked, opening, unpacked
from numnist.data.dataset import Split
from numnist.support.errors import DataError
from numnist.support.reading import open_file

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}

_MOST_PACKING = 1032  # deflate cannot compress by a larger factor


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """The array in an IDX file, in the machine's byte order.  Raises DataError for anything irregular."""
    path = Path(path)
    with opening(path):
        if path.is_dir():
            raise DataError(f"{path} is a folder, but an IDX file is expected: name the file in it.")
        with open_file(path) as file:
            return _parse(file, str(path), path.stat().st_size)


def _parse(packed: IO[bytes], where: str, most: int) -> NDArray[Any]:
    """The array in a file of `most` bytes, packed or not; `where` names it in messages."""
    with unpacked(packed, where) as file:
        dtype, shape = _header(file, where)
        size = math.prod(shape) * dtype.itemsize  # Python's integers cannot overflow
        if size > (most if file is packed else most * _MOST_PACKING):  # before anything is allocated
            raise DataError(
                f"{where} promises {'×'.join(map(str, shape))} values ({size:,} bytes) but is too small to hold "
                f"them: it is cut off or not an IDX file; {GET_AGAIN}."
            )
        check_unpacked(size, most, where)
        if size > MAX_BYTES:
            raise DataError(
                f"{where} unpacks to {size:,} bytes, but numnist holds data in memory and stops at {MAX_BYTES:,}: "
                "divide it into smaller files."
            )
        content = file.read(size)
        if len(content) < size:
            raise DataError(
                f"{where} promises {size:,} bytes of data but holds {len(content):,}: it is cut off; {GET_AGAIN}."
            )
        if file.read(1):
            raise DataError(
                f"{where} has bytes left after the {'×'.join(map(str, shape))} values that its header promises: "
                f"the header or the file is wrong; {GET_AGAIN}."
            )
        return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _header(file: IO[bytes], where: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """The type and the sizes in the header."""
    magic = file.read(4)
    if not magic:
        raise DataError(f"{where} is empty: {GET_AGAIN}.")
    if magic.lstrip()[:1] == b"<":
        raise DataError(f"{where} is a web page, not an IDX file: perhaps a server's error message; {GET_AGAIN}.")
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(
            f"{where} is not an IDX file: it begins with the bytes {magic.hex(' ')}, but two zero bytes, a type "
            f"code and the number of dimensions are expected (00 00 08 03 for pictures); {GET_AGAIN}."
        )
    code, ndim = magic[2], magic[3]
    if code not in TYPES:
        raise DataError(
            f"{where} has the type code {code}, but IDX knows {', '.join(map(str, TYPES))} (8 is uint8): "
            f"it is not an IDX file or is broken; {GET_AGAIN}."
        )
    if not 1 <= ndim <= 4:
        raise DataError(
            f"{where} has {ndim} dimensions, but labels have 1 and pictures 3 (N, H, W) or 4 (N, C, H, W): "
            "save it with one of these shapes."
        )
    sizes = file.read(4 * ndim)
    if len(sizes) < 4 * ndim:
        raise DataError(f"{where} ends within its header ({4 + len(sizes)} bytes): {GET_AGAIN}.")
    return np.dtype(TYPES[code]), tuple(int(n) for n in np.frombuffer(sizes, ">u4"))


def read_pair(images: str | os.PathLike[str], labels: str | os.PathLike[str]) -> Split:
    """Pictures and their labels from two IDX files."""
    x, y = read_idx(images), read_idx(labels)
    if x.ndim == 1 and y.ndim > 1:
        raise DataError(f"{images} holds labels and {labels} holds pictures: the two files are swapped, rename them.")
    return Split(as_pictures(x, str(images)), as_labels(y, str(labels), len(x)))
