"""Every operator with every attribute: the imported model computes what ONNX's own evaluator computes."""

from __future__ import annotations

from itertools import product
from math import pi, sqrt

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")

from onnx import TensorProto
from onnx.reference import ReferenceEvaluator

from numnist import GELU, BatchNorm, Dense, Flatten, ModelFileError, Residual, SiLU
from tests.importing.graphs import assert_same, expected, graph, imported, with_head

RNG = np.random.default_rng(4)


def numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


# Windows.  Pictures are (2, 7, 6)

PADS = {
    "none": {}, "even": {"pads": [1, 1, 1, 1]}, "rows": {"pads": [1, 0, 1, 0]}, "behind": {"pads": [0, 0, 1, 1]},
    "before": {"pads": [1, 1, 0, 0]}, "uneven": {"pads": [2, 0, 0, 1]}, "upper": {"auto_pad": "SAME_UPPER"},
    "lower": {"auto_pad": "SAME_LOWER"}, "valid": {"auto_pad": "VALID"},
}  # fmt: skip


def size_of(nodes, constants, opset: int) -> int:
    """How many numbers the output "z" has."""
    proto = graph(nodes, constants, opset=opset, outputs=["z"])
    return int(ReferenceEvaluator(proto).run(None, {"x": np.zeros((1, 2, 7, 6), np.float32)})[0].size)


CONVS = [
    (kernel, stride, dilation, pads, group, bias)
    for (kernel, stride, dilation), pads in product(
        [((3, 3), 1, 1), ((2, 3), 2, 1), ((3, 2), (1, 2), (2, 1)), ((1, 1), 1, 1)], PADS
    )
    for group, bias in ((1, True), (2, False))
    if not (dilation != 1 and pads in ("lower", "upper"))  # onnx's evaluator does not know auto_pad with dilations
    if not (dilation != 1 and pads in ("uneven", "behind", "before"))
]


