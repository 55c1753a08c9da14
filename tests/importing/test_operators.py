"""Every operator with every attribute: the imported model computes what ONNX's own evaluator computes."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")


from numnist import GELU, BatchNorm, Conv2d, Dense, Flatten, ModelFileError, Residual, SiLU
from tests.importing.graphs import assert_same, graph, imported, with_head

RNG = np.random.default_rng(4)


def numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


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
        ("Transpose", "x", "t", {"perm": [0, 3, 1, 2]}),
        ("Conv", "t k", "c"),
        ("Transpose", "c", "u", {"perm": [0, 2, 3, 1]}),
        ("Reshape", "u shape", "r"),
        ("MatMul", "r w", "y"),
    ]
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
    ("Relu", {}, 7),
    ("LeakyRelu", {"alpha": 0.3}, 7),
    ("LeakyRelu", {}, 17),
    ("Elu", {"alpha": 0.4}, 7),
    ("Elu", {}, 17),
    ("Sigmoid", {}, 7),
    ("Tanh", {}, 13),
    ("Softmax", {"axis": 1}, 13),
    ("Gelu", {"approximate": "tanh"}, 20),
    ("Identity", {}, 7),
    ("Dropout", {"ratio": 0.3}, 7),
]


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
            ("Pow", "h three", "c"),
            ("Mul", "c k", "d"),
            ("Add", "h d", "e"),
            ("Mul", "e root", "f"),
            ("Tanh", "f", "t"),
            ("Add", "one t", "o"),
            ("Mul", "h o", "p"),
            ("Mul", "half p", "z"),
        ],
        GELU(),
    ),
    "(1 + erf(x / √2)) · x / 2": (
        [
            ("Div", "h two_root", "d"),
            ("Erf", "d", "e"),
            ("Add", "e one", "o"),
            ("Mul", "h o", "m"),
            ("Mul", "m half", "z"),
        ],
        GELU(),
    ),
}
NUMBERS = {
    "one": 1,
    "half": 0.5,
    "three": 3,
    "k": 0.044715,
    "root": sqrt(2 / pi),
    "two_root": sqrt(2),
}


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
        ("Conv", "x w", "c"),
        ("Mul", "a c", "d"),
        ("Add", "d b", "e"),
        ("Neg", "e", "f"),
        ("Div", "f two", "g"),
        ("Sub", "two g", "h"),
        ("Add", "h g", "i"),
        ("Tanh", "g", "t"),
        ("Mul", "t two", "u"),
        ("Sub", "u two", "z"),
    ]
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


def test_a_bias_before_a_flatten_belongs_to_its_convolution(tmp_path):
    constants = {"w": numbers(4, 2, 3, 3), "b": numbers(4, 1, 1), "a": numbers(1, 4, 1, 1)}
    model = assert_same(with_head([("Conv", "x w", "c"), ("Add", "c b", "z")], constants, 80), tmp_path)
    assert [type(layer) for layer in model.network.layers] == [Conv2d, Flatten, Dense]
    model = assert_same(with_head([("Conv", "x w", "c"), ("Mul", "c a", "z")], constants, 80), tmp_path)
    assert [type(layer) for layer in model.network.layers] == [Conv2d, BatchNorm, Flatten, Dense]


REFUSED = {
    "one array for each channel": ([("GlobalAveragePool", "x", "g"), ("Mul", "x g", "z")], r"shapes .* must be equal"),
    "rows and columns exchanged": (
        [("Transpose", "x", "t", {"perm": [0, 1, 3, 2]}), ("Conv", "t w", "z")],
        r"made by turning or reshaping \(2, 7, 6\)",
    ),
    "a gate": ([("Conv", "x w", "c"), ("Tanh", "c", "t"), ("Sigmoid", "c", "g"), ("Mul", "t g", "z")], r"no layer for"),
    "a steeper swish": ([("Mul", "x k", "m"), ("Sigmoid", "m", "g"), ("Mul", "x g", "z")], r"no layer for"),
    "another constant in GELU": (
        [("Div", "x k", "d"), ("Erf", "d", "e"), ("Add", "e one", "o"), ("Mul", "x o", "z")],
        r"no layer for",
    ),
    "samples mixed": ([("Reshape", "x s", "z")], r"does not keep the samples apart"),
    "a constant of the batch": ([("Flatten", "x", "f"), ("Add", "f b", "z")], r"constant \(3, 84\) does not fit"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_looks_alike_but_is_not_is_refused(name, tmp_path):
    nodes, why = REFUSED[name]
    constants = {"w": numbers(2, 2, 3, 3), "k": np.float32(1.702), "one": np.float32(1), "s": np.array([-1, 42])}
    with pytest.raises(ModelFileError, match=why):
        imported(with_head(nodes, constants | {"b": numbers(3, 84)}, 84), tmp_path)
