"""Python and JavaScript are equal layer by layer, for every kind of layer with every option."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.model.network_record import network_to_dict
from numnist.model.parameters import Parameters
from numnist.nn import LAYERS, Residual, Sequential
from numnist.nn.base import EVAL, Plan, Views
from tests.nn.cases import CASES

# float32 keeps 7 digits; JavaScript adds up in float64, NumPy in float32 in an order of its own, at most 60 numbers
CLOSE = {"rtol": 2e-5, "atol": 2e-5}


def parameters_of(plan: Plan, seed: int) -> Parameters:
    """Random ones, variances among them above 0."""
    parameters = Parameters(plan, np.float32, seed)
    rng = np.random.default_rng(seed)
    for name, array in parameters.arrays().items():
        values = rng.normal(size=array.shape)
        array[...] = 0.2 + np.abs(values) if name.endswith("var") else values
    return parameters


def outputs(layer: Any, p: Views, x: Any, path: str = "") -> tuple[Any, list[tuple[str, str, Any]]]:
    """The output for x, and (place, kind, output) of every layer that has no others inside."""
    if isinstance(layer, Sequential):
        passed = []
        for i, inner in enumerate(layer.layers):
            x, more = outputs(inner, p[i], x, f"{path}{i}.")
            passed += more
        return x, passed
    if isinstance(layer, Residual):
        y, passed = outputs(layer.body, p[0], x, f"{path}0.")
        around = x
        if layer.shortcut is not None:
            around, more = outputs(layer.shortcut, p[1], x, f"{path}1.")
            passed += more
        return y + around, passed
    y, _ = layer.forward(p, x, EVAL)
    return y, [(path, type(layer).__name__, y)]


def test_every_layer_of_a_model_file_is_there(script):
    """A new layer needs its JavaScript, and a sentence on the page."""
    assert set(script.page.evaluate("Object.keys(LAYERS)")) == set(LAYERS)


def test_the_cases_have_every_layer():
    inside = " ".join(map(str, CASES))
    assert all(f"{name}(" in inside for name in LAYERS)


def test_every_layer_computes_what_python_does(script):
    for seed, case in enumerate(CASES):
        plan = case.layer.build(case.in_shape)
        parameters = parameters_of(plan, seed)
        x = np.random.default_rng(seed).normal(size=(case.N, *case.in_shape)).astype(np.float32)
        y, passed = outputs(case.layer, parameters.views(), np.ascontiguousarray(np.moveaxis(x, 0, -1)))
        found = script.trace(network_to_dict(case.layer), parameters.arrays(), case.in_shape, x)
        for n, one in enumerate(found):
            assert tuple(one["shape"]) == plan.out_shape, case
            np.testing.assert_allclose(one["data"], y[..., n].ravel(), **CLOSE, err_msg=str(case))
            assert [(each["path"], each["type"]) for each in one["passed"]] == [item[:2] for item in passed], case
            for each, (_, _, output) in zip(one["passed"], passed, strict=True):
                assert tuple(each["shape"]) == output.shape[:-1], case
                np.testing.assert_allclose(each["data"], output[..., n].ravel(), **CLOSE, err_msg=str(case))
