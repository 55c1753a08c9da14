"""The 175 files of PngSuite made anew, under their names: what is in them is known to the last pixel.

Their pictures are others than in the original, but each has its form: colour type, depth, size, chunks, damage.
Source: Willem van Schaik, http://www.schaik.com/pngsuite/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tests.data.formats.png import GREY, GREY_ALPHA, MIXED, PALETTE, RGB, RGBA, SIGNATURE, chunk, ihdr, png

SIDE = 32
KINDS = {"0g": GREY, "2c": RGB, "3p": PALETTE, "4a": GREY_ALPHA, "6a": RGBA}
BASIC = ("0g01", "0g02", "0g04", "0g08", "0g16", "2c08", "2c16", "3p01", "3p02", "3p04", "3p08", "4a08", "4a16", "6a08",
         "6a16")  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One file.  shown: the pixels (H, W) or (H, W, 3) from 0.0 to 255.0 that it means, or None where it is corrupt;
    tolerance: by how much of 255 a reader may be off, for rounding"""

    name: str
    content: bytes
    shown: np.ndarray | None
    tolerance: float = 0.0

    def fits(self, read: np.ndarray) -> bool:
        """Whether these pixels are what the file means."""
        return (
            self.shown is not None
            and read.shape == self.shown.shape
            and np.abs(read - self.shown).max() <= self.tolerance
        )


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _basic()
    yield from _sizes()
    yield from _backgrounds()
    yield from _transparent()
    yield from _gamma()
    yield from _filters()
    yield from _palettes()
    yield from _ancillary()
    yield from _order()
    yield from _corrupt()


def samples(form, height=SIDE, width=SIDE):
    """Samples (H, W, channels) of a form such as 2c08: slopes in all directions, from 0 to the most."""
    colour, depth = KINDS[form[:2]], int(form[2:])
    most = (1 << depth) - 1
    y, x = np.mgrid[:height, :width]
    across, down = x / max(width - 1, 1), y / max(height - 1, 1)
    planes = {
        GREY: (across,),
        PALETTE: ((across + down) / 2,),
        RGB: (across, down, 1 - across),
        GREY_ALPHA: (1 - across, down),
        RGBA: (across, 1 - across, (across + down) / 2, down),
    }[colour]
    return np.rint(np.stack(planes, axis=2) * most).astype(np.int64)


