"""A digit in the rarer forms of the formats that numnist reads, which Pillow does not write by itself."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms

from tests.data.formats.kinds import HEIGHT, LOSSY, ROUNDED, SQUEEZED, WIDTH, Kind, digit, encode, in_mode


def rarer(number: int = 0) -> Iterator[Kind]:
    """All of them."""
    grey, _ = digit(number)
    yield from _jpegs(grey)
    yield from _tiffs(grey)
    yield from _animations(grey)
    yield from _bitmaps(grey)
    yield from _plain(grey)
    for kind in ("PNG", "JPEG", "TIFF", "WEBP"):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        image = Image.fromarray(grey).convert("RGB")
        yield Kind(f"{kind} with a profile", encode(image, kind, icc_profile=profile), LOSSY if kind in SQUEEZED else 0)


def _jpegs(grey):
    image = Image.fromarray(grey)
    for name, options in (
        ("progressive", {"progressive": True}), ("optimized", {"optimize": True}), ("of quality 30", {"quality": 30}),
        ("that restarts", {"restart_marker_rows": 1}), ("with a comment", {"comment": b"digit"}),
    ):  # fmt: skip
        yield Kind(f"JPEG {name}", encode(image, "JPEG", **options), 80 if "30" in name else LOSSY)
    for ratio in ("4:4:4", "4:2:2", "4:2:0", "4:1:1"):
        yield Kind(f"JPEG {ratio}", encode(image.convert("RGB"), "JPEG", subsampling=ratio), LOSSY)
    yield Kind("JPEG kept as RGB", encode(image.convert("RGB"), "JPEG", keep_rgb=True, quality=95), LOSSY)
    several = encode(image, "MPO", save_all=True, append_images=[Image.new("L", image.size)])
    yield Kind("MPO of two", several, LOSSY)


def tiff(x, tags, order="<", big=False):
    """An uncompressed TIFF of one strip.  x: what it holds;  tags: besides those of the strip, {tag: numbers}"""
    data = np.ascontiguousarray(x).astype(x.dtype.newbyteorder(order)).tobytes()
    start = 16 if big else 8
    tags = {
        256: (x.shape[1],),
        257: (x.shape[0],),
        259: (1,),
        273: (start,),
        278: (x.shape[0],),
        279: (len(data),),
    } | tags
    size, entry = ("Q", "HHQ") if big else ("I", "HHI")
    room = struct.calcsize(size)
    head = struct.pack(f"{order}2sH", b"II" if order == "<" else b"MM", 43 if big else 42)
    head += struct.pack(f"{order}HHQ", 8, 0, start + len(data)) if big else struct.pack(f"{order}I", start + len(data))
    rows, extra = b"", b""
    behind = (
        start
        + len(data)
        + struct.calcsize("<Q" if big else "<H")
        + len(tags) * struct.calcsize(f"<{entry}{size}")
        + room
    )
    for tag, numbers in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(numbers)}{size}", *numbers)
        if len(packed) > room:
            packed, extra = struct.pack(f"{order}{size}", behind + len(extra)), extra + packed
        rows += struct.pack(f"{order}{entry}", tag, 16 if big else 4, len(numbers)) + packed
    count = struct.pack(f"{order}{'Q' if big else 'H'}", len(tags))
    return head + data + count + rows + bytes(room) + extra


def _tiffs(grey):
    image = Image.fromarray(grey)
    black, bits, photometric, samples, form = 1, 258, 262, 277, 339
    for compression in ("raw", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "packbits", "zstd", "lzma"):
        yield Kind(f"TIFF {compression}", encode(image, "TIFF", compression=compression), 0)
    yield Kind("TIFF jpeg", encode(image, "TIFF", compression="jpeg"), LOSSY)
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield Kind(f"TIFF {compression}", encode(in_mode(grey, "1"), "TIFF", compression=compression), 128)
    pages = encode(image, "TIFF", save_all=True, append_images=[Image.new("L", image.size)])
    yield Kind("TIFF of two pages", pages, 0)
    for order, big in (("<", False), (">", False), ("<", True)):  # Pillow takes the fourth for no picture
        where = f"{order}{' big' * big}"
        eight = {bits: (8,), photometric: (black,), samples: (1,)}
        yield Kind(f"TIFF 8 bits {where}", tiff(grey, eight, order, big), 0)
        yield Kind(f"TIFF white is zero {where}", tiff(255 - grey, eight | {photometric: (0,)}, order, big), 0)
        deep = grey.astype(np.uint16) * 257
        sixteen = eight | {bits: (16,)}
        yield Kind(f"TIFF 16 bits {where}", tiff(deep, sixteen, order, big), 0)
        inverted = tiff(65535 - deep, sixteen | {photometric: (0,)}, order, big)
        known = order == "<"  # Pillow has no such thing in the other order
        yield Kind(f"TIFF 16 bits, white is zero {where}", inverted, 0 if known else None)
        floats = eight | {bits: (32,), form: (3,)}
        yield Kind(f"TIFF floats {where}", tiff((grey / 255).astype(np.float32), floats, order, big), 0)
        inverted = tiff((1 - grey / 255).astype(np.float32), floats | {photometric: (0,)}, order, big)
        yield Kind(f"TIFF floats, white is zero {where}", inverted, 0)
        colour = np.repeat(deep[..., None], 3, axis=2).reshape(len(deep), -1)
        tags = {bits: (16,) * 3, photometric: (2,), samples: (3,), 256: (grey.shape[1],)}
        yield Kind(f"TIFF 16 bits of colour {where}", tiff(colour, tags, order, big), 1)
    premultiplied = np.stack([grey, np.full_like(grey, 255)], axis=2).reshape(len(grey), -1)
    tags = {bits: (8, 8), photometric: (black,), samples: (2,), 338: (1,), 256: (grey.shape[1],)}
    yield Kind("TIFF multiplied by its transparency", tiff(premultiplied, tags), 0)
    signed = eight | {form: (2,)}
    yield Kind("TIFF of negative numbers", tiff(grey.view(np.int8), signed), None)
    twelve = np.zeros((len(grey), grey.shape[1] * 3 // 2), np.uint8)
    values = grey.astype(np.int64) * 4095 // 255
    twelve[:, 0::3], twelve[:, 2::3] = values[:, 0::2] >> 4, values[:, 1::2] & 255
    twelve[:, 1::3] = (values[:, 0::2] & 15) << 4 | values[:, 1::2] >> 8
    tags = {bits: (12,), photometric: (black,), samples: (1,), 256: (grey.shape[1],)}
    yield Kind("TIFF 12 bits", tiff(twelve, tags), 1)


def _animations(grey):
    image, dark = Image.fromarray(grey), Image.new("L", (WIDTH, HEIGHT), 0)
    for kind in ("GIF", "PNG", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        content = encode(image, kind, save_all=True, append_images=[dark, image], duration=40, loop=0, **options)
        yield Kind(f"{kind} animated", content, ROUNDED)
    yield Kind("GIF interlaced", encode(image, "GIF", interlace=1), 0)
    still = encode(image, "PNG", save_all=True, default_image=True, append_images=[dark, image])
    yield Kind("PNG animated, with another picture for those who do not move it", still, 0)
    clear = image.convert("P")
    white = int(np.asarray(clear)[0, 0])
    yield Kind("GIF transparent paper", encode(clear, "GIF", transparency=white), 0)
    border = int((grey != 255).nonzero()[0].min())  # rows of paper
    lines = encode(Image.fromarray(grey[border:]), "GIF")
    at = lines.index(b",\0\0\0\0")
    small = (
        lines[:6] + struct.pack("<2H", WIDTH, HEIGHT) + lines[10 : at + 3] + struct.pack("<H", border) + lines[at + 5 :]
    )
    yield Kind("GIF lower than its screen", small, 0)


def bmp(rows, bits, compression=0, masks=(), colours=b"", height=None):
    """A BMP.  rows: the bytes of its picture, the lowest row first"""
    head = struct.pack(
        "<IiiHHIIiiII", 40, WIDTH, height or HEIGHT, 1, bits, compression, len(rows), 0, 0, len(colours) // 4, 0
    )
    head += struct.pack(f"<{len(masks)}I", *masks) + colours
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(rows), 0, 0, 14 + len(head)) + head + rows


def _bitmaps(grey):
    lowest = grey[::-1]
    greys = b"".join(bytes([i, i, i, 0]) for i in range(256))
    pad = bytes(-WIDTH % 4)
    yield Kind("BMP 8 bits", bmp(b"".join(row.tobytes() + pad for row in lowest), 8, colours=greys), 0)
    yield Kind("BMP top down", bmp(b"".join(row.tobytes() + pad for row in grey), 8, colours=greys, height=-HEIGHT), 0)
    runs = b"".join(b"".join(bytes([1, v]) for v in row.tolist()) + b"\0\0" for row in lowest) + b"\0\1"
    yield Kind("BMP of runs", bmp(runs, 8, 1, colours=greys), 0)
    five = lowest.astype(np.uint16) >> 3
    yield Kind("BMP 5 5 5", bmp((five << 10 | five << 5 | five).astype("<u2").tobytes(), 16), 8)
    six = lowest.astype(np.uint16) >> 2
    masks = (0xF800, 0x07E0, 0x001F)
    yield Kind("BMP 5 6 5", bmp((five << 11 | six << 5 | five).astype("<u2").tobytes(), 16, 3, masks), 8)
    four = np.stack([lowest, lowest, lowest, np.full_like(lowest, 255)], axis=2)
    yield Kind("BMP 32 bits", bmp(four.tobytes(), 32), 0)


def _plain(grey):
    """PBM, PGM, PPM and PFM, as text and as bytes."""
    size = f"{WIDTH} {HEIGHT}".encode()
    words = b" ".join(b"%d" % value for value in grey.ravel())
    yield Kind("PGM as text", b"P2\n# a digit\n" + size + b"\n255\n" + words, 0)
    yield Kind("PPM as text", b"P3 " + size + b" 255 " + b" ".join(b"%d %d %d" % (v, v, v) for v in grey.ravel()), 0)
    yield Kind(
        "PBM as text", b"P1 " + size + b"\n" + b"".join(b"01"[v < 128 :][:1] for v in grey.ravel().tolist()), 128
    )
    yield Kind("PBM", b"P4 " + size + b"\n" + np.packbits(grey < 128, axis=1).tobytes(), 128)
    for bits in (4, 10, 12, 16):
        most = (1 << bits) - 1
        kind = ">u2" if bits > 8 else "u1"
        values = np.rint(grey * (most / 255)).astype(kind)
        yield Kind(f"PGM of {bits} bits", b"P5 " + size + b" %d\n" % most + values.tobytes(), 255 / most / 2 + 0.5)
        colour = np.repeat(values.ravel(), 3).astype(kind)
        yield Kind(f"PPM of {bits} bits", b"P6 " + size + b" %d\n" % most + colour.tobytes(), 255 / most / 2 + 1)
    floats = (grey[::-1] / 255).astype("<f4")
    yield Kind("PFM", b"Pf\n" + size + b"\n-1.0\n" + floats.tobytes(), 0)
