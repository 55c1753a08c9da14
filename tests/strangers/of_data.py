"""Small good files of data, of every format."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from numnist.data.load import load
from tests.strangers.kind import of_data


def digits(count: int = 24) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, 8, 8), dtype=np.uint8), (np.arange(count) % 3).astype(np.uint8)


def opens_data(name: str = "") -> Callable[[Path], str]:
    return lambda folder: of_data(load(str(folder / name)))


def csv(header: bool = True, words: bool = False) -> Callable[[Path], bytes]:
    def text(folder: Path) -> bytes:
        x, y = digits()
        lines = ["label," + ",".join(f"pixel{i}" for i in range(64))] if header else []
        names = ["ant", '"bee, the"', "cat"]
        lines += [f"{names[k] if words else k}," + ",".join(map(str, each.ravel())) for each, k in zip(x, y)]
        return "\n".join(lines).encode() + b"\n"

    return text


def writes(name: str, content: Callable[[Path], bytes]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / name).write_bytes(content(folder))

    return make


def idx(array: Any) -> bytes:
    codes = {"u1": 8, "f4": 13}
    head = bytes([0, 0, codes[array.dtype.str[1:]], array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def make_idx(folder: Path) -> None:
    x, y = digits()
    (folder / "train-images-idx3-ubyte").write_bytes(idx(x))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(y))


def make_idx_gz(folder: Path) -> None:
    x, y = digits()
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(x)))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(y)))


def npz(folder: Path) -> bytes:
    x, y = digits()
    file = io.BytesIO()
    np.savez(file, x_train=x, y_train=y, x_test=x[:6], y_test=y[:6])
    return file.getvalue()


def own_npz(folder: Path) -> bytes:
    from numnist.data.formats.npz import write_npz
    from tests.small import dataset

    write_npz(folder / "own.npz", dataset(24, 6))
    return (folder / "own.npz").read_bytes()


def npy(folder: Path) -> bytes:
    x, y = digits()
    np.save(folder / "y_train.npy", y)
    file = io.BytesIO()
    np.save(file, x)
    return file.getvalue()


def npz_around(inside: bytes) -> bytes:
    """An archive whose training pictures are this array."""
    _, y = digits()
    whole, labels = io.BytesIO(), io.BytesIO()
    np.save(labels, y)
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("x_train.npy", inside)
        archive.writestr("y_train.npy", labels.getvalue())
    return whole.getvalue()


def parquet(folder: Path) -> bytes:
    import pyarrow as pa
    from PIL import Image
    from pyarrow import parquet as files

    x, y = digits(9)
    images = []
    for each in x:
        file = io.BytesIO()
        Image.fromarray(each).save(file, "PNG")
        images.append({"bytes": file.getvalue(), "path": None})
    table = pa.table({"image": images, "label": y.tolist()})
    features = {"image": {"_type": "Image"}, "label": {"names": ["ant", "bee", "cat"], "_type": "ClassLabel"}}
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    out = io.BytesIO()
    files.write_table(table, out, compression="none")
    return out.getvalue()


def make_listing(folder: Path) -> None:
    from PIL import Image

    x, y = digits(9)
    for i, each in enumerate(x):
        Image.fromarray(each).save(folder / f"{i}.png")
    (folder / "labels.csv").write_text("file,label\n" + "".join(f"{i}.png,{'abc'[k]}\n" for i, k in enumerate(y)))


def make_classes(folder: Path) -> None:
    make_idx(folder)
    (folder / "classes.txt").write_text("ant\nbee\ncät\n", "utf-8")
