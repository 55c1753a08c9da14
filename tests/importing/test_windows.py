"""Convolution, pooling and padding with every attribute: the model computes what ONNX's own evaluator computes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")

from onnx.reference import ReferenceEvaluator

from numnist import ModelFileError
from tests.importing.graphs import assert_same, graph, imported, with_head

RNG = np.random.default_rng(4)


def numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


# Windows.  Pictures are (2, 7, 6)

PADS = {
    "none": {},
    "even": {"pads": [1, 1, 1, 1]},
    "rows": {"pads": [1, 0, 1, 0]},
    "behind": {"pads": [0, 0, 1, 1]},
    "before": {"pads": [1, 1, 0, 0]},
    "uneven": {"pads": [2, 0, 0, 1]},
    "upper": {"auto_pad": "SAME_UPPER"},
    "lower": {"auto_pad": "SAME_LOWER"},
    "valid": {"auto_pad": "VALID"},
}


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
        (((2, 2), (2, 2)), ((3, 3), (1, 1)), ((3, 2), (2, 1))),
        ("none", "even", "upper", "valid"),
        (0, 1),
    )
    if not (ceil and pads != "none")  # onnx's evaluator makes too large an output of both
]


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
