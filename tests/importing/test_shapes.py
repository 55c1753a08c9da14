"""Means, shapes, constants and inputs: the model computes what ONNX's own evaluator computes."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")

from onnx import TensorProto

from numnist import Flatten
from tests.importing.graphs import assert_same, expected, graph, imported, with_head

RNG = np.random.default_rng(4)


def numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("opset", [9, 13, 18])
@pytest.mark.parametrize("kept", [0, 1])
def test_means_over_rows_and_columns(kept, opset, tmp_path):
    axes = {"axes": [2, 3]} if opset < 18 else {}
    nodes = [("Conv", "x w", "c"), ("ReduceMean", "c axes" if opset >= 18 else "c", "z", {"keepdims": kept, **axes})]
    constants = {"w": numbers(4, 2, 3, 3)} | ({"axes": np.array([-1, -2])} if opset >= 18 else {})
    assert_same(with_head(nodes, constants, 4, opset=opset), tmp_path)


def test_means_of_channels_that_are_last(tmp_path):
    nodes = [
        ("Transpose", "x", "t", {"perm": [0, 3, 1, 2]}),
        ("Conv", "t w", "c"),
        ("Transpose", "c", "u", {"perm": [0, 2, 3, 1]}),
        ("ReduceMean", "u", "z", {"axes": [1, 2], "keepdims": 0}),
    ]
    assert_same(with_head(nodes, {"w": numbers(4, 3, 3, 3)}, 4, shape=("N", 6, 5, 3)), tmp_path)
    nodes = [("GlobalMaxPool", "x", "m"), ("Squeeze", "m axes", "s"), ("Unsqueeze", "s last", "z")]
    assert_same(with_head(nodes, {"axes": np.array([2, 3]), "last": np.array([2])}, 2), tmp_path)


def test_a_shape_that_the_graph_computes(tmp_path):
    nodes = [
        ("Shape", "x", "s"),
        ("Gather", "s zero", "n"),
        ("Unsqueeze", "n axis", "u"),
        ("Concat", "u rest", "t", {"axis": 0}),
        ("Cast", "t", "c", {"to": TensorProto.INT64}),
        ("Reshape", "x c", "r"),
        ("MatMul", "r w", "y"),
    ]
    constants = {"zero": np.array(0), "axis": np.array([0]), "rest": np.array([-1]), "w": numbers(84, 3)}
    assert_same(graph(nodes, constants), tmp_path)
    nodes[1:3] = [("Slice", "s axis one axis", "u")]
    assert_same(graph(nodes, constants | {"one": np.array([1])}), tmp_path)


def test_constants_that_are_nodes_or_computed(tmp_path):
    nodes = [
        ("Constant", "", "k", {"value_float": 2.0}),
        ("Mul", "x k", "m"),
        ("Transpose", "w", "t", {"perm": [1, 0]}),
        ("Sqrt", "v", "q"),
        ("Div", "t q", "u"),
        ("Flatten", "m", "f"),
        ("MatMul", "f u", "y"),
    ]
    constants = {"w": numbers(3, 84), "v": np.abs(numbers(3)) + 0.5}
    assert_same(graph(nodes, constants), tmp_path)


def test_bytes_are_cast_and_scaled(tmp_path):
    nodes = [
        ("Cast", "x", "c", {"to": TensorProto.FLOAT}),
        ("Div", "c white", "d"),
        ("Sub", "d mean", "e"),
        ("Div", "e std", "f"),
        ("Flatten", "f", "g"),
        ("MatMul", "g w", "y"),
    ]
    constants = {
        "white": np.float32(255),
        "mean": np.float32([0.4, 0.6]).reshape(2, 1, 1),
        "std": np.float32([0.2, 0.3]).reshape(2, 1, 1),
        "w": numbers(84, 3),
    }
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
