"""Files of other programs that somebody makes on purpose: ONNX and Keras."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.strangers.made import Made, archive, good, made, of_good, put


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
        "100,000 nodes": _nodes(
            lambda node: [node("Relu", [f"x{i}" if i else "x"], [f"x{i + 1}"]) for i in range(100_000)]
        ),
        "rows of 5,000 constants": _nodes(
            lambda node: (
                [node("Add", [f"c{i}" if i else "a", "b"], [f"c{i + 1}"]) for i in range(2000)]
                + [node("Add", ["x", "c2000"], ["y"])]
            ),
            {"a": np.ones((1000, 1), "f4"), "b": np.ones((1, 1000), "f4")},
        ),
        "4,900 layers": _nodes(
            lambda node: (
                [node("Relu", [f"x{i}" if i else "x"], [f"x{i + 1}"]) for i in range(4_900)]
                + [node("Flatten", ["x4900"], ["f"]), node("Gemm", ["f", "w"], ["y"])]
            ),
            {"w": np.ones((64, 4), "f4")},
        ),
        "sums of sums": _nodes(
            lambda node: [node("Add", [f"x{i}" if i else "x"] * 2, [f"x{i + 1}"]) for i in range(2_000)]
        ),
        "one thing after another that doubles": _nodes(
            lambda node: (
                [node("Concat", [f"c{i}", f"c{i}"], [f"c{i + 1}"], axis=0) for i in range(40)]
                + [node("Reshape", ["x", "c40"], ["y"])]
            ),
            {"c0": one},
        ),
        "10¹² zeros": _nodes(
            lambda node: [node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"], ["y"])],
            {"s": np.array([10**6, 10**6])},
        ),
        "a border of 10⁶": _nodes(
            lambda node: [node("Pad", ["x", "p"], ["a"]), node("MaxPool", ["a"], ["y"], kernel_shape=[2, 2])],
            {"p": np.array([0, 0, 10**6, 10**6] * 2)},
        ),
        "a pooling of 2⁶² rows": _nodes(lambda node: [node("MaxPool", ["x"], ["y"], kernel_shape=[2**62, 2**62])]),
        "a reshape to 2⁶²": _nodes(lambda node: [node("Reshape", ["x", "s"], ["y"])], {"s": np.array([2**62, -1])}),
        "an If in an If, 90 times": lambda: _in_itself(90),
        "an If in an If, 5,000 times": lambda: _in_itself(5000),
        "text": b"This is no network.\n" * 99,
    }
    for name, data in files.items():
        yield made(name, here, put(data), needs="onnx")


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
    yield made(
        "256 MB of zeros",
        here,
        of_good(
            lambda data: archive(list((_members(data) | {"model.weights.h5": bytes(1 << 27)}).items()), packed=True)
        ),
    )
    yield made("a description that is nested", here, keras_with(config=deep))
    yield made(
        "100,000 layers",
        here,
        keras_with(
            config=json.dumps(
                {
                    "class_name": "Sequential",
                    "config": {"layers": [{"class_name": "ReLU", "config": {"name": f"r{i}"}} for i in range(100_000)]},
                }
            ).encode()
        ),
    )
    yield made("weights that are text", here, keras_with(weights=b"no weights"))
    for name, change in {
        "a link to another file": _elsewhere,
        "numbers in /etc/passwd": _outside,
        "a virtual data set": _virtual,
        "a link in a circle": _circle,
        "1 GB in little": _packed,
    }.items():
        yield made(name, "net.h5", _h5(change))
