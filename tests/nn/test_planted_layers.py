"""Layers that are wrong on purpose: each breaks a law of conformance.py, and the law finds it out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from numnist.naive import NAIVE
from numnist.nn import GELU, BatchNorm, Dense, Dropout, Flatten, LayerNorm, MaxPool2d, ReLU
from numnist.nn.base import EVAL
from tests.nn.cases import Case
from tests.nn.conformance import LAWS


class AddsGradient(Dense):
    """(in, N) -> (units, N), but gradients are added to what was there."""

    def backward(self, p, g, dy, cache, want_dx=True):
        g.w += dy @ cache.T
        g.b += dy.sum(axis=1, keepdims=True)
        return p.w.T @ dy


class WorksInPlace(ReLU):
    """(..., N) -> (..., N), in the caller's own array."""

    def forward(self, p, x, mode=None):
        np.maximum(x, 0, out=x)
        return x, x


class SpoilsDy(ReLU):
    """(..., N) -> (..., N)"""

    def backward(self, p, g, dy, cache, want_dx=True):
        dy *= cache > 0
        return dy


class SpoilsCache(GELU):
    """(..., N) -> (..., N)"""

    def backward(self, p, g, dy, cache, want_dx=True):
        dx = super().backward(p, g, dy, cache)
        cache[1][...] = 0
        return dx


class Promotes(GELU):
    """(..., N) -> (..., N), but a NumPy scalar makes float32 float64."""

    def forward(self, p, x, mode=None):
        y, cache = super().forward(p, x)
        return np.float64(1.0) * y, cache


class PromotesBackward(GELU):
    """(..., N) -> (..., N)"""

    def backward(self, p, g, dy, cache, want_dx=True):
        return super().backward(p, g, dy, cache) * np.ones(())[()]


class DropsAlways(Dropout):
    """(..., N) -> (..., N)"""

    def forward(self, p, x, mode=None):
        mask = mode.rng().random(x.shape) < 0.5
        return x * mask, mask


class DropsByHistory(Dropout):
    """(..., N) -> (..., N)"""

    rng = np.random.default_rng(0)

    def forward(self, p, x, mode=None):
        mask = self.rng.random(x.shape) < 0.5 if mode.train else np.ones(x.shape)
        return x * mask, mask


class ForgetsGradientWithoutDx(Dense):
    """(in, N) -> (units, N)"""

    def backward(self, p, g, dy, x, want_dx=True):
        return super().backward(p, g, dy, x) if want_dx else None


class LastMaximum(MaxPool2d):
    """x: (C, H, W, N) -> y: (C, oh, ow, N), the gradient to the last of several equal ones"""

    def forward(self, p, x, mode=EVAL):  # the picture turned round
        y, cache = super().forward(p, x[:, ::-1, ::-1], mode)
        return y[:, ::-1, ::-1], cache

    def backward(self, p, g, dy, cache, want_dx=True):
        return super().backward(p, g, dy[:, ::-1, ::-1], cache)[:, ::-1, ::-1]


class AllMaxima(MaxPool2d):
    """x: (C, H, W, N) -> y: (C, oh, ow, N), the gradient to each of several equal ones"""

    def forward(self, p, x, mode=EVAL):
        y = super().forward(p, x, mode)[0]
        return y, (x, y)

    def backward(self, p, g, dy, cache, want_dx=True):
        x, y = cache
        win = self.windows(*x.shape[1:3])
        dx = np.zeros_like(x)
        for i, j in win.places():
            part = win.at(dx, i, j)
            part += dy * (win.at(x, i, j) == y)
        return dx


class WrongSideOfZero(ReLU):
    """(..., N) -> (..., N), whose gradient at 0 is 1"""

    def forward(self, p, x, mode=None):
        return np.clip(x, 0, np.inf), x

    def backward(self, p, g, dy, x, want_dx=True):
        return dy * (x >= 0)


class WrongShape(Flatten):
    """(C, H, W, N) -> (C·H·W, N)"""

    def forward(self, p, x, mode=None):
        return x.reshape(-1, 2 * x.shape[-1]), x.shape


