"""The gradient checker catches wrong gradients of every kind, and does not accuse right ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numnist.evaluation.gradcheck import MAX_KINKS, gradcheck
from numnist.experiment.recipe import recipes
from numnist.model.model import Model
from numnist.nn import BatchNorm, Dense, Flatten, ReLU, Residual, Sequential
from numnist.nn.base import EVAL, Layer, Plan
from numnist.nn.losses import SoftmaxCrossEntropy
from numnist.support.errors import UsageError
from tests.nn.wrong_gradients import WRONG, OneEntry

# Which of several equal maxima gets the gradient cannot be seen by moving one number: there, a layer is held to its
# slow twin (tests/nn/test_planted_layers.py).


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: type(wrong).__name__)
def test_wrong_gradient_is_caught(wrong):
    for seed in range(5):
        report = gradcheck(wrong, WRONG[wrong], seed=seed, most=None)
        assert not report.ok, report
        assert not report  # so that `assert gradcheck(layer)` fails
        assert "NOT OK" in repr(report)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: type(wrong).__name__)
def test_wrong_gradient_is_caught_inside_a_network(wrong):
    network = Sequential(*([Dense(WRONG[wrong][0])] if len(WRONG[wrong]) == 1 else []), wrong, Flatten(), Dense(4))
    assert not gradcheck(network, WRONG[wrong], loss=SoftmaxCrossEntropy(), samples=5).ok


def wrong_loss(logits, labels, total=None):
    loss, dlogits = SoftmaxCrossEntropy()(logits, labels, total)
    return loss, dlogits * len(labels)  # 1/N forgotten


def test_loss_without_its_division_by_n_is_caught():
    assert not gradcheck(Flatten(), (4,), loss=wrong_loss).ok


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: type(wrong).__name__)
def test_right_gradient_is_not_accused(wrong):
    """The same layer without its fault, in many seeds."""
    right = type(wrong).__mro__[1](**{name: getattr(wrong, name) for name in wrong.__dataclass_fields__})
    for seed in range(20):
        report = gradcheck(right, WRONG[wrong], seed=seed, most=30)
        assert report, "true where report.ok is"
        assert report.ok, report
        assert report.worst < 1e-8  # gradcheck's own tolerance


# ------------------------------------------------------------------------------------------------------ kinks


class Zigzag(ReLU):
    """A line that turns back every `every`, so that the kinks are as near as one likes."""

    every = 1e-3

    def forward(self, p, x, mode=EVAL):
        turns = np.floor(x / self.every)
        down = turns % 2
        y = (x - turns * self.every) * (1 - 2 * down) + self.every * down
        return y, 1 - 2 * down

    def backward(self, p, g, dy, slope, want_dx=True):
        return dy * slope


class WrongZigzag(Zigzag):
    factor = 2.0

    def backward(self, p, g, dy, slope, want_dx=True):
        return dy * slope * self.factor


class CloseZigzag(Zigzag):
    every = 5e-5


def test_few_kinks_are_counted_and_accuse_nobody():
    reports = [gradcheck(Zigzag(), (100,), seed=seed, most=None) for seed in range(5)]
    for report in reports:
        assert report.ok, report
        assert report.worst < 1e-8  # gradcheck's own tolerance
    # a kink within 1e-5 on either side, one every 1e-3: 2% of the entries
    share = sum(r.kinks for r in reports) / sum(r.entries for r in reports)
    assert 0.01 < share < 0.03


@pytest.mark.parametrize("factor", [2.0, 0.999, -1.0, 0.0, 1 + 1e-6])
def test_kinks_hide_no_wrong_gradient(factor, monkeypatch):
    monkeypatch.setattr(WrongZigzag, "factor", factor)
    report = gradcheck(WrongZigzag(), (100,), most=None)
    assert not report.ok
    wrong = sum(entry.error > report.tolerance for entry in report.checked)
    # -1 is the slope of a kink's other side, and only there may it pass
    assert report.kinks == 0 or factor == -1
    assert wrong >= 0.97 * report.entries - report.kinks  # some derivatives are too small for 1e-6 of them to matter


def test_function_of_many_kinks_is_not_ok():
    report = gradcheck(CloseZigzag(), (100,), most=None)
    assert report.kinks > MAX_KINKS * report.entries
    assert not report.ok


def test_kinks_exactly_underfoot_are_met_as_such():
    """Where every number stands on a kink, every gradient is the slope of one side; such a check says little."""

    class Corners(ReLU):
        def forward(self, p, x, mode=EVAL):
            if not corners:
                corners.append(x.copy())
            y = np.clip(x - corners[0], 0, np.inf)
            return y, y

    corners = []
    report = gradcheck(Corners(), (9,))
    assert report.kinks == report.entries
    assert report.worst < 1e-8  # gradcheck's own tolerance
    assert not report.ok


# ------------------------------------------------------------------------------------------------------ manners


def test_bias_before_batch_norm_whose_gradient_is_0_passes():
    for seed in range(10):
        report = gradcheck(Sequential(Dense(5), BatchNorm()), (4,), seed=seed, samples=8)
        assert report.ok, report


def test_bias_before_batch_norm_with_a_gradient_is_caught():
    class Biased(Dense):
        def backward(self, p, g, dy, x, want_dx=True):
            dx = super().backward(p, g, dy, x)
            g.b += 1e-6
            return dx

    assert not gradcheck(Sequential(Biased(5), BatchNorm()), (4,), samples=8).ok


def test_report_names_arrays_as_the_plan_does():
    report = gradcheck(Sequential(Dense(3), Residual(BatchNorm())), (4,))
    assert list(report.parameters) == ["0.w", "0.b", "1.0.w", "1.0.b", "x"]  # no running statistics
    assert report.entries == 12 + 3 + 3 + 3 + 16
    assert report.worst == max(report.parameters.values())


def test_report_points_at_the_wrong_entry():
    report = gradcheck(Sequential(Flatten(), OneEntry(10)), (15,))
    text = str(report)
    assert "1.w[9, 3]: analytic" in text
    assert [line.split()[0] for line in text.splitlines() if line.endswith("wrong")] == ["1.w"]
    assert "1.w[9, 3]: analytic" in repr(report), "which pytest shows where `assert gradcheck(...)` fails"
    assert "\n" not in repr(report)


def test_most_bounds_the_work_and_none_means_all():
    assert gradcheck(Dense(20), (30,), most=10).entries == 30
    assert gradcheck(Dense(20), (30,), most=None).entries == 600 + 20 + 120


def test_same_seed_same_report():
    assert gradcheck(Dense(5), (4,), seed=3) == gradcheck(Dense(5), (4,), seed=3)
    assert gradcheck(Dense(5), (4,), seed=3) != gradcheck(Dense(5), (4,), seed=4)


def test_model_keeps_its_weights_and_type():
    model = Model(Sequential(Flatten(), Dense(6), ReLU(), Dense(4)), (1, 5, 5))
    before = model.theta.copy()
    report = gradcheck(model)
    assert report.ok, report
    assert model.theta.dtype == np.float32
    assert np.array_equal(model.theta, before)


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.name)
def test_recipes_network_is_right(recipe):
    report = gradcheck(Model(recipe.network, (1, 28, 28), seed=recipe.seed), loss=recipe.loss, samples=4, most=2)
    assert report.ok, report


def test_shape_is_asked_of_layers_only():
    with pytest.raises(UsageError, match="needs in_shape"):
        gradcheck(Dense(3))
    with pytest.raises(UsageError, match="for a layer only"):
        gradcheck(Model(Sequential(Flatten(), Dense(4)), (1, 5, 5)), (1, 5, 5))


def test_gradient_of_a_wrong_shape_is_refused():
    class Flat(ReLU):
        def backward(self, p, g, dy, cache, want_dx=True):
            return super().backward(p, g, dy, cache).reshape(-1)

    with pytest.raises(UsageError, match="for x, which is"):
        gradcheck(Flat(), (4,))


class Rounded(Layer):
    """y = x³, with noise as the rounding of long sums has: 1e-13 of y, which differs from call to call."""

    def build(self, in_shape):
        return Plan(self, in_shape, in_shape)

    def forward(self, p, x, mode=EVAL):
        noise = np.random.default_rng(np.float64(x.sum()).view(np.uint64)).uniform(-1e-13, 1e-13, x.shape)
        return x**3 * (1 + noise), x

    def backward(self, p, g, dy, x, want_dx=True):
        return self.factor * 3 * x**2 * dy

    factor = 1.0


def test_the_rounding_of_wide_layers_is_no_mistake_and_hides_none():
    class Wrong(Rounded):
        factor = 1 + 5e-8

    assert gradcheck(Rounded(), (100,), samples=2, most=None)
    report = gradcheck(Wrong(), (100,), samples=2, most=None)
    assert not report
    assert report.worst == pytest.approx(5e-8, rel=0.3)


def test_tolerance_decides():
    report = gradcheck(OneEntry(10), (15,), tolerance=1e-3)
    assert report.ok
    assert not replace(report, tolerance=1e-8).ok
