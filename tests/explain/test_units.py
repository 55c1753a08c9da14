"""Units: what is shown of a number really makes it, for every layer in every configuration."""

from __future__ import annotations

from math import exp, pi, sqrt, tanh

import numpy as np
import pytest

from numnist import Conv2d, Dense, Dropout, Flatten, MaxPool2d, Model, ReLU, Residual, Sequential, UsageError
from numnist.explain.numbers import brief, inside, largest_products, largest_terms, plus
from numnist.explain.units import explain_unit, explainer_of
from numnist.explain.units.unit import explain_unknown
from numnist.interpret.trace import BackwardTrace, LayerTrace, trace_backward
from numnist.nn import LAYERS, Layer
from numnist.nn.base import EVAL
from tests.explain.formulas import value
from tests.nn.bench import bench, vector_views
from tests.nn.cases import CASES, Case
from tests.small import CONV, dataset, trained

ROUNDING = 1e-12  # of sums of some 100 terms of order 1 in another order, each rounded to 1e-16
# The functions of one number, written once more.
ACTIVATIONS = {
    "ReLU": lambda layer, x: max(x, 0.0),
    "LeakyReLU": lambda layer, x: x if x > 0 else layer.slope * x,
    "ELU": lambda layer, x: x if x > 0 else layer.alpha * (exp(x) - 1),
    "Sigmoid": lambda layer, x: 1 / (1 + exp(-x)),
    "Tanh": lambda layer, x: tanh(x),
    "SiLU": lambda layer, x: x / (1 + exp(-x)),
    "GELU": lambda layer, x: x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2,
}


def from_what_is_shown(layer, unit):
    """The unit's value once more, from the arrays and numbers that are shown with it alone."""
    kind, n = type(layer).__name__, unit.numbers
    if unit.weights is not None:
        return float((unit.weights * unit.inputs).sum()) + (unit.bias or 0)
    if kind in ACTIVATIONS:
        return ACTIVATIONS[kind](layer, n["x"])
    if kind in ("BatchNorm", "LayerNorm"):
        return n["w"] * (n["x"] - n["mean"]) / sqrt(n["var"] + n["eps"]) + n["b"]
    if kind == "MaxPool2d":
        return float(unit.inputs.max())
    if kind in ("AvgPool2d", "GlobalAvgPool"):
        return float(unit.inputs.sum()) / n["n"]
    if kind == "Softmax":
        shares = np.exp(unit.inputs)
        return float(shares[unit.index[0]] / shares.sum())
    return sum(n.values())  # moved as it is, or what two ways make


def passed(case: Case) -> LayerTrace:
    """A layer at work on one sample, forward and backward."""
    b = bench(case, N=1)
    g, _ = vector_views(b.plan, np.zeros(b.plan.size))
    y, cache = case.layer.forward(b.p, b.x, EVAL)
    dx = case.layer.backward(b.p, g, b.dy, cache)
    return LayerTrace("0", case.layer, b.p, g, cache, b.x, y, dx, b.dy)


def way_back(*layers: LayerTrace) -> BackwardTrace:
    return BackwardTrace(0.0, list(layers), layers[0].dx, layers[0].dx)


SINGLE = [case for case in CASES if not isinstance(case.layer, Sequential)]


@pytest.mark.parametrize("case", SINGLE, ids=str)
def test_every_unit_is_what_its_shown_numbers_make(case):
    layer = passed(case)
    for index in np.ndindex(layer.y.shape[:-1]):
        unit = explain_unit(way_back(layer), "0", index)
        assert (unit.index, unit.value, unit.gradient.value) == (index, layer.y[*index, 0], layer.dy[*index, 0])
        assert from_what_is_shown(case.layer, unit) == pytest.approx(unit.value, rel=ROUNDING, abs=ROUNDING)
        assert unit.with_numbers.endswith(brief(unit.value))
        assert unit.sentence
        assert unit.formula


EVALUATED = ("Dense", "Conv2d", "AvgPool2d", "GlobalAvgPool", "Flatten", "Dropout", "Softmax", "BatchNorm", "LayerNorm")


@pytest.mark.parametrize("case", [case for case in SINGLE if type(case.layer).__name__ in EVALUATED], ids=str)
def test_every_units_formula_gives_its_value(case):
    layer = passed(case)
    for index in np.ndindex(layer.y.shape[:-1]):
        unit = explain_unit(way_back(layer), "0", index)
        environment = {"x": layer.x[..., 0], "Σ": np.sum} | unit.numbers
        if isinstance(case.layer, Dense | Conv2d):
            environment |= {"w": layer.p.w} | ({"b": layer.p.b[:, 0]} if case.layer.bias else {})
        elif isinstance(case.layer, Flatten):
            environment["x"] = layer.x[..., 0]
        elif unit.inputs is not None:
            environment["x"] = unit.inputs
        found = value(unit.formula, environment, layer.y[..., 0])
        found = found[index] if np.ndim(found) else found
        assert float(found) == pytest.approx(unit.value, rel=ROUNDING, abs=ROUNDING), unit.formula


@pytest.mark.parametrize("case", SINGLE, ids=str)
def test_every_shown_gradient_is_the_layers_own(case):
    layer = passed(case)
    for index in np.ndindex(layer.y.shape[:-1]):
        gradient = explain_unit(way_back(layer), "0", index).gradient
        assert gradient.sentence
        if "dx" in gradient.numbers and layer.x.shape == layer.y.shape and "Pool" not in repr(case.layer):
            assert gradient.numbers["dx"] == pytest.approx(layer.dx[*index, 0], rel=ROUNDING, abs=ROUNDING)
        for name, own in (("dw", "w"), ("db", "b")):
            if name in gradient.numbers:
                array = getattr(layer.g, own)
                at = index if array.shape[:-1] == layer.y.shape[:-1] else index[:1]
                assert gradient.numbers[name] == array[*at, 0]


