"""What Pillow does not check of a PNG file: that it holds as much as its header says.

Pillow shows rows that are missing as black, and sets memory aside for a picture of any size before it reads a row.
Source: https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from numnist.support.errors import DataError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # samples of a pixel, by the colour type
# The passes of an interlaced picture: the first row and column of each, and the steps to the next.
_PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
_STEP = 1 << 18  # bytes unpacked at a time


def check_rows(content: bytes, name: str) -> None:
    """Raises DataError if a PNG file has fewer rows than it claims, and zlib.error for data that cannot be unpacked.

    content: a file whose chunks are whole
    """
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">2I5B", content, 16)
    bits = depth * _CHANNELS[colour]
    expected = 0
    for top, left, down, right in _PASSES if interlaced else ((0, 0, 1, 1),):
        rows, columns = -(-(height - top) // down), -(-(width - left) // right)
        if columns > 0:  # a pass without pixels has no rows either
            expected += max(rows, 0) * (1 + -(-columns * bits // 8))  # 1: how the row is filtered
    found = 0
    unpacker = zlib.decompressobj()
    for data in _parts(content):
        while data and found < expected and not unpacker.eof:
            found += len(unpacker.decompress(data, _STEP))
            data = unpacker.unconsumed_tail
    if found < expected:
        raise DataError(
            f"{name} is cut off: it claims {width}×{height} pixels, and has {found / expected:.0%} of them."
        )


def _parts(content: bytes) -> Iterator[bytes]:
    """The data of the picture, which come in chunks."""
    at = len(SIGNATURE)
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if kind == b"IDAT":
            yield content[at + 8 : at + 8 + size]
        at += size + 12
