"""Whether a picture file holds as much as its header claims; what Pillow lacks it shows as black or grey.

Pillow also sets memory aside for a picture of any size before it reads a row.
Sources: https://www.w3.org/TR/png-3/, https://www.w3.org/Graphics/JPEG/itu-t81.pdf
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from numnist.support.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # samples of a pixel, by the colour type
# The passes of an interlaced picture: the first row and column of each, and the steps to the next.
_PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
_STEP = 1 << 18  # bytes unpacked at a time
_MOST_OF_JPEG = 512  # pixels in a byte: a block of 64 takes one bit or more


def check_claims(image: Image.Image, content: bytes, name: str) -> None:
    """Raises DataError if the file certainly has fewer pixels than it claims, and zlib.error for a broken PNG.

    image: as Pillow has opened it, without reading a row;  content: the file
    """
    width, height = image.size
    if image.format == "PNG":
        if content[12:16] != b"IHDR" or content[16:24] != struct.pack(">2I", width, height):
            raise DataError(f"{name} does not begin with its header, or has two. Save it again as PNG or JPEG.")
        found = _share_of_png(content)
    elif image.format in ("JPEG", "MPO") or image.info.get("compression") == "jpeg":
        found = _MOST_OF_JPEG * len(content) / (width * height)
    else:
        return
    if found < 1:
        raise DataError(
            f"{name} is cut off: it claims {width}×{height} pixels, but holds {found:.0%} of them at most. Get it "
            "again, or save it again as PNG or JPEG."
        )


def _share_of_png(content: bytes) -> float:
    """How much of the bytes that a PNG must have it has, at most 1.   content: whole chunks"""
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
    return min(1.0, found / expected)


def _parts(content: bytes) -> Iterator[bytes]:
    """The data of the picture, which come in chunks."""
    at = len(SIGNATURE)
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if kind == b"IDAT":
            yield content[at + 8 : at + 8 + size]
        at += size + 12