@pytest.mark.parametrize("case", [case for case in CASES if isinstance(case.layer, Conv2d | Dense)], ids=str)
def test_a_units_weights_get_dy_times_x_from_all_places(case):
    layer = passed(case)
    for k in range(len(layer.y)):
        units = [explain_unit(way_back(layer), "0", (k, *rest)) for rest in np.ndindex(layer.y.shape[1:-1])]
        dw = sum(unit.gradient.value * unit.inputs for unit in units)
        np.testing.assert_allclose(units[0].gradient.weights, dw, rtol=0, atol=ROUNDING)


def test_every_layer_of_the_table_is_explained_by_its_own_words():
    layers = {type(case.layer): case.layer for case in SINGLE}
    assert set(layers) == set(LAYERS.values()) - {Sequential}  # which is walked through
    assert all(explainer_of(layer) is not explain_unknown for layer in layers.values())


def test_a_layer_that_is_not_numnists_still_shows_its_number():
    class Doubled(Layer):
        """y = 2x"""

    x = np.array([[1.0], [2.0]])
    layer = LayerTrace("0", Doubled(), None, None, None, x, 2 * x, 2 * x, x)
    unit = explain_unit(way_back(layer), "0", (1,))
    assert (unit.value, unit.with_numbers, unit.gradient.value) == (4, "4", 2)
    assert "Doubled" in unit.sentence


def test_a_map_without_a_place_is_shown_where_it_is_strongest():
    back = trace_backward(trained(CONV), dataset().test.x[:1], [2])
    unit = explain_unit(back, "0", (3,))
    assert unit.index[0] == 3
    assert abs(unit.value) == abs(back.layers[0].y[3]).max()


def test_a_dense_layers_weights_are_shown_as_the_picture_they_look_at():
    network = Sequential(Conv2d(3, 3), MaxPool2d(2), Flatten(), Dropout(0.5), ReLU(), Dense(4))
    back = trace_backward(Model(network, (1, 8, 8)), dataset().test.x[:1], [0])
    unit = explain_unit(back, "5", (1,))
    assert unit.weights.shape == unit.inputs.shape == unit.gradient.weights.shape == (3, 3, 3)
    assert from_what_is_shown(network.layers[5], unit) == pytest.approx(unit.value, rel=1e-5)  # float32 has 7 digits
    deeper = trace_backward(Model(Sequential(Flatten(), Dense(9), Dense(4)), (1, 8, 8)), dataset().test.x[:1], [0])
    assert explain_unit(deeper, "1", (0,)).weights.shape == (1, 8, 8)
    assert explain_unit(deeper, "2", (0,)).weights.shape == (9,)


def test_a_formula_says_which_pixels_it_looks_at():
    layer = passed(Case(Conv2d(2, 3, stride=2, padding=1, dilation=2), (1, 9, 9)))
    assert explain_unit(way_back(layer), "0", (1, 0, 1)).formula == (
        "y[1, 0, 1] = Σ w[1, c, u, v]·x[c, 2u − 1, 1 + 2v] + b[1]"
    )
    flat = passed(Case(Flatten(), (2, 3, 4)))
    assert explain_unit(way_back(flat), "0", (17,)).formula == "y[17] = x[1, 1, 1]"


def test_a_max_pool_says_which_pixel_won_and_gets_the_gradient():
    layer = passed(Case(MaxPool2d(2), (1, 4, 4)))
    unit = explain_unit(way_back(layer), "0", (0, 1, 0))
    i, j = divmod(int(layer.x[0, 2:4, :2, 0].argmax()), 2)
    assert f"x[0, {2 + i}, {j}]" in unit.sentence
    assert layer.dx[0, 2 + i, j, 0] == unit.gradient.value


def test_a_residual_shows_both_ways():
    unit = explain_unit(way_back(passed(Case(Residual(Dense(7)), (7,)))), "0", (2,))
    assert set(unit.numbers) == {"body", "x"}


@pytest.mark.parametrize(
    ("place", "index", "why"),
    [("12", (0,), "no layer at place '12'"), ("0", (6,), "no unit 6"), ("0", (0, 0), "give K or K,i,j"),
     ("0", (0, 8, 0), "no unit 0,8,0"), ("9", (0, 0, 0), "give K, counted from 0"), ("9", (), "no unit none")],
)  # fmt: skip
def test_what_is_not_there_is_refused(place, index, why):
    with pytest.raises(UsageError, match=why):
        explain_unit(trace_backward(Model(CONV, dataset()), dataset().test.x[:1], [0]), place, index)


def test_numbers_are_written_as_by_hand():
    assert [brief(v) for v in (0.0, -0.0, 1, -0.25, 12.345, 1.2e-5, -3e-10)] == [
        "0", "0", "1", "−0.25", "12.3", "1.2×10⁻⁵", "−3×10⁻¹⁰",
    ]  # fmt: skip
    assert [inside(v) for v in (0.5, -0.5, 2e-7)] == ["0.5", "(−0.5)", "(2×10⁻⁷)"]
    assert (plus(0.5), plus(-0.5)) == (" + 0.5", " − 0.5")
    assert largest_products(np.array([1, -2, 0.5]), np.array([3, 4, 0])) == "(−2)·4 + 1·3 + 0.5·0"
    assert largest_products(np.arange(1, 8), np.ones(7)) == "7·1 + 6·1 + 5·1 + 4·1 + (3 more: 6)"
    assert largest_terms(np.array([1, -3])) == "(−3) + 1"