def palette(depth):
    """The colours (2^depth, 3) of an indexed picture."""
    i = np.arange(1 << depth)
    return np.stack([i * 255 // max(len(i) - 1, 1), 255 - i * 7 % 256, i * 37 % 256], axis=1)


def shown(given, form, alpha=None):
    """What the samples mean, transparency laid on white.  alpha: (H, W) 0..1 where a tRNS chunk says so"""
    colour, depth = KINDS[form[:2]], int(form[2:])
    values = palette(depth)[given[..., 0]].astype(float) if colour == PALETTE else given * (255 / ((1 << depth) - 1))
    if colour in (GREY_ALPHA, RGBA):
        values, alpha = values[..., :-1], values[..., -1] / 255
    if alpha is not None:
        laid = values * alpha[..., None] + 255 * (1 - alpha[..., None])
        values = alpha[..., None] * 255 if np.ptp(laid) < 16 <= np.ptp(alpha * 255) else laid  # white ink
    return values[..., 0] if values.shape[2] == 1 or np.ptp(values, axis=2).max() == 0 else values


def case(name, form, *, between=(), alpha=None, given=None, **options):
    """A whole file of this form.  Of 16 bits of colour the lower 8 may be lost, and laying on white rounds."""
    colour, depth = KINDS[form[:2]], int(form[2:])
    given = samples(form) if given is None else given
    if colour == PALETTE:
        between = (chunk(b"PLTE", palette(depth).astype(np.uint8).tobytes()), *between)
    soft = colour in (GREY_ALPHA, RGBA) or alpha is not None
    tolerance = 0.5 + 0.5 * soft + (depth == 16)
    return Case(name, png(given, depth, colour, between=between, **options), shown(given, form, alpha), tolerance)


def _basic():
    for form in BASIC:
        yield case(f"basn{form}", form)
        yield case(f"basi{form}", form, interlaced=True)


def _sizes():
    for side in (*range(1, 10), *range(32, 41)):
        form = "3p01" if side < 4 else "3p02" if side < 8 else "3p04"
        for letter in "in":
            given = samples(form, side, side)
            yield case(f"s{side:02}{letter}{form}", form, given=given, interlaced=letter == "i")


def _words(*numbers):
    return struct.pack(f">{len(numbers)}H", *numbers)


def _backgrounds():
    """A background of the file is not white: numnist, like most, has a ground of its own."""
    grounds = {"k": 0, "g": 0x7777, "w": 0xFFFF, "b": 0}
    for name, form in (
        ("bgai", "4a08"), ("bgai", "4a16"), ("bgan", "6a08"), ("bgan", "6a16"), ("bgbn", "4a08"), ("bggn", "4a16"),
        ("bgwn", "6a08"), ("bgyn", "6a16"),
    ):  # fmt: skip
        count = 1 if form[0] == "4" else 3
        given = () if name[2] == "a" else (chunk(b"bKGD", _words(*[grounds.get(name[2], 0xFFFF)] * count)),)
        yield case(f"{name}{form}", form, between=given, interlaced=name[3] == "i")


def _transparent():
    for name, form in (
        ("tbbn", "0g04"), ("tbbn", "2c16"), ("tbbn", "3p08"), ("tbgn", "2c16"), ("tbgn", "3p08"), ("tbrn", "2c08"),
        ("tbwn", "0g16"), ("tbwn", "3p08"), ("tbyn", "3p08"),
    ):  # fmt: skip
        given = samples(form)
        colour = given[9, 9]  # what is transparent
        clear = (given == colour).all(axis=2)
        more = (chunk(b"tRNS", bytes([255] * int(colour[0]) + [0]) if form[0] == "3" else _words(*map(int, colour))),)
        count = 3 if form[0] == "2" else 1
        more += (chunk(b"bKGD", b"\1" if form[0] == "3" else _words(*[1] * count)),)
        yield case(f"{name}{form}", form, between=more, alpha=1.0 - clear)
    yield case("tp0n0g08", "0g08")
    yield case("tp0n2c08", "2c08")
    yield case("tp0n3p08", "3p08")
    given = samples("3p08")
    yield case("tp1n3p08", "3p08", between=(chunk(b"tRNS", b"\0"),), alpha=1.0 - (given[..., 0] == 0))
    levels = np.array([0, 85, 170, 255])
    given = samples("3p02")
    yield case(
        "tm3n3p02", "3p02", between=(chunk(b"tRNS", bytes(levels[:3].tolist())),), alpha=levels[given[..., 0]] / 255
    )


def _gamma():
    for tenths in (3, 4, 5, 7, 10, 25):  # the screen's, times ten
        gamma = chunk(b"gAMA", struct.pack(">I", round(100_000 / tenths * 10)))
        for form in ("0g16", "2c08", "3p04"):
            yield case(f"g{tenths:02}n{form}", form, before=(gamma,))


def _filters():
    for kind in range(5):
        for form in ("0g08", "2c08"):
            yield case(f"f{kind:02}n{form}", form, filtering=kind)
    yield case("f99n0g04", "0g04", filtering=MIXED)


def _palettes():
    six = palette(8)[:216]
    suggested = chunk(b"PLTE", six.astype(np.uint8).tobytes())
    narrow = chunk(b"sPLT", b"six-cube\0\x08" + b"".join(struct.pack(">4BH", *c, 255, 1) for c in six.tolist()))
    wide = chunk(b"sPLT", b"six-cube\0\x10" + b"".join(_words(*c, 255, 1) for c in six.tolist()))
    for name, form, more in (
        ("pp0n", "2c16", suggested), ("pp0n", "6a08", suggested), ("ps1n", "0g08", narrow), ("ps1n", "2c16", narrow),
        ("ps2n", "0g08", wide), ("ps2n", "2c16", wide),
    ):  # fmt: skip
        yield case(f"{name}{form}", form, between=(more,))


def _text(kind, keyword, content):
    return chunk(kind, keyword + b"\0" + content)


def _ancillary():
    primaries = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
    for form in ("2c08", "3p08"):
        yield case(f"ccwn{form}", form, before=(chunk(b"cHRM", primaries),))
    for name, per_metre in (("cdfn", (1, 4, 0)), ("cdhn", (4, 1, 0)), ("cdsn", (1, 1, 0)), ("cdun", (1000, 1000, 1))):
        yield case(f"{name}2c08", "2c08", between=(chunk(b"pHYs", struct.pack(">2IB", *per_metre)),))
    for name, form in (("ch1n", "3p04"), ("ch2n", "3p08")):
        counts = np.bincount(samples(form).ravel(), minlength=1 << int(form[2:]))
        yield case(f"{name}{form}", form, between=(chunk(b"hIST", _words(*counts.tolist())),))
    for digit, moment in (
        ("0", (2000, 1, 1, 12, 34, 56)),
        ("7", (1970, 1, 1, 0, 0, 0)),
        ("9", (1999, 12, 31, 23, 59, 59)),
    ):
        yield case(f"cm{digit}n0g04", "0g04", between=(chunk(b"tIME", struct.pack(">H5B", *moment)),))
    for bits, form in ((3, "2c16"), (3, "3p08"), (5, "2c08"), (5, "3p08"), (8, "2c08"), (8, "3p08")):
        yield case(f"cs{bits}n{form}", form, before=(chunk(b"sBIT", bytes([bits] * 3)),))
    plain = _text(b"tEXt", b"Title", b"PngSuite") + _text(b"tEXt", b"Software", b"made anew")
    packed = _text(b"zTXt", b"Comment", b"\0" + zlib.compress(b"a long text " * 100))
    for name, text in (("ct0n", b""), ("ct1n", plain), ("ctzn", plain + packed)):
        yield case(f"{name}0g04", "0g04", before=(text,))
    for name, words in (("cten", "en"), ("ctfn", "fi"), ("ctgn", "el"), ("cthn", "hi"), ("ctjn", "ja")):
        title = {"en": "Title", "fi": "Otsikko", "el": "Τίτλος", "hi": "शीर्षक", "ja": "タイトル"}[words]
        body = b"\0\0" + words.encode() + b"\0" + title.encode() + b"\0" + b"PngSuite"
        yield case(f"{name}0g04", "0g04", before=(_text(b"iTXt", b"Title", body),))
    exif = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, 1, 0, 0)  # the right way up
    yield case("exif2c08", "2c08", between=(chunk(b"eXIf", exif),))


def _order():
    """Data in one chunk, two, four, and one for every byte; and packed as little and as well as can be."""
    for name, parts in (("oi1n", 1), ("oi2n", 2), ("oi4n", 4), ("oi9n", 0)):
        for form in ("0g16", "2c16"):
            yield case(f"{name}{form}", form, parts=parts)
    for level in (0, 3, 6, 9):
        yield case(f"z{level:02}n2c08", "2c08", level=level)


def _corrupt():
    whole = case("", "0g01").content
    for name, at in (("xs1n0g01", 0), ("xs2n0g01", 1), ("xs4n0g01", 3), ("xs7n0g01", 6)):
        yield Case(name, whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :], None)
    grey = case("", "0g04").content
    yield Case("xcrn0g04", grey.replace(b"\r\n", b"\r"), None)
    yield Case("xlfn0g04", grey.replace(b"\r\n", b"\n"), None)
    form = samples("0g08"), 8, GREY
    head = chunk(b"IHDR", ihdr(SIDE, SIDE, 8, GREY))
    yield Case("xhdn0g08", png(*form).replace(head, head[:-4] + b"\0\0\0\0"), None)
    yield Case("xc1n0g08", png(*form, header=ihdr(SIDE, SIDE, 8, 1)), None)
    colours = samples("2c08"), 8, RGB
    yield Case("xc9n2c08", png(*colours, header=ihdr(SIDE, SIDE, 8, 9)), None)
    for bits in (0, 3, 99):
        yield Case(f"xd{bits % 10}n2c08", png(*colours, header=ihdr(SIDE, SIDE, bits, RGB)), None)
    data = grey[: grey.index(b"IDAT") - 4] + chunk(b"IEND")
    yield Case("xdtn0g01", data, None)
    damaged = bytearray(whole)
    damaged[whole.index(b"IEND") - 5] ^= 1  # the last byte of the checksum of the data
    yield Case("xcsn0g01", bytes(damaged), None)


