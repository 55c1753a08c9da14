"""What `compile` makes of every layer obeys the laws of layers, and equals the layer as it is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from numnist.fast.compile import compile
from numnist.nn import EVAL, Layer, ReLU, Sequential
from tests.fast.test_compile import IM2COL, POOLED, WINOGRAD
from tests.nn.bench import all_same, bench, gradients
from tests.nn.cases import CASES, Case
from tests.nn.conformance import LAWS, TRAIN

NUMBERS = {name: law for name, law in LAWS.items() if name.startswith((
    "law_shape", "law_inputs", "law_dtype", "law_eval", "law_training", "law_calls", "law_backward", "law_gradients",
    "law_memory", "law_one",
))}  # fmt: skip
NETWORKS = [
    *CASES,
    *(Case(network, (2, 9, 8)) for network in POOLED),
    *(Case(network, shape, N) for network, shape in IM2COL for N in (3, 9)),
    *(Case(network, shape, 17) for network, shape in WINOGRAD),
]


@dataclass(frozen=True, repr=False)
class AsRun(Layer):
    """A layer as training or inference runs it, for as many samples as come."""

    layer: Layer
    training: bool = True

    def build(self, in_shape):
        return self.layer.build(in_shape)

    def compiled(self, count):
        return compile(self.layer, count, self.training)

    def forward(self, p, x, mode=EVAL):
        y, cache = self.compiled(x.shape[-1]).forward(p, x, mode)
        return y, (x.shape[-1], cache)

    def backward(self, p, g, dy, cache, want_dx=True):
        return self.compiled(cache[0]).backward(p, g, dy, cache[1], want_dx)


@pytest.mark.parametrize("case", NETWORKS, ids=str)
def test_it_equals_the_layer_as_written(case):
    for whole in (False, True):  # also where maxima tie and ReLUs meet exact zeros
        for N in (1, case.N, 9):
            b = bench(case, N=N, whole=whole)
            for mode in (TRAIN, EVAL):
                expected = gradients(case.layer, b, mode)
                # 1e-11: Winograd's transforms multiply rounding by some ten, everything else is within 1e-12
                if mode.train or not has_batch_norm(case.layer):  # a block's batch norm runs backward in training alone
                    all_same(gradients(AsRun(case.layer), b, mode), expected, f"{case} as run", 1e-11)
            y = AsRun(case.layer, training=False).forward(b.p, b.x)[0]
            all_same((y, y, {}), (expected[0], expected[0], {}), f"{case} in inference", 1e-11)


def has_batch_norm(layer: Layer) -> bool:
    return "BatchNorm" in repr(layer)


@pytest.mark.parametrize("law", NUMBERS)
def test_it_obeys(law):
    for case in NETWORKS:
        if not has_batch_norm(case.layer):
            NUMBERS[law](Case(AsRun(case.layer), case.in_shape, case.N))


class OverwritesItsInput(ReLU):
    """(..., N) -> (..., N)"""

    def forward(self, p, x, mode=EVAL):
        return np.maximum(x, 0, out=x), x


class OverwritesItsGradient(ReLU):
    """(..., N) -> (..., N)"""

    def backward(self, p, g, dy, x, want_dx=True):
        dy *= x > 0
        return dy


@pytest.mark.parametrize("wrong", [OverwritesItsInput(), OverwritesItsGradient()], ids=repr)
def test_a_step_that_overwrites_what_it_was_given_is_found_out(wrong):
    with pytest.raises(AssertionError, match="an input differs"):
        LAWS["law_inputs_stay_untouched"](Case(AsRun(Sequential(wrong)), (7,)))