@pytest.mark.parametrize(("kernel", "stride", "dilation", "pads", "group", "bias"), CONVS)
def test_convolutions(kernel, stride, dilation, pads, group, bias, tmp_path):
    two = [n if isinstance(n, tuple) else (n, n) for n in (stride, dilation)]
    attributes = {"strides": two[0], "dilations": two[1], "group": group, **PADS[pads]}
    constants = {"w": numbers(4, 2 // group, *kernel)} | ({"b": numbers(4)} if bias else {})
    nodes = [("Conv", "x w b" if bias else "x w", "z", attributes)]
    opset = 11 + 2 * (len(pads) % 4)
    assert_same(with_head(nodes, constants, size_of(nodes, constants, opset), opset=opset), tmp_path)


POOLS = [
    (operator, kernel, stride, pads, ceil)
    for operator, (kernel, stride), pads, ceil in product(
        ("MaxPool", "AveragePool", "AveragePool, padding counted"),
        (((2, 2), (2, 2)), ((3, 3), (1, 1)), ((3, 2), (2, 1))), ("none", "even", "upper", "valid"), (0, 1),
    )
    if not (ceil and pads != "none")  # onnx's evaluator makes too large an output of both
]  # fmt: skip


@pytest.mark.parametrize(("operator", "kernel", "stride", "pads", "ceil"), POOLS)
def test_poolings(operator, kernel, stride, pads, ceil, tmp_path):
    attributes = {"kernel_shape": kernel, "strides": stride, **PADS[pads]} | ({"ceil_mode": 1} if ceil else {})
    if "counted" in operator:
        attributes["count_include_pad"] = 1
    nodes = [(operator.partition(",")[0], "x", "z", attributes)]
    proto = with_head(nodes, {}, size_of(nodes, {}, 17))
    if ceil and "counted" in operator and kernel == (2, 2):
        with pytest.raises(ModelFileError, match="on which runtimes do not agree"):
            imported(proto, tmp_path)
    else:
        assert_same(proto, tmp_path)


@pytest.mark.parametrize("pads", ["behind", "before", "uneven"])
@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
def test_pooling_with_more_padding_on_one_side_is_refused(operator, pads, tmp_path):
    nodes = [(operator, "x", "z", {"kernel_shape": [3, 3], **PADS[pads]})]
    with pytest.raises(ModelFileError, match="none that numnist's pooling has"):
        imported(with_head(nodes, {}, 1), tmp_path)


def test_a_border_belongs_to_the_layer_behind_it(tmp_path):
    pads = np.array([0, 0, 0, 1, 0, 0, 1, 2])
    nodes = [("Pad", "x pads", "p"), ("Conv", "p w", "z")]
    constants = {"pads": pads, "w": numbers(3, 2, 3, 3)}
    assert_same(with_head(nodes, constants, size_of(nodes, constants, 17)), tmp_path)
    nodes = [("Pad", "x pads", "p"), ("AveragePool", "p", "z", {"kernel_shape": [2, 2]})]
    constants = {"pads": np.array([0, 0, 1, 1, 0, 0, 1, 1])}
    assert_same(with_head(nodes, constants, size_of(nodes, constants, 17)), tmp_path)
    with pytest.raises(ModelFileError, match="a border of 0 stands before it, but numnist pads with -inf"):
        imported(with_head([nodes[0], ("MaxPool", "p", "z", {"kernel_shape": [2, 2]})], constants, 1), tmp_path)


# Dense layers


@pytest.mark.parametrize("opset", [7, 9, 11, 13, 17, 21])
@pytest.mark.parametrize("turned", [0, 1])
@pytest.mark.parametrize("bias", [None, (), (1,), (5,), (1, 5), (1, 1)])
def test_gemm(turned, bias, opset, tmp_path):
    if opset < 11 and bias is None:
        pytest.skip("C may be left out from opset 11 on")
    constants = {"w": numbers(5, 8) if turned else numbers(8, 5)}
    if bias is not None:
        constants["b"] = numbers(*bias)
    attributes = {"transB": turned, "alpha": 0.5, "beta": 3.0}
    nodes = [("Gemm", "x w" if bias is None else "x w b", "y", attributes)]
    assert_same(graph(nodes, constants, ("N", 8), opset=opset), tmp_path)


def test_matmul_and_a_bias_are_one_dense_layer(tmp_path):
    constants = {"w": numbers(8, 5), "b": numbers(5), "v": numbers(5, 3), "c": numbers(1, 3)}
    nodes = [
        ("MatMul", "x w", "a"),
        ("Add", "b a", "h"),
        ("Relu", "h", "r"),
        ("MatMul", "r v", "s"),
        ("Sub", "s c", "y"),
    ]
    model = assert_same(graph(nodes, constants, ("N", 8)), tmp_path)
    assert [layer for layer in model.network.layers if isinstance(layer, Dense)] == [Dense(5), Dense(3)]


def test_channels_last_become_rows_in_another_order(tmp_path):
    nodes = [
        ("Transpose", "x", "t", {"perm": [0, 3, 1, 2]}), ("Conv", "t k", "c"), ("Transpose", "c", "u", {"perm": [0, 2, 3, 1]}),
        ("Reshape", "u shape", "r"), ("MatMul", "r w", "y"),
    ]  # fmt: skip
    constants = {"k": numbers(4, 3, 2, 2), "shape": np.array([-1, 5 * 4 * 4]), "w": numbers(80, 3)}
    model = assert_same(graph(nodes, constants, ("N", 6, 5, 3)), tmp_path)
    assert model.in_shape == (3, 6, 5)


# Norms, activations, sums


@pytest.mark.parametrize("opset", [7, 9, 14, 15, 21])
@pytest.mark.parametrize("flat", [False, True])
def test_batch_norm(flat, opset, tmp_path):
    size = 84 if flat else 2
    constants = dict(zip("sbmv", (numbers(size), numbers(size), numbers(size), np.abs(numbers(size)) + 0.5)))
    nodes = [("Flatten", "x", "f")] if flat else []
    nodes.append(("BatchNormalization", "f s b m v" if flat else "x s b m v", "z", {"epsilon": 1e-3, "momentum": 0.8}))
    # onnx's evaluator of BatchNormalization before opset 14 is at fault: ONNX Runtime computes what it does from 15 on
    same = with_head(nodes, constants, 84, opset=15)
    model = assert_same(with_head(nodes, constants, 84, opset=opset), tmp_path, reference=same)
    assert any(layer == BatchNorm(np.float32(0.8).item(), np.float32(1e-3).item()) for layer in model.network.layers)


@pytest.mark.parametrize("axis", [1, -3])
def test_layer_norm(axis, tmp_path):
    constants = {"s": numbers(2, 7, 6), "b": numbers(2, 7, 6)}
    nodes = [("LayerNormalization", "x s b", "z", {"axis": axis, "epsilon": 1e-3})]
    assert_same(with_head(nodes, constants, 84), tmp_path)


ACTIVATIONS = [
    ("Relu", {}, 7), ("LeakyRelu", {"alpha": 0.3}, 7), ("LeakyRelu", {}, 17), ("Elu", {"alpha": 0.4}, 7), ("Elu", {}, 17),
    ("Sigmoid", {}, 7), ("Tanh", {}, 13), ("Softmax", {"axis": 1}, 13), ("Gelu", {"approximate": "tanh"}, 20),
    ("Identity", {}, 7), ("Dropout", {"ratio": 0.3}, 7),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "attributes", "opset"), ACTIVATIONS)
@pytest.mark.parametrize("flat", [False, True])
def test_activations(operator, attributes, opset, flat, tmp_path):
    nodes = [("Flatten", "x", "f")] if flat else [("Identity", "x", "f")]
    # -0.5, so that both sides of 0 are met
    nodes += [("Sub", "f half", "h"), (operator, "h", "z", attributes)]
    assert_same(with_head(nodes, {"half": np.float32(0.5)}, 84, opset=opset), tmp_path)


def test_activations_by_other_operators(tmp_path):
    nodes = [("Sub", "x half", "h"), ("PRelu", "h slope", "p"), ("Clip", "p zero", "c"), ("Clip", "c", "z")]
    constants = {"half": np.float32(0.5), "slope": np.full((1, 1, 1), 0.3, np.float32), "zero": np.float32(0)}
    assert_same(with_head(nodes, constants, 84), tmp_path)
    nodes = [("Sub", "x half", "h"), ("Clip", "h", "z", {"min": 0.0})]
    assert_same(with_head(nodes, {"half": np.float32(0.5)}, 84, opset=9), tmp_path)


SPELT_OUT = {
    "x · sigmoid(x)": ([("Sigmoid", "h", "s"), ("Mul", "s h", "z")], SiLU()),
    "x / 2 · (1 + tanh(...))": (
        [
            ("Pow", "h three", "c"), ("Mul", "c k", "d"), ("Add", "h d", "e"), ("Mul", "e root", "f"), ("Tanh", "f", "t"),
            ("Add", "one t", "o"), ("Mul", "h o", "p"), ("Mul", "half p", "z"),
        ],
        GELU(),
    ),
    "(1 + erf(x / √2)) · x / 2": (
        [("Div", "h two_root", "d"), ("Erf", "d", "e"), ("Add", "e one", "o"), ("Mul", "h o", "m"), ("Mul", "m half", "z")],
        GELU(),
    ),
}  # fmt: skip
NUMBERS = {
    "one": 1, "half": 0.5, "three": 3, "k": 0.044715, "root": sqrt(2 / pi), "two_root": sqrt(2),
}  # fmt: skip


@pytest.mark.parametrize("name", SPELT_OUT)
@pytest.mark.parametrize("scaled", [False, True])
def test_activations_that_are_spelt_out(name, scaled, tmp_path):
    nodes, layer = SPELT_OUT[name]
    first = [("Conv", "x w b", "c"), ("Mul", "c half", "h")] if scaled else [("Conv", "x w b", "h")]
    nodes = [*first, *(renamed(nodes) if scaled else nodes)]
    constants = {key: np.float32(value) for key, value in NUMBERS.items()} | {"w": numbers(4, 2, 3, 3), "b": numbers(4)}
    close = 1e-3 if "erf" in name else 1e-5  # GELU's two forms are within 5e-4 of each other at each unit
    model = assert_same(with_head(nodes, constants, 80), tmp_path, close)
    assert layer in model.network.layers


def renamed(nodes):
    """The nodes with an output "c" called otherwise."""
    return [(op, inputs.replace("c ", "cube "), "cube" if out == "c" else out) for op, inputs, out in nodes]


def test_arithmetic_that_is_a_scaling(tmp_path):
    constants = {"w": numbers(4, 2, 3, 3), "a": numbers(4, 1, 1), "b": numbers(1, 4, 1, 1), "two": np.float32(2)}
    nodes = [
        ("Conv", "x w", "c"), ("Mul", "a c", "d"), ("Add", "d b", "e"), ("Neg", "e", "f"), ("Div", "f two", "g"),
        ("Sub", "two g", "h"), ("Add", "h g", "i"), ("Tanh", "g", "t"), ("Mul", "t two", "u"), ("Sub", "u two", "z"),
    ]  # fmt: skip
    assert_same(with_head(nodes, constants, 80), tmp_path)


@pytest.mark.parametrize("bias", [True, False])
def test_a_skip_is_a_residual(bias, tmp_path):
    constants = {"w": numbers(2, 2, 3, 3), "b": numbers(2), "v": numbers(2, 2, 1, 1)}
    conv = ("Conv", "x w b" if bias else "x w", "c", {"pads": [1, 1, 1, 1]})
    nodes = [
        conv,
        ("Relu", "c", "r"),
        ("Add", "x r", "s"),
        ("Conv", "s v", "d"),
        ("Sub", "s d", "t"),
        ("Sum", "t s", "z"),
    ]
    model = assert_same(with_head(nodes, constants, 84), tmp_path)
    assert sum(isinstance(layer, Residual) for layer in model.network.layers) >= 2


# Ends of networks, means, shapes


@pytest.mark.parametrize("opset", [9, 13, 18])
@pytest.mark.parametrize("kept", [0, 1])
def test_means_over_rows_and_columns(kept, opset, tmp_path):
    axes = {"axes": [2, 3]} if opset < 18 else {}
    nodes = [("Conv", "x w", "c"), ("ReduceMean", "c axes" if opset >= 18 else "c", "z", {"keepdims": kept, **axes})]
    constants = {"w": numbers(4, 2, 3, 3)} | ({"axes": np.array([-1, -2])} if opset >= 18 else {})
    assert_same(with_head(nodes, constants, 4, opset=opset), tmp_path)


def test_means_of_channels_that_are_last(tmp_path):
    nodes = [
        ("Transpose", "x", "t", {"perm": [0, 3, 1, 2]}), ("Conv", "t w", "c"), ("Transpose", "c", "u", {"perm": [0, 2, 3, 1]}),
        ("ReduceMean", "u", "z", {"axes": [1, 2], "keepdims": 0}),
    ]  # fmt: skip
    assert_same(with_head(nodes, {"w": numbers(4, 3, 3, 3)}, 4, shape=("N", 6, 5, 3)), tmp_path)
    nodes = [("GlobalMaxPool", "x", "m"), ("Squeeze", "m axes", "s"), ("Unsqueeze", "s last", "z")]
    assert_same(with_head(nodes, {"axes": np.array([2, 3]), "last": np.array([2])}, 2), tmp_path)


def test_a_shape_that_the_graph_computes(tmp_path):
    nodes = [
        ("Shape", "x", "s"), ("Gather", "s zero", "n"), ("Unsqueeze", "n axis", "u"), ("Concat", "u rest", "t", {"axis": 0}),
        ("Cast", "t", "c", {"to": TensorProto.INT64}), ("Reshape", "x c", "r"), ("MatMul", "r w", "y"),
    ]  # fmt: skip
    constants = {"zero": np.array(0), "axis": np.array([0]), "rest": np.array([-1]), "w": numbers(84, 3)}
    assert_same(graph(nodes, constants), tmp_path)
    nodes[1:3] = [("Slice", "s axis one axis", "u")]
    assert_same(graph(nodes, constants | {"one": np.array([1])}), tmp_path)


def test_constants_that_are_nodes_or_computed(tmp_path):
    nodes = [
        ("Constant", "", "k", {"value_float": 2.0}), ("Mul", "x k", "m"), ("Transpose", "w", "t", {"perm": [1, 0]}),
        ("Sqrt", "v", "q"), ("Div", "t q", "u"), ("Flatten", "m", "f"), ("MatMul", "f u", "y"),
    ]  # fmt: skip
    constants = {"w": numbers(3, 84), "v": np.abs(numbers(3)) + 0.5}
    assert_same(graph(nodes, constants), tmp_path)


def test_bytes_are_cast_and_scaled(tmp_path):
    nodes = [
        ("Cast", "x", "c", {"to": TensorProto.FLOAT}), ("Div", "c white", "d"), ("Sub", "d mean", "e"), ("Div", "e std", "f"),
        ("Flatten", "f", "g"), ("MatMul", "g w", "y"),
    ]  # fmt: skip
    constants = {
        "white": np.float32(255), "mean": np.float32([0.4, 0.6]).reshape(2, 1, 1), "std": np.float32([0.2, 0.3]).reshape(2, 1, 1),
        "w": numbers(84, 3),
    }  # fmt: skip
    proto = graph(nodes, constants, kind=TensorProto.UINT8)
    x = np.random.default_rng(0).integers(0, 256, (3, 2, 7, 6), np.uint8)
    model = imported(proto, tmp_path).model
    wanted = expected(proto, x)
    assert np.abs(model.logits(x) - wanted).max() <= 1e-5 * np.abs(wanted).max()
    np.testing.assert_allclose(model.normalization.mean[:, 0, 0], [0.4, 0.6], rtol=1e-6)
    np.testing.assert_allclose(model.normalization.std[:, 0, 0], [0.2, 0.3], rtol=1e-6)
    assert model.network.layers[0] == Flatten()


def test_numbers_in_a_row_may_be_a_picture(tmp_path):
    nodes = [("Reshape", "x shape", "r"), ("Conv", "r w", "z")]
    constants = {"shape": np.array([-1, 1, 7, 6]), "w": numbers(2, 1, 3, 3)}
    proto = with_head(nodes, constants, 40, shape=("N", 42))
    x = np.random.default_rng(2).random((3, 42)).astype(np.float32)
    model = imported(proto, tmp_path).model
    assert model.in_shape == (1, 7, 6)
    np.testing.assert_allclose(model.logits(x.reshape(3, 7, 6)), expected(proto, x), rtol=1e-4, atol=1e-5)