# What the suite lacks: transparency at every depth, and files that say too little or too much.


def further() -> Iterator[Case]:
    """Files that PngSuite does not have."""
    for form in ("0g01", "0g02", "0g04", "0g08", "0g16", "2c08", "2c16"):
        given = samples(form)
        for where in ((0, 0), (9, 9), (SIDE - 1, SIDE - 1)):
            colour = given[where]
            clear = (given == colour).all(axis=2)
            more = (chunk(b"tRNS", _words(*map(int, colour))),)
            for interlaced in (False, True):
                name = f"tRNS at {where[0]} of {form}{' interlaced' * interlaced}"
                yield case(name, form, between=more, alpha=1.0 - clear, interlaced=interlaced)
    for form in ("2c16", "4a16", "6a16"):
        colour = KINDS[form[:2]]
        yield Case(f"10 bits in the 16 of {form}", png(samples(form) >> 6, 16, colour), None)
    for form in ("0g08", "2c08", "6a08", "3p08"):
        whole = case("", form)
        rows = samples(form)[: SIDE // 2]
        few = case("", form, given=rows).content
        head = chunk(b"IHDR", ihdr(SIDE, SIDE // 2, 8, KINDS[form[:2]]))
        tall = few.replace(head, chunk(b"IHDR", ihdr(SIDE, SIDE, 8, KINDS[form[:2]])))
        yield Case(f"half of the rows of {form}", tall, None)
        yield replace(whole, name=f"bytes behind the end of {form}", content=whole.content + b"more")
    yield Case("signature only", SIGNATURE, None)
