"""Damaged picture files: what transfers, broken disks and strangers make of whole ones."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator, Sequence

from tests.data.formats.png import SIGNATURE, chunk

ODD = (0, 1, 2, 127, 128, 255, 256, 1000, 32767, 32768, 65535, 65536, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)


def mutant(originals: Sequence[bytes], draws: random.Random) -> bytes:
    """One of the files, changed in one to four ways."""
    content = bytearray(draws.choice(originals))
    if content.startswith(SIGNATURE) and draws.random() < 0.7:
        return _png(content, originals, draws)
    for _ in range(draws.choice((1, 1, 1, 2, 4))):
        content = _changed(content, originals, draws)
    return bytes(content)


def _changed(content: bytearray, originals: Sequence[bytes], draws: random.Random) -> bytearray:
    if not content:
        return content
    # half of the changes in the first bytes, which say what the rest is
    at = draws.randrange(min(len(content), 100) if draws.random() < 0.5 else len(content))
    size = min(draws.choice((1, 2, 4, 16, 100, 1000)), len(content) - at)
    match draws.randrange(8):
        case 0:
            content[at] ^= 1 << draws.randrange(8)
        case 1:
            content[at : at + size] = draws.randbytes(size)
        case 2:
            content = content[:at]
        case 3:
            del content[at : at + size]
        case 4:
            content[at:at] = content[at : at + size] * draws.choice((1, 2, 50))
        case 5:
            other = draws.choice(originals)
            start = draws.randrange(len(other))
            content[at : at + size] = other[start : start + size]
        case 6:
            packed = struct.pack(draws.choice("<>") + "I", draws.choice(ODD))[-draws.choice((2, 4)) :]
            content[at : at + len(packed)] = packed
        case 7:
            content[at : at + size] = bytes([draws.choice((0, 255))]) * size
    return content


def _png(content: bytearray, originals: Sequence[bytes], draws: random.Random) -> bytes:
    """A PNG with changed chunks whose checksums are right, as nobody makes by accident."""
    chunks = list(chunks_of(bytes(content)))
    for _ in range(draws.choice((1, 1, 2))):
        if not chunks:
            break
        at = draws.randrange(len(chunks))
        kind, data = chunks[at]
        match draws.randrange(6):
            case 0:
                del chunks[at]
            case 1:
                chunks.insert(draws.randrange(len(chunks) + 1), chunks[at])
            case 2:
                other = next((each for each in draws.sample(originals, 20) if each.startswith(SIGNATURE + b"\0")), None)
                chunks.insert(at, draws.choice(list(chunks_of(other))) if other else (b"teSt", b""))
            case 3 if kind == b"IDAT":
                rows = bytearray(_unpacked(data))
                chunks[at] = kind, zlib.compress(_changed(rows, originals, draws), draws.choice((0, 6)))
            case _:
                chunks[at] = kind, bytes(_changed(bytearray(data), originals, draws))
    return SIGNATURE + b"".join(chunk(kind, data) for kind, data in chunks)


def chunks_of(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kind and the content of each chunk of a whole PNG."""
    at = len(SIGNATURE)
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + 8 + size]
        at += size + 12


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data
