"""Files and things in the place of files that somebody would make on purpose, each with how people would open it."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from numnist.support.errors import UsageError
from tests.strangers import kinds
from tests.strangers.kinds import Kind

MB = 1 << 20


@dataclass(frozen=True)
class Made(Kind):
    """Something that was made by hand.   read: whether it is good, and must be read"""

    read: bool = False

    @property
    def quick(self) -> bool:
        """Whether it is small, so that a test may make it."""
        large = ("MB", "GB", "0,000", "million", "10⁶", "constants", "doubles")
        return not any(word in self.name for word in large)

    def inside(self, folder: Path) -> bytes:
        return b""

    def put(self, folder: Path, inside: bytes) -> None:
        """It is there."""

    def size(self, folder: Path, inside: bytes) -> int:
        path = folder / self.file
        return path.stat().st_blocks * 512 if path.is_file() else 0


OPENERS = {kind.file: kind for kind in reversed(kinds.KINDS)}  # "net.onnx": how such a file is opened


def opener(file: str) -> Kind:
    return replace(OPENERS[file], open=OPENERS[file].apart or OPENERS[file].open)


def made(name: str, file: str, make: Callable[[Path], object], *, read: bool = False, needs: str | None = None) -> Made:
    """make: fills the place of that file, which is given"""
    of = opener(file)

    def fill(folder: Path) -> None:
        of.make(folder)
        path = folder / file
        if path.is_file():
            path.rename(folder / "good")
        make(path)

    return Made(
        f"{file}: {name}", file, fill, of.open, (*of.errors, UsageError) if name == "a folder" else of.errors, needs=needs or of.needs, folder=of.folder, read=read,
    )  # fmt: skip


def put(data: bytes | Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data if isinstance(data, bytes) else data())


def good(path: Path) -> bytes:
    """What was in its place."""
    return (
        path.with_name("good").read_bytes()
        if path.with_name("good").exists()
        else (path.parents[1] / "good").read_bytes()
    )


def of_good(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(change(good(path)))


def _socket(path: Path) -> None:
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as opened:
        os.chdir(path.parent)  # the name of a socket is short
        try:
            opened.bind(path.name)
        finally:
            os.chdir(here)


PLACES: dict[str, Callable[[Path], object]] = {
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a pipe": lambda path: os.mkfifo(path),
    "endless zeros": lambda path: path.symlink_to("/dev/zero"),
    "nothing at all": lambda path: path.symlink_to("/dev/null"),
    "a folder": lambda path: path.mkdir(),
    "an empty file": lambda path: path.touch(),
}
FILES = (
    "net.safetensors", "own.toml", "run/config.toml", "net.onnx", "net.keras", "net.h5", "own.csv", "own.npz",
    "x_train.npy", "train-images-idx3-ubyte", "train.parquet", "classes.txt", "labels.csv",
)  # fmt: skip


def places() -> Iterator[Made]:
    """Other things in the place of a file."""
    for file in FILES:
        for name, make in PLACES.items():
            yield made(name, file, make)
    yield made("a socket", "own.csv", _socket)
    yield made("a socket", "net.safetensors", _socket)
    for file in ("net.safetensors", "own.csv", "own.toml", "own.npz"):
        yield made("a link to the good file", file, lambda path: path.symlink_to("good"), read=True)


# Models


def tensors(header: Any, data: bytes = b"") -> bytes:
    return kinds.together(header, data)


def with_header(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def changed(data: bytes) -> bytes:
        header, rest = kinds.parts(data)
        change(header)
        return kinds.together(header, rest)

    return of_good(changed)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 99_000_000))
        file.truncate(10 << 30)


def _doubled_names(data: bytes) -> bytes:
    header, rest = kinds.parts(data)
    text = json.dumps(header)
    text = text[:-1] + ', "0.w": ' + json.dumps(header["0.w"]) + "}"
    return struct.pack("<Q", len(text)) + text.encode() + rest


def models() -> Iterator[Made]:
    here = "net.safetensors"
    yield made("tensors that overlap", here, put(tensors(
        {name: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for name in "ab"}, bytes(8))))  # fmt: skip
    yield made("a header of 2⁶³ bytes", here, put(struct.pack("<Q", 2**63) + b"{}"))
    yield made("a header that is nested", here, put(struct.pack("<Q", 200_000) + b'{"a":' + b"[" * 199_995))
    yield made("a shape below 0", here, with_header(lambda header: header["0.w"].update(shape=[-6, -1, 3, 3])))
    yield made("a shape of 2⁶³ and 0", here, with_header(lambda header: header["0.w"].update(shape=[0, 2**63])))
    yield made("a tensor that is there twice", here, of_good(_doubled_names), read=True)
    yield made("10 GB of nothing", here, _sparse)
    yield made("100,000 tensors", here, put(tensors(
        {f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(100_000)})))  # fmt: skip


# Recipes


def recipes() -> Iterator[Made]:
    head = b'dataset = "mnist"\n'
    texts: dict[str, bytes] = {
        "lists in lists": b"network = " + b"[" * 100_000,
        "tables in tables": b"network = " + b"{a=" * 60_000,
        "a key of 60,000 parts": b".".join([b"a"] * 60_000) + b" = 1\n",
        "a key of 20,000 parts in quotes": b".".join([b'"a"'] * 20_000) + b" = 1\n",
        "a key of 30,000 parts in a table": b"x = {" + b".".join([b"a"] * 30_000) + b" = 1}\n",
        "a number of 10,000 digits": head + b"seed = " + b"9" * 10_000 + b"\n",
        "a key twice": head + b"seed = 1\nseed = 2\n",
        "a rate that is not a number": head + b"seed = nan\n",
        "half a character": head + b'title = "\\ud800"\n',
        "UTF-16": head.decode().encode("utf-16"),
        "10 MB of comments": b"# and so on\n" * 900_000,
        "5,000 layers": head + b'network = [{type="ReLU"}' + b',{type="ReLU"}' * 5000 + b"]\n",
        "layers in layers": head + b'network = [{type="Sequential", layers=[' * 400 + b"]}]" * 400,
        "a name of 100,000 letters": head + b"x" * 100_000 + b" = 1\n",
        "a type that is Python": head + b'network = [{type="__import__"}]\n',
    }
    for name, text in texts.items():
        yield made(name, "own.toml", put(text))


# ONNX and Keras


def _cycle() -> bytes:
    import onnx
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Relu", ["b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 1, 8, 8])
    y = helper.make_tensor_value_info("b", TensorProto.FLOAT, ["N", 4])
    graph = helper.make_graph(nodes, "g", [x], [y])
    return onnx.helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def _nodes(nodes: Callable[[Any], list[Any]], constants: dict[str, Any] | None = None) -> Callable[[], bytes]:
    """A file of these nodes from "x" to "y"."""

    def data() -> bytes:
        from onnx import TensorProto, helper, numpy_helper

        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 1, 8, 8])
        y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 4])
        held = [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()]
        graph = helper.make_graph(nodes(helper.make_node), "g", [x], [y], held)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        return bytes(model.SerializeToString())

    return data


def _external() -> bytes:
    import onnx
    from onnx import TensorProto

    model = onnx.load_from_string(
        _nodes(lambda node: [node("Gemm", ["x", "w"], ["y"])], {"w": np.zeros((64, 4), "f4")})()
    )
    (tensor,) = model.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../etc/passwd")
    return bytes(model.SerializeToString())


def _in_itself(depth: int) -> bytes:
    """An If in an If, written by hand: protobuf's own library would not."""

    def field(number: int, content: bytes) -> bytes:
        size, n = b"", len(content)
        while n >= 128:
            size, n = size + bytes([n & 127 | 128]), n >> 7
        return bytes([number << 3 | 2]) + size + bytes([n]) + content

    graph = field(2, b"g")
    for _ in range(depth):
        node = field(4, b"If") + field(5, field(1, b"then_branch") + field(6, graph))
        graph = field(1, node)
    return bytes([8, 8]) + field(7, graph) + field(8, bytes([16, 17]))


