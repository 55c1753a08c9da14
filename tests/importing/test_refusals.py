"""What numnist cannot read is refused by name, in one kind of error, and before memory is spent."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")

import onnx
from onnx import TensorProto, helper, numpy_helper

from numnist import Model, ModelFileError, UsageError, export_model, import_model
from tests.importing.graphs import expected, graph, imported, outputs, with_head
from tests.small import CONV, dataset

RNG = np.random.default_rng(5)
W = RNG.normal(size=(84, 3)).astype(np.float32)
ROW = [("Flatten", "x", "f"), ("MatMul", "f w", "y")]
MEMORY = 300e6  # bytes: an array of places of the largest size that is allowed has 32 MB, and there are a few


def small(**options):
    return graph(ROW, {"w": W}, **options)


def changed(change):
    proto = small()
    change(proto)
    return proto


def external(proto):
    tensor = proto.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="net.onnx.data")
    tensor.ClearField("raw_data")


def nan(proto):
    proto.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.full((84, 3), np.nan, np.float32), "w"))


def more_inputs(proto):
    proto.graph.input.append(helper.make_tensor_value_info("second", TensorProto.FLOAT, ("N", 3)))


def two_outputs(proto):
    proto.graph.node.append(helper.make_node("Relu", ["y"], ["also"]))
    proto.graph.output.append(helper.make_tensor_value_info("also", TensorProto.FLOAT, ("N", 3)))


def longer(proto):
    proto.graph.initializer[0].dims[0] = 10**12


REFUSED = {
    "an operator that is unknown": (
        graph([("Relu", "x", "r"), ("Selu", "r", "y")], {}),
        r"node 'a Selu' is the operator Selu",
    ),
    "an operator of others": (changed(lambda p: setattr(p.graph.node[1], "domain", "com.acme")), r"com\.acme\.MatMul"),
    "an opset that is too new": (
        changed(lambda p: setattr(p.opset_import[0], "version", 99)),
        r"opset 99, but numnist knows 7 to",
    ),
    "an opset that is too old": (changed(lambda p: setattr(p.opset_import[0], "version", 6)), r"opset 6, but"),
    "numbers in another file": (changed(external), r"'w' are in a file beside it.*external_data=False"),
    "numbers that are not finite": (changed(nan), r"parameter 1\.w holds numbers that are not finite"),
    "numbers that are not there": (changed(longer), r"'w' do not fill their shape \[1000000000000, 3\]"),
    "two inputs": (changed(more_inputs), r"2 inputs \('x', 'second'\)"),
    "two outputs": (changed(two_outputs), r"2 outputs that a classifier may mean \('y', 'also'\)"),
    "open sizes": (small(shape=("N", 2, "H", "W")), r"leaves open more than the number of samples"),
    "whole numbers as input": (small(kind=TensorProto.INT64), r"must be float or uint8"),
    "an input of no axes": (small(shape=("N",)), r"has 1 axes"),
    "another size": (small(shape=("N", 3, 7, 6)), r"multiplies 126 features by a matrix \(84, 3\)"),
    "attention": (graph([("MatMul", "x x", "y")], {}, ("N", 3)), r"two arrays that the network computes, as attention"),
    "a product of two ways": (
        graph([("Flatten", "x", "f"), ("Relu", "f", "a"), ("Tanh", "f", "b"), ("Mul", "a b", "y")], {}),
        r"no layer for what it computes by 'a Tanh', 'a Mul'",
    ),
    "each class by itself": (
        graph([*ROW[:1], ("MatMul", "f w", "z"), ("Sigmoid", "z", "y")], {"w": W}),
        r"a sigmoid of each class",
    ),
    "a mask": (
        graph([("Dropout", "x", "a m"), ("Flatten", "m", "y")], {}),
        r"takes 'm' of 'a Dropout', which numnist lacks",
    ),
    "ReLU6": (
        with_head([("Clip", "x low high", "z")], {"low": np.float32(0), "high": np.float32(6)}, 84),
        r"as ReLU6 does",
    ),
    "padding far away": (
        with_head([("Conv", "x w", "z", {"pads": [0, 0, 99, 0]})], {"w": W[:36, :1].reshape(2, 2, 3, 3)}, 1),
        r"differ too",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_and_where(name, tmp_path):
    proto, why = REFUSED[name]
    with pytest.raises(ModelFileError, match=why) as refused:
        imported(proto, tmp_path)
    assert str(tmp_path / "net.onnx") in str(refused.value)


HUGE = {
    "an input of 4 G numbers": small(shape=("N", 1000, 4000, 1000)),
    "a picture that pads make huge": with_head(
        [("Conv", "x w", "z", {"pads": [10**9] * 4})], {"w": np.ones((2, 2, 1, 1), np.float32)}, 1
    ),
    "many filters of a large picture": with_head(
        [("Conv", "x w", "z")], {"w": np.ones((100, 1, 1, 1), np.float32)}, 1, shape=("N", 1, 2000, 2000)
    ),
    "a constant from two small ones": with_head(
        [("Add", "a b", "c"), ("Add", "x c", "z")],
        {"a": np.ones((9000, 1), np.float32), "b": np.ones((1, 9000), np.float32)},
        84,
    ),
    "a constant of one number": with_head(
        [("ConstantOfShape", "s", "c"), ("Add", "x c", "z")], {"s": np.array([10**6, 10**6])}, 84
    ),
    "a border of the largest size": with_head(
        [("Pad", "x p", "q"), ("Conv", "q w", "z")],
        {"p": np.array([0, 0, 0, 0, 0, 0, 2**40, 2**40]), "w": np.ones((2, 2, 1, 1), np.float32)},
        1,
    ),
    "formulas of formulas": graph(
        [("Flatten", "x", "y0"), *[("Mul", f"y{i} y{i}", f"y{i + 1}") for i in range(200)], ("MatMul", "y200 w", "y")],
        {"w": W},
    ),
    "a turned picture of the largest size, many times": graph(
        [("Transpose", "x" if not i else f"t{i}", f"t{i + 1}", {"perm": [0, 3, 2, 1]}) for i in range(99)]
        + [("Flatten", "t99", "y")],
        {},
        ("N", 2, 2000, 2000),
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_small_file_cannot_ask_for_much_memory(name, tmp_path):
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError):
            imported(HUGE[name], tmp_path)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_options_that_do_not_fit(tmp_path):
    for options, why in (
        ({"classes": ["a", "b"]}, "2 classes were named, but the network has 3 outputs"),
        ({"classes": ["a", "b", "a"]}, "'a' twice"),
        ({"classes": "abc"}, "must be a list of names"),
        ({"preparation": "letters"}, "preparation is 'letters'"),
        ({"pixels": "int8"}, "pixels is 'int8'"),
        ({"size": 9}, r"size \(9, 9\) does not fit: the network takes \('N', 2, 7, 6\)"),
    ):
        with pytest.raises(UsageError, match=why):
            imported(small(), tmp_path, **options)
    with pytest.raises(UsageError, match=r"may be \.onnx"):
        import_model(tmp_path / "net.pb")
    with pytest.raises(ModelFileError, match="no such file"):
        import_model(tmp_path / "other.onnx")
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        import_model(tmp_path / "folder.onnx")


def test_without_the_package_it_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "net.onnx").write_bytes(small().SerializeToString())
    monkeypatch.setitem(__import__("sys").modules, "numnist.importing.onnx.read", None)
    with pytest.raises(UsageError, match=r"needs the package onnx: pip install '\.\[onnx\]'"):
        import_model(tmp_path / "net.onnx")


def mutants(data: bytes):
    """Every beginning of a file, and files with some bits flipped."""
    yield from (data[:n] for n in range(len(data)))
    rng = np.random.default_rng(0)
    for _ in range(2000):
        broken = bytearray(data)
        for place in rng.integers(0, len(data), rng.integers(1, 4)):
            broken[place] ^= 1 << rng.integers(8)
        yield bytes(broken)


def same_as_onnx(data: bytes, model, x: np.ndarray) -> bool:
    """Whether the model computes what ONNX's evaluator makes of the same bytes, as far as it can."""
    try:
        wanted = expected(onnx.load_from_string(data), x)
    except Exception:  # it checks little, and fails in its own ways
        return True
    wanted = np.asarray(wanted)
    mine = outputs(model, x)
    with np.errstate(all="ignore"):
        return not np.isfinite(wanted).all() or bool(np.allclose(mine, wanted, rtol=1e-3, atol=1e-3))


