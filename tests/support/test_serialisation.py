"""Specifications: dictionaries that become objects, through closed tables, with errors that help."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import tomli_w
from hypothesis import given, settings, strategies as st

from numnist.nn import INITIALIZERS, LAYERS, Conv2d, Dense, Flatten, HeNormal, MaxPool2d, ReLU, Residual, Sequential
from numnist.nn.initializers import Normal
from numnist.optim.schedules import StepDecay, Warmup
from numnist.support.errors import UsageError
from numnist.support.serialisation import constructor_repr, from_dict, suggest, to_dict

TABLE = LAYERS | INITIALIZERS


def test_dictionary_says_type_and_all_fields():
    assert to_dict(MaxPool2d((2, 3))) == {"type": "MaxPool2d", "window": [2, 3], "padding": 0}  # no stride: None
    assert to_dict(Dense(3)) == {"type": "Dense", "units": 3, "bias": True, "initializer": {"type": "HeNormal"}}
    nested = to_dict(Residual(Sequential(ReLU())))
    assert nested == {"type": "Residual", "body": {"type": "Sequential", "layers": [{"type": "ReLU"}]}}


N = np.int64


@pytest.mark.parametrize(
    ("numpys", "pythons"),
    [
        (Dense(N(3)), Dense(3)),
        (Conv2d(N(4), N(3), (N(1), 2), N(1), dilation=(N(1), N(1)), groups=N(2)), Conv2d(4, 3, (1, 2), 1, (1, 1), 2)),
        (MaxPool2d(N(3), (N(2), N(2)), N(1)), MaxPool2d(3, (2, 2), 1)),
        (StepDecay(every=N(5)), StepDecay(every=5)),
        (Warmup(N(9)), Warmup(9)),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_numpys_whole_numbers_become_pythons(numpys, pythons):
    assert numpys == pythons
    assert repr(numpys) == repr(pythons)
    assert json.dumps(to_dict(numpys)) == json.dumps(to_dict(pythons))
    assert tomli_w.dumps(to_dict(numpys)) == tomli_w.dumps(to_dict(pythons))


def test_missing_fields_take_their_defaults():
    assert from_dict({"type": "Conv2d", "filters": 8, "kernel": [3, 5]}, TABLE) == Conv2d(8, (3, 5))
    assert from_dict({"type": "ReLU"}, TABLE) == ReLU()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"type": "Conv2D", "filters": 8, "kernel": 3}, r"unknown type 'Conv2D' \(did you mean 'Conv2d'\?\)"),
        ({"type": "Frobnicate"}, "unknown type 'Frobnicate'; there are Dense"),
        ({"type": "Dense", "unit": 3}, r"Dense has no field 'unit' \(did you mean 'units'\?\); it has units, bias"),
        ({"type": "Conv2d"}, "Conv2d needs filters, kernel"),
        ({"type": "Dense", "units": "many"}, "Dense units is 'many', but must be a whole number"),
        (
            {"type": "Dense", "units": 3, "initializer": {"type": "He"}},
            r"network: Dense.initializer: unknown type 'He'",
        ),
        ({"type": "Dense", "units": 3, "initializer": "HeNormal"}, "must be an Initializer"),
        ({"type": "Dense", "units": 3, "initializer": {"type": "ReLU"}}, "must be an Initializer"),
        ({"type": "Residual", "body": {"type": "Zeros"}}, "must be a Layer"),
        ({"type": "Sequential", "layers": [{"type": "ReLU"}, {"type": "Relu6"}]}, r"Sequential.layers\[1\]: unknown"),
        ({"type": "Sequential", "layers": []}, "one or more layers"),
        ({"type": "Sequential", "layers": 3}, "Sequential cannot be made"),
        ({"units": 3}, "expected a table with a type"),
        ({"type": 3}, "expected a table with a type"),
        ({"type": ["Dense"]}, "expected a table with a type"),
        ("Dense", "expected a table with a type"),
        (None, "expected a table with a type"),
        ([{"type": "Dense"}], "expected a table with a type"),
    ],
)
def test_mistake_is_named_with_its_place(data, says):
    with pytest.raises(UsageError, match=says) as caught:
        from_dict(data, TABLE, "network")
    assert str(caught.value).startswith("network")


def test_table_is_closed():
    """Neither what is imported somewhere nor what Python knows can be named."""
    for name in ("Layer", "Model", "int", "__import__", "os.system", "__class__", ""):
        with pytest.raises(UsageError, match="unknown type"):
            from_dict({"type": name}, TABLE)
    with pytest.raises(UsageError, match="unknown type"):
        from_dict({"type": "HeNormal"}, LAYERS)


def test_attributes_that_are_no_fields_cannot_be_set():
    for field in ("__class__", "build", "from_fields", "__init__"):
        with pytest.raises(UsageError, match="no field"):
            from_dict({"type": "Dense", "units": 3, field: 1}, TABLE)


WORDS = ["type", "units", "kernel", "filters", "stride", "padding", "window", "rate", "layers", "body", "eps", "bias"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(TABLE)), values=st.dictionaries(st.sampled_from(WORDS), ANYTHING))
def test_random_data_makes_an_object_or_a_usage_error(name, values):
    try:
        made = from_dict({**values, "type": name}, TABLE)
    except UsageError:
        return
    assert type(made) is TABLE[name]


@dataclass(frozen=True)
class Inner:
    a: int = 1


@dataclass(frozen=True)
class Outer:
    first: int
    second: Any = Inner()
    third: tuple[int, ...] = ()
    fourth: float | None = None


OWN: dict[str, Any] = {"Inner": Inner, "Outer": Outer}


@pytest.mark.parametrize(
    "thing", [Outer(1), Outer(2, Inner(3)), Outer(3, third=(1, 2)), Outer(4, fourth=0.1), Outer(5, Outer(6, Inner(7)))]
)
def test_round_trip_through_json_and_toml(thing):
    data = to_dict(thing)
    assert from_dict(data, OWN) == thing
    assert from_dict(json.loads(json.dumps(data)), OWN) == thing
    assert from_dict(tomllib.loads(tomli_w.dumps(data)), OWN) == thing


def test_source_is_short_and_complete():
    assert constructor_repr(Outer(1)) == "Outer(1)"
    assert constructor_repr(Outer(1, Inner(2), fourth=0.5)) == "Outer(1, second=Inner(a=2), fourth=0.5)"
    assert repr(Conv2d(28, 3)) == "Conv2d(28, 3)"
    assert repr(Conv2d(8, (3, 5), padding="same", initializer=Normal(0.1))) == (
        "Conv2d(8, (3, 5), padding='same', initializer=Normal(std=0.1))"
    )
    assert repr(Sequential(Flatten(), Residual(Dense(3)))) == "Sequential(Flatten(), Residual(Dense(3)))"
    assert repr(HeNormal()) == "HeNormal()"


def test_suggestion_only_where_something_is_near():
    assert suggest("relu", LAYERS) == " (did you mean 'ReLU'?)"
    assert suggest("maxpool", LAYERS) == " (did you mean 'MaxPool2d'?)"
    assert suggest("zzz", LAYERS) == ""
    assert suggest("epoch", ["epochs", "seed"]) == " (did you mean 'epochs'?)"