def onnx_files() -> Iterator[Made]:
    here = "net.onnx"
    one = np.ones(2, np.int64)
    files: dict[str, bytes | Callable[[], bytes]] = {
        "a graph in a circle": _cycle,
        "a loop": _nodes(lambda node: [node("Loop", ["", "", "x"], ["y"])]),
        "numbers in /etc/passwd": _external,
        "100,000 nodes": _nodes(lambda node: [node("Relu", [f"x{i}" if i else "x"], [f"x{i + 1}"]) for i in range(100_000)]),
        "rows of 5,000 constants": _nodes(
            lambda node: [node("Add", [f"c{i}" if i else "a", "b"], [f"c{i + 1}"]) for i in range(2000)]
            + [node("Add", ["x", "c2000"], ["y"])], {"a": np.ones((1000, 1), "f4"), "b": np.ones((1, 1000), "f4")}),
        "4,900 layers": _nodes(lambda node: [node("Relu", [f"x{i}" if i else "x"], [f"x{i + 1}"]) for i in range(4_900)]
                               + [node("Flatten", ["x4900"], ["f"]), node("Gemm", ["f", "w"], ["y"])], {"w": np.ones((64, 4), "f4")}),
        "sums of sums": _nodes(lambda node: [node("Add", [f"x{i}" if i else "x"] * 2, [f"x{i + 1}"]) for i in range(2_000)]),
        "one thing after another that doubles": _nodes(
            lambda node: [node("Concat", [f"c{i}", f"c{i}"], [f"c{i + 1}"], axis=0) for i in range(40)]
            + [node("Reshape", ["x", "c40"], ["y"])], {"c0": one}),
        "10¹² zeros": _nodes(lambda node: [node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"], ["y"])],
                             {"s": np.array([10**6, 10**6])}),
        "a border of 10⁶": _nodes(lambda node: [node("Pad", ["x", "p"], ["a"]), node("MaxPool", ["a"], ["y"], kernel_shape=[2, 2])],
                                  {"p": np.array([0, 0, 10**6, 10**6] * 2)}),
        "a pooling of 2⁶² rows": _nodes(lambda node: [node("MaxPool", ["x"], ["y"], kernel_shape=[2**62, 2**62])]),
        "a reshape to 2⁶²": _nodes(lambda node: [node("Reshape", ["x", "s"], ["y"])], {"s": np.array([2**62, -1])}),
        "an If in an If, 90 times": lambda: _in_itself(90),
        "an If in an If, 5,000 times": lambda: _in_itself(5000),
        "text": b"This is no network.\n" * 99,
    }  # fmt: skip
    for name, data in files.items():
        yield made(name, here, put(data), needs="onnx")


def archive(members: list[tuple[str, bytes]], packed: bool = False) -> bytes:
    import warnings

    whole = io.BytesIO()
    with (
        zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as new,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, content in members:
            new.writestr(name, content)
    return whole.getvalue()


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        return {name: old.read(name) for name in old.namelist()}


def keras_with(**changes: bytes) -> Callable[[Path], object]:
    """config or weights replaced."""
    names = {"config": "config.json", "weights": "model.weights.h5"}
    return of_good(lambda data: archive(list((_members(data) | {names[k]: v for k, v in changes.items()}).items())))


def _h5(change: Callable[[Any, Path], object]) -> Callable[[Path], object]:
    """The good .h5 file with something in it changed."""

    def make(path: Path) -> None:
        import h5py

        path.write_bytes(good(path))
        with h5py.File(path, "r+") as file:
            change(file, path)

    return make


def _first(file: Any) -> str:
    """The name of the first array."""
    import h5py

    names: list[str] = []
    file["model_weights"].visititems(
        lambda name, thing: names.append(name) if isinstance(thing, h5py.Dataset) else None
    )
    return f"model_weights/{names[0]}"


def _elsewhere(file: Any, path: Path) -> None:
    import h5py

    name = _first(file)
    with h5py.File(path.with_name("other.h5"), "w") as other:
        other["x"] = file[name][()]
    del file[name]
    file[name] = h5py.ExternalLink("other.h5", "x")


def _outside(file: Any, path: Path) -> None:
    name = _first(file)
    shape, dtype = file[name].shape, file[name].dtype
    del file[name]
    file.create_dataset(name, shape, dtype, external=[("/etc/passwd", 0, file.id.get_filesize())])


def _virtual(file: Any, path: Path) -> None:
    import h5py

    name = _first(file)
    shape, dtype = file[name].shape, file[name].dtype
    del file[name]
    layout = h5py.VirtualLayout(shape, dtype)
    layout[...] = h5py.VirtualSource("/etc/passwd", "x", shape)
    file.create_virtual_dataset(name, layout)


def _circle(file: Any, path: Path) -> None:
    import h5py

    name = _first(file)
    del file[name]
    file[name] = h5py.SoftLink(f"/{name}")


def _packed(file: Any, path: Path) -> None:
    name = _first(file)
    del file[name]
    file.create_dataset(name, (1 << 28,), "f4", compression="gzip", chunks=(1 << 20,), fillvalue=0)


def keras_files() -> Iterator[Made]:
    here = "net.keras"
    deep = b'{"config": ' * 100_000
    yield made(
        "names that lead elsewhere",
        here,
        of_good(lambda data: archive([("../../x", b"x"), *_members(data).items()])),
        read=True,
    )
    yield made(
        "two descriptions", here, of_good(lambda data: archive([("config.json", b"{}"), *_members(data).items()]))
    )
    yield made("256 MB of zeros", here, of_good(lambda data: archive(
        list((_members(data) | {"model.weights.h5": bytes(1 << 27)}).items()), packed=True)))  # fmt: skip
    yield made("a description that is nested", here, keras_with(config=deep))
    yield made("100,000 layers", here, keras_with(config=json.dumps({"class_name": "Sequential", "config": {"layers": [
        {"class_name": "ReLU", "config": {"name": f"r{i}"}} for i in range(100_000)]}}).encode()))  # fmt: skip
    yield made("weights that are text", here, keras_with(weights=b"no weights"))
    for name, change in {
        "a link to another file": _elsewhere, "numbers in /etc/passwd": _outside, "a virtual data set": _virtual,
        "a link in a circle": _circle, "1 GB in little": _packed,
    }.items():  # fmt: skip
        yield made(name, "net.h5", _h5(change))


# Data


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
        ("2⁶² rows", "'|u1'", f"({2**62}, 0)"), ("a size below 0", "'|u1'", "(-3, -64)"), ("nothing in a number", "'|V0'", f"({10**12},)"),
        ("empty words", "'<U0'", f"({10**12},)"), ("objects", "'|O'", "(3,)"), ("fields", "[('a', '<f4'), ('b', '|O')]", "(3,)"),
        ("fields of numbers", "[('a', '<f4')]", "(0,)"), ("a type that is code", "__import__('os').system('true')", "(3,)"),
        ("brackets", "(" * 5000, "(3,)"), ("a tuple of truths", "'|u1'", "(True, True)"), ("10⁵ axes", "'|u1'", "(" + "1," * 20_000 + ")"),
        ("dates", "'<M8[ns]'", "(0, 8, 8)"),
    ):  # fmt: skip
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
        "a mark of byte order": (b"\xef\xbb\xbf" + kinds.csv()(Path()), True),
        "lines that end in CR": (kinds.csv()(Path()).replace(b"\n", b"\r"), False),
        "UTF-16": (kinds.csv()(Path()).decode().encode("utf-16"), False),
        "numbers beyond floats": (b"label," + row[2:].replace(b"0", b"a") + row[:-2] + b"1e999\n", False),
        "a number of 5,000 digits": (row[:-2] + b"9" * 5000 + b"\n", False),
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
            f"one.png: {name}", "one.png", lambda folder: put(data)(folder / "one.png"),
            lambda folder: kinds.digest(read_picture(folder / "one.png")), (DataError,),
        )  # fmt: skip

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


def all_made() -> list[Made]:
    rooms = (places, models, recipes, onnx_files, keras_files, arrays, tables, pictures)
    return [each for room in rooms for each in room() if each.there]