class MixesSamples(LayerNorm):
    """(..., N) -> (..., N)"""

    def forward(self, p, x, mode=None):
        return super().forward(p, x - x.mean(axis=-1, keepdims=True))


class NeedsContiguous(Dense):
    """(in, N) -> (units, N)"""

    def backward(self, p, g, dy, x, want_dx=True):
        flat = np.lib.stride_tricks.as_strided(x, x.shape, (x.shape[1] * 8, 8))
        return super().backward(p, g, dy, flat, want_dx)


class TwoForOneBatch(BatchNorm):
    """(features, N) -> (features, N)"""

    def forward(self, p, x, mode=None):
        y, cache = super().forward(p, x, mode)
        return y, cache._replace(var=None if cache.var is None else cache.var * (x.shape[-1] - 1) / x.shape[-1])


class ChangesItself(ReLU):
    """(..., N) -> (..., N), its cache in the layer, where two threads would share it"""

    def forward(self, p, x, mode=None):
        y = np.clip(x, 0, np.inf)
        object.__setattr__(self, "seen", y)
        return y, None

    def backward(self, p, g, dy, cache, want_dx=True):
        return dy * (self.seen > 0)


@dataclass(frozen=True, repr=False)
class LosesField(ReLU):
    """(..., N) -> (..., N)"""

    slope: float = 0.1

    def __repr__(self):
        return "ReLU()"


FLAT, PICTURE = (7,), (2, 5, 6)
PLANTED = {
    AddsGradient: (Case(AddsGradient(3), FLAT), "law_backward_writes_and_never_adds"),
    WorksInPlace: (Case(WorksInPlace(), FLAT), "law_inputs_stay_untouched"),
    SpoilsDy: (Case(SpoilsDy(), FLAT), "law_inputs_stay_untouched"),
    SpoilsCache: (Case(SpoilsCache(), FLAT), "law_backward_leaves_the_cache"),
    Promotes: (Case(Promotes(), FLAT), "law_dtype_is_kept"),
    PromotesBackward: (Case(PromotesBackward(), FLAT), "law_dtype_is_kept"),
    DropsAlways: (Case(DropsAlways(), FLAT), "law_eval_has_no_randomness"),
    DropsByHistory: (Case(DropsByHistory(), FLAT), "law_training_is_a_function_of_the_address"),
    ForgetsGradientWithoutDx: (Case(ForgetsGradientWithoutDx(3), FLAT), "law_gradients_do_not_depend_on_want_dx"),
    LastMaximum: (Case(LastMaximum((5, 6)), PICTURE), "law_equals_its_slow_twin"),
    AllMaxima: (Case(AllMaxima(2), PICTURE), "law_equals_its_slow_twin"),
    WrongSideOfZero: (Case(WrongSideOfZero(), FLAT), "law_equals_its_slow_twin"),
    WrongShape: (Case(WrongShape(), FLAT, 2), "law_shape_is_as_built"),
    MixesSamples: (Case(MixesSamples(), FLAT), "law_samples_do_not_meet_outside_training"),
    NeedsContiguous: (Case(NeedsContiguous(3), FLAT), "law_memory_layout_does_not_matter"),
    TwoForOneBatch: (Case(TwoForOneBatch(), FLAT), "law_equals_its_slow_twin"),
    ChangesItself: (Case(ChangesItself(), FLAT), "law_calls_do_not_meet"),
    LosesField: (Case(LosesField(0.2), FLAT), "law_repr_is_source"),
}


@pytest.mark.parametrize("wrong", PLANTED, ids=lambda wrong: wrong.__name__)
def test_law_finds_out(wrong, monkeypatch):
    case, law = PLANTED[wrong]
    monkeypatch.setitem(NAIVE, wrong.__name__, NAIVE[wrong.__mro__[1].__name__])
    # a spoilt input must be seen by its numbers; some others break on the way
    with pytest.raises(AssertionError if law == "law_inputs_stay_untouched" else (AssertionError, ValueError)):
        LAWS[law](case)
