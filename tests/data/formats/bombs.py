"""Small picture files that ask for much."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.data.formats.kinds import encode
from tests.data.formats.png import GREY, SIGNATURE, chunk, ihdr
from tests.data.formats.rarer import tiff


def bombs(many: int = 100_000) -> Iterator[tuple[str, bytes]]:
    """Their names and contents.   many: of the things that a file has many of"""
    small = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    for width, height in ((65_535, 65_535), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1), (50_000_001, 1), (7071, 7071)):
        size = f"{width}×{height}"
        yield f"PNG {size}", png_of(width, height, bytes(100))
        yield f"BMP {size}", _sized(encode(small, "BMP"), 18, "<ii", width, height)
        yield f"PPM {size}", b"P6 %d %d 255\n" % (width, height) + bytes(100)
        yield f"PBM as text {size}", b"P1 %d %d\n" % (width, height) + b"0" * 100
        yield f"TIFF {size}", tiff(np.zeros((8, 8), np.uint8), {256: (width,), 257: (height,), 258: (8,), 262: (1,)})
        if max(width, height) < 65_536:
            gif = encode(small, "GIF")
            at = gif.index(b",\0\0\0\0") + 5
            yield f"GIF {size}", _sized(_sized(gif, 6, "<HH", width, height), at, "<HH", width, height)
            jpeg = encode(small, "JPEG")
            yield f"JPEG {size}", _sized(jpeg, jpeg.index(b"\xff\xc0") + 5, ">HH", height, width)
            webp = encode(small, "WEBP", lossless=True)
            at = webp.index(b"\x2f", 16) + 1
            yield f"WEBP {size}", _sized(webp, at, "<I", (width & 0x3FFF) | (height & 0x3FFF) << 14)
    yield "PNG of much text", png_of(8, 8, bytes(72), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000))))
    yield "PNG of a long profile", png_of(8, 8, bytes(72), chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000))))
    yield "PNG of many texts", png_of(8, 8, bytes(72), chunk(b"tEXt", b"a\0b") * many)
    yield "PNG of many chunks", png_of(8, 8, bytes(72), chunk(b"teSt") * many)
    yield "PNG of more rows than it says", png_of(8, 8, bytes(50_000_000))
    yield "JPEG of many comments", jpeg_with(small, b"\xff\xfe\0\4ab" * many)
    yield "JPEG of many empty segments", jpeg_with(small, b"\xff\xe5\0\2" * many)
    yield "TIFF in a circle", _circle()
    yield (
        "TIFF of many tags",
        tiff(np.zeros((8, 8), np.uint8), {258: (8,), 262: (1,)} | dict.fromkeys(range(1000, 50000), (1,))),
    )
    yield (
        "TIFF of many strips",
        tiff(np.zeros((8, 8), np.uint8), {258: (8,), 262: (1,), 273: (8,) * many, 279: (1,) * many, 278: (1,)}),
    )
    gif = encode(small, "GIF")
    frame = gif[gif.index(b",\0\0\0\0") : -1]
    yield "GIF of many frames", gif[:-1] + frame * (many // 5) + b";"
    yield "GIF of many comments", gif[:-1].replace(frame, b"!\xfe\1a\0" * many + frame) + b";"


def png_of(width: int, height: int, rows: bytes, *more: bytes) -> bytes:
    data = chunk(b"IDAT", zlib.compress(rows, 9))
    return SIGNATURE + chunk(b"IHDR", ihdr(width, height, 8, GREY)) + b"".join(more) + data + chunk(b"IEND")


def jpeg_with(image: Image.Image, segments: bytes) -> bytes:
    content = encode(image, "JPEG")
    return content[:2] + segments + content[2:]


def _sized(content: bytes, at: int, form: str, *numbers: int) -> bytes:
    packed = struct.pack(form, *numbers)
    return content[:at] + packed + content[at + len(packed) :]


def _circle() -> bytes:
    content = tiff(np.zeros((8, 8), np.uint8), {258: (8,), 262: (1,)})
    first = struct.unpack_from("<I", content, 4)[0]
    count = struct.unpack_from("<H", content, first)[0]
    return _sized(content, first + 2 + 12 * count, "<I", first)
