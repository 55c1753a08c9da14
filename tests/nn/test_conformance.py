"""Every layer obeys every law, and refuses shapes and fields that make no sense."""

from __future__ import annotations

import pytest

from numnist.naive import NAIVE
from numnist.nn import (
    ELU,
    EVAL,
    LAYERS,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    GlorotNormal,
    GlorotUniform,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2d,
    Normal,
    Orthogonal,
    ReLU,
    Residual,
    Sequential,
    Zeros,
)
from numnist.support.errors import ShapeError, UsageError
from tests.nn.bench import bench, gradients
from tests.nn.cases import CASES, WRONG_SHAPES, Case
from tests.nn.conformance import LAWS, TABLE


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("law", LAWS)
def test_layer_obeys(law, name):
    for case in CASES:
        if type(case.layer).__name__ == name:
            LAWS[law](case)


def test_every_layer_has_cases_and_a_slow_twin():
    tried = {type(case.layer).__name__ for case in CASES}
    assert tried == set(LAYERS), f"add cases to tests/nn/cases.py for {set(LAYERS) ^ tried}"
    assert set(NAIVE) == set(LAYERS), f"add twins to numnist/naive for {set(LAYERS) ^ set(NAIVE)}"


@pytest.mark.parametrize(("layer", "shape"), WRONG_SHAPES, ids=lambda value: repr(value))
def test_shape_that_does_not_fit_is_refused_by_name(layer, shape):
    with pytest.raises(ShapeError) as caught:
        layer.build(shape)
    inner = layer.layers[-1] if isinstance(layer, Sequential) else layer
    assert repr(inner) in str(caught.value)
    if isinstance(layer, Sequential):
        assert str(caught.value).startswith("layer 1 ")


WRONG_FIELDS = [
    lambda: Dense(0),
    lambda: Dense(-3),
    lambda: Dense(2.5),
    lambda: Dense(True),
    lambda: Dense("10"),
    lambda: Dense(10, bias="yes"),
    lambda: Dense(10, initializer="HeNormal"),
    lambda: Dense(10, initializer=ReLU()),
    lambda: Conv2d(0, 3),
    lambda: Conv2d(3, 0),
    lambda: Conv2d(3, (3, 3, 3)),
    lambda: Conv2d(3, (3, 0)),
    lambda: Conv2d(3, 2.0),
    lambda: Conv2d(3, 3, stride=0),
    lambda: Conv2d(3, 3, padding=-1),
    lambda: Conv2d(3, 3, padding="full"),
    lambda: Conv2d(3, 3, dilation=0),
    lambda: Conv2d(3, 3, groups=2),
    lambda: Conv2d(3, 3, groups=0),
    lambda: Conv2d(3, 3, bias=None),
    lambda: Conv2d(3, 3, initializer=None),
    lambda: MaxPool2d(0),
    lambda: MaxPool2d("2"),
    lambda: MaxPool2d(2, stride=0),
    lambda: MaxPool2d(2, padding=2),
    lambda: MaxPool2d(3, padding=-1),
    lambda: AvgPool2d(3, padding="half"),
    lambda: AvgPool2d(3, padding=(1, 2)),
    lambda: AvgPool2d(3, count_padding=1),
    lambda: BatchNorm(1.1),
    lambda: BatchNorm(-0.1),
    lambda: BatchNorm(eps=-1e-5),
    lambda: BatchNorm(eps=float("nan")),
    lambda: LayerNorm("small"),
    lambda: LayerNorm(float("inf")),
    lambda: Dropout(1),
    lambda: Dropout(-0.5),
    lambda: Dropout(float("nan")),
    lambda: Dropout(True),
    lambda: LeakyReLU(-1),
    lambda: LeakyReLU(2),
    lambda: ELU(-1),
    lambda: Sequential(),
    lambda: Sequential([Dense(3)]),
    lambda: Sequential(Dense(3), "ReLU"),
    lambda: Sequential(Dense),
    lambda: Residual(None),
    lambda: Residual(Zeros()),
    lambda: Residual(Dense(3), "around"),
    lambda: Normal(0),
    lambda: Normal("wide"),
    lambda: Orthogonal(-1),
    lambda: GlorotNormal(0),
    lambda: GlorotUniform(-1),
]


@pytest.mark.parametrize("number", range(len(WRONG_FIELDS)))
def test_field_that_makes_no_sense_is_refused(number):
    with pytest.raises(UsageError) as caught:
        WRONG_FIELDS[number]()
    assert any(name in str(caught.value) for name in TABLE)
    assert len(str(caught.value)) > 30  # says what is wrong and what would be right


def test_layers_of_the_table_are_layers():
    assert all(issubclass(layer, Layer) and name == layer.__name__ for name, layer in LAYERS.items())


def test_bench_reaches_exact_zeros_and_ties():
    """The twin law would not see a wrong choice among equals if x had none."""
    b = bench(Case(MaxPool2d(2), (2, 5, 6)), whole=True)
    y, _, _ = gradients(MaxPool2d(2), b, EVAL)
    assert (b.x == 0).any()
    assert ((b.x[:, :4:2, ::2] == y) & (b.x[:, 1:4:2, 1::2] == y)).any()
