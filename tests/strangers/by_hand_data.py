"""Data that somebody makes on purpose."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests.strangers.kind import digest
from tests.strangers.made import MB, Made, archive, made, put
from tests.strangers.of_data import csv


def npy(descr: str, shape: str, data: bytes = b"") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def zeros_gz(size: int) -> bytes:
    """So many zeros, packed, without having them in memory."""
    packer, block = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(MB)
    return b"".join([*(packer.compress(block) for _ in range(size // MB)), packer.flush()])


def npz_of_zeros(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new, new.open("x_train.npy", "w") as file:
        file.write(npy("'|u1'", "(256, 1024, 1024)"))
        for _ in range(256):
            file.write(bytes(MB))
    with zipfile.ZipFile(path, "a") as new:
        new.writestr("y_train.npy", npy("'|u1'", "(256,)", bytes(256)))


def arrays() -> Iterator[Made]:
    here = "x_train.npy"
    for name, descr, shape in (
        ("2⁶² rows", "'|u1'", f"({2**62}, 0)"),
        ("a size below 0", "'|u1'", "(-3, -64)"),
        ("nothing in a number", "'|V0'", f"({10**12},)"),
        ("empty words", "'<U0'", f"({10**12},)"),
        ("objects", "'|O'", "(3,)"),
        ("fields", "[('a', '<f4'), ('b', '|O')]", "(3,)"),
        ("fields of numbers", "[('a', '<f4')]", "(0,)"),
        ("a type that is code", "__import__('os').system('true')", "(3,)"),
        ("brackets", "(" * 5000, "(3,)"),
        ("a tuple of truths", "'|u1'", "(True, True)"),
        ("10⁵ axes", "'|u1'", "(" + "1," * 20_000 + ")"),
        ("dates", "'<M8[ns]'", "(0, 8, 8)"),
    ):
        yield made(name, here, put(npy(descr, shape)))
    for name, data in {
        "a member twice": archive([("x_train.npy", npy("'|u1'", "(0,)"))] * 2),
        "names that lead elsewhere": archive([("../../x_train.npy", npy("'|u1'", "(0,)"))]),
        "100,000 members": archive([(f"{i}.npy", b"") for i in range(100_000)]),
        "a zip in a zip": archive([("x_train.npy", archive([("x_train.npy", b"")]))]),
    }.items():
        yield made(name, "own.npz", put(data))
    yield made("256 MB of zeros", "own.npz", npz_of_zeros)
    head = bytes([0, 0, 8, 3]) + struct.pack(">III", 1, 16384, 16384)
    yield made("256 MB of zeros", "train-images-idx3-ubyte.gz", put(lambda: gzip.compress(head, 9) + zeros_gz(1 << 28)))
    yield made("sizes of 2³²", "train-images-idx3-ubyte", put(bytes([0, 0, 8, 3]) + b"\xff" * 12))


def tables() -> Iterator[Made]:
    here = "own.csv"
    row = b",".join([b"0"] * 65) + b"\n"
    texts: dict[str, tuple[bytes | Callable[[], bytes], bool]] = {
        "10⁶ columns": (lambda: b",".join([b"7"] * 10**6) + b"\n", False),
        "10⁶ columns of words": (lambda: b",".join([b"word"] * 10**6) + b"\n" + row, False),
        "one line of 50 MB": (lambda: b"12," * (50 * MB // 3), False),
        "one cell of 50 MB": (lambda: b"1" * (50 * MB), False),
        "10 MB of ends of lines": (lambda: b"label,a\n" + b"\n" * (10 * MB), False),
        "20 MB of short lines": (lambda: b"label,a\n" + b"12,3\n" * (4 * MB), False),
        "a million words": (lambda: b"a,b\n" + b"xy,1\n" * 10**6, False),
        "one long word among many": (lambda: b"label,b\n" + b"w" * 100_000 + b",1\n" + b"xy,1\n" * 200_000, False),
        "bytes of 0": (b"label,a\n1,\x002\n" * 3, False),
        "a quote that never ends": (b'label,a\n1,"2\n' + row * 2000, False),
        "a mark of byte order": (b"\xef\xbb\xbf" + csv()(Path()), True),
        "lines that end in CR": (csv()(Path()).replace(b"\n", b"\r"), True),
        "UTF-16": (csv()(Path()).decode().encode("utf-16"), False),
        "numbers beyond floats": (b"label," + row[2:].replace(b"0", b"a") + row[:-2] + b"1e999\n", False),
        "a number of 5,000 digits": (row[:-2] + b"9" * 5000 + b"\n", False),
        "a million digits that are no number": (row[:-2] + b"9" * 10**6 + b"x\n" + row, False),
        "only a header": (b"label,a,b\n", False),
        "a web page": (b"<html>404</html>", False),
    }
    for name, (data, read) in texts.items():
        yield made(name, here, put(data), read=read)
    yield made("256 MB of zeros", "own.csv.gz", put(lambda: zeros_gz(1 << 28)))
    yield made("256 MB of ones", "own.csv.gz", put(lambda: _ones(1 << 28)))
    yield made("500,000 classes", "classes.txt", put(lambda: b"".join(b"class %d\n" % i for i in range(200_000))))
    yield made("a mark of byte order", "classes.txt", put(b"\xef\xbb\xbfant\nbee\ncat\n"), read=True)
    yield made("a line of 10 MB", "classes.txt", put(lambda: b"x" * (10 * MB)))
    yield made("half a character", "classes.txt", put(b"\xed\xa0\x80\nbee\ncat\n"))
    yield made(
        "a name that leads elsewhere", "labels.csv", put(b"file,label\n../../../etc/passwd,a\n0.png,b\n1.png,c\n")
    )


def _ones(size: int) -> bytes:
    packer, block = zlib.compressobj(9, zlib.DEFLATED, 31), b"1," * (MB // 2)
    return b"".join([*(packer.compress(block) for _ in range(size // MB)), packer.flush()])


def png(width: int, height: int, content: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def _parquet(rows: int, picture: bytes | None) -> Callable[[], bytes]:
    """The same picture in so many rows."""

    def data() -> bytes:
        import pyarrow as pa
        from pyarrow import parquet

        indices = pa.array(np.zeros(rows, np.int32))
        images = (
            pa.nulls(rows, pa.binary())
            if picture is None
            else pa.DictionaryArray.from_arrays(indices, pa.array([picture], pa.binary()))
        )
        table = pa.table({"image": images, "label": pa.array(np.zeros(rows, np.int64))})
        out = io.BytesIO()
        parquet.write_table(table, out, compression="zstd", row_group_size=rows, store_schema=False)
        return out.getvalue()

    return data


def pictures() -> Iterator[Made]:
    from numnist.data.formats.image import read_picture
    from numnist.support.errors import DataError

    def one(name: str, data: bytes | Callable[[], bytes]) -> Made:
        return Made(
            f"one.png: {name}",
            "one.png",
            lambda folder: put(data)(folder / "one.png"),
            lambda folder: digest(read_picture(folder / "one.png")),
            (DataError,),
        )

    yield one("2³¹ × 2³¹ pixels", png(2**31 - 1, 2**31 - 1, zlib.compress(bytes(99))))
    yield one("400 million pixels", lambda: png(20_000, 20_000, zlib.compress(bytes(20_001) * 99)))
    yield one("a text of 256 MB", lambda: _with_text(1 << 28))
    yield made(
        "a picture 10,000,000 times", "train.parquet", put(_parquet(10_000_000, png(8, 8, zlib.compress(bytes(72)))))
    )
    yield made("1 MB 100,000 times", "train.parquet", put(_parquet(100_000, os.urandom(MB))))
    yield made("nothing 10,000,000 times", "train.parquet", put(_parquet(10_000_000, None)))


def _with_text(size: int) -> bytes:
    packed = zlib.compressobj(9)
    text = b"".join([*(packed.compress(bytes(MB)) for _ in range(size // MB)), packed.flush()])
    content = b"note\0\0" + text
    chunk = struct.pack(">I", len(content)) + b"zTXt" + content + struct.pack(">I", zlib.crc32(b"zTXt" + content))
    small = png(8, 8, zlib.compress(bytes(72)))
    return small[:33] + chunk + small[33:]