@pytest.mark.slow
@pytest.mark.parametrize("ours", [False, True])
def test_damaged_files_are_refused_or_mean_something_else_to_onnx_too(ours, tmp_path):
    if ours:
        export_model(Model(CONV, dataset()), tmp_path / "whole.onnx", pixels="float")
        data = (tmp_path / "whole.onnx").read_bytes()
        x = np.random.default_rng(1).random((2, 1, 8, 8)).astype(np.float32)
    else:
        nodes = [
            ("Conv", "x k b", "c", {"pads": [1, 1, 1, 1]}),
            ("Relu", "c", "r"),
            ("Flatten", "r", "f"),
            ("Gemm", "f w d", "y"),
        ]
        constants = {
            "k": W[:36, 0].reshape(2, 2, 3, 3),
            "b": W[0, :2],
            "w": RNG.normal(size=(84, 3)).astype(np.float32),
            "d": W[1],
        }
        data = graph(nodes, constants, ("N", 2, 7, 6)).SerializeToString()
        x = np.random.default_rng(1).random((2, 2, 7, 6)).astype(np.float32)
    path, read = tmp_path / "net.onnx", 0
    for i, broken in enumerate(mutants(data)):
        if ours and i % 4:
            continue  # its file is larger, and the readers' code the same
        path.write_bytes(broken)
        try:
            with np.errstate(all="ignore"):  # a weight may have become huge
                model = import_model(path, pixels="float").model
        except ModelFileError:
            continue
        read += 1
        if read % 4 == 0:  # onnx's evaluator takes most of the time
            assert model.in_shape != x.shape[1:] or same_as_onnx(broken, model, x), i
    assert read > 100  # most flips change a weight, which no reader can know
