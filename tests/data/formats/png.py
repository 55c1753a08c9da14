"""Writes PNG files chunk by chunk, in every form that the standard allows, and in forms that it does not.

Source: https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6  # colour types
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
MIXED = 99  # another filter in each row


def chunk(kind, content=b"", crc=None):
    """One chunk.  crc: another checksum than the right one"""
    right = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", right)


def ihdr(width, height, depth, colour, interlaced=False):
    return struct.pack(">2I5B", width, height, depth, colour, 0, 0, interlaced)


def png(
    samples, depth, colour, *, interlaced=False, filtering=0, level=6, before=(), between=(), after=(), parts=1,
    header=None,
):  # fmt: skip
    """A PNG file.

    samples: (H, W, channels) of whole numbers below 2^depth;  before: chunks before the palette or the data, between:
    those behind the palette, after: those behind the data;  parts: the number of IDAT chunks, 0: one for each byte;
    header: other content of IHDR than the right one
    """
    height, width, _ = samples.shape
    grids = [samples[y::down, x::right] for y, x, down, right in ADAM7] if interlaced else [samples]
    raw = b"".join(_rows(grid, depth, filtering) for grid in grids if grid.size)
    packed = zlib.compress(raw, level)
    size = -(-len(packed) // parts) if parts else 1
    data = [chunk(b"IDAT", packed[at : at + size]) for at in range(0, len(packed), size)]
    head = chunk(b"IHDR", header or ihdr(width, height, depth, colour, interlaced))
    return b"".join((SIGNATURE, head, *before, *between, *data, *after, chunk(b"IEND")))


def _rows(grid, depth, filtering):
    """The rows of bytes of a picture or of one of its passes, filtered."""
    height, width, channels = grid.shape
    if depth == 16:
        packed = grid.astype(">u2").reshape(height, -1).view(np.uint8)
    elif depth == 8:
        packed = grid.astype(np.uint8).reshape(height, -1)
    else:
        bits = grid.reshape(height, width, 1) >> np.arange(depth - 1, -1, -1) & 1
        packed = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    step = max(1, channels * depth // 8)  # bytes to the pixel before
    above, result = np.zeros(packed.shape[1], np.int64), []
    for y, row in enumerate(packed.astype(np.int64)):
        kind = y % 5 if filtering == MIXED else filtering
        left = np.concatenate([np.zeros(step, np.int64), row])[: len(row)]
        corner = np.concatenate([np.zeros(step, np.int64), above])[: len(row)]
        guess = (0, left, above, (left + above) // 2, _paeth(left, above, corner))[kind]
        result.append(bytes([kind]) + ((row - guess) % 256).astype(np.uint8).tobytes())
        above = row
    return b"".join(result)


def _paeth(left, above, corner):
    near = [abs(left + above - corner - each) for each in (left, above, corner)]
    return np.where((near[0] <= near[1]) & (near[0] <= near[2]), left, np.where(near[1] <= near[2], above, corner))
