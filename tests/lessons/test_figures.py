"""What lessons measure: the promised fields, from the clock that they are given, and numbers that are right."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps

import numpy as np
import pytest

from numnist import DataError, Dense, Flatten, ReLU, Sequential, UsageError
from numnist.experiment.recipe import load_recipe
from numnist.lessons import (
    DRAWN,
    Curves,
    backpropagation,
    better_training,
    convolution,
    lesson,
    numerical_gradient,
    pretrained_weights,
)
from numnist.lessons.shared import gradient_of
from numnist.lessons.short_trainings import ShortTrainings, histogram, with_batch_norm, with_dropout, with_initializer
from numnist.model.model import load_model
from numnist.model.pretrained import pretrained_path
from numnist.nn import BatchNorm, Conv2d, Dropout, Normal
from tests.lessons.small_lessons import context, digits, split_up

PRETRAINED = pretrained_path("lesson-0")


def test_the_pretrained_weights_are_the_recipes_network_in_a_small_file():
    model = load_model(PRETRAINED)
    assert model.network == load_recipe("lesson-0").network
    assert model.about["result"]["recipe"] == "lesson-0"
    assert PRETRAINED.stat().st_size <= 200_000


def test_lesson_0_reads_drawn_digits_with_weights_from_real_ones():
    _, figures = split_up(pretrained_weights.lesson(context(0), one_by_one=20, rounds=3))
    assert figures["accuracy"]["accuracy"] > 0.75  # 60 digits that it has never seen the like of
    assert figures["accuracy"]["count"] == 60
    assert abs(sum(figures["one_picture"]["probabilities"]) - 1) < 1e-6  # ten float32 of 7 digits
    batch = figures["batch"]
    assert batch["equal"]
    assert batch["pictures"] == 20
    assert (batch["alone_seconds"], batch["together_seconds"], batch["factor"]) == (1, 1, 1)  # ticks of the clock


def test_lesson_0_refuses_pictures_that_are_no_digits():
    shirts = replace(digits(), classes=tuple("abcdefghij"))
    with pytest.raises(DataError, match="digits 0 to 9"):
        next(pretrained_weights.lesson(replace(context(0), data=shirts)))


def test_lesson_1_descends_as_backpropagation_would():
    here = context(1)
    _, figures = split_up(numerical_gradient.lesson(here, pictures=4, iterations=2, moved=20))
    model = here.float64_model()
    x, labels = here.batch(model, 4)
    losses = []
    for _ in range(3):
        loss, gradient = gradient_of(model, x, labels)
        losses.append(loss)
        model.theta -= 0.1 * gradient
    assert losses[0] > losses[1] > losses[2]
    np.testing.assert_allclose(figures["done"]["losses"], losses, rtol=1e-9)  # differences are right to 1e-10


def test_lesson_1_projects_what_its_clock_says():
    _, figures = split_up(numerical_gradient.lesson(context(1), pictures=4, iterations=1, moved=20))
    assert figures["done"]["seconds"] == [1]
    projected = figures["projected"]
    assert projected["seconds_a_derivative"] == 1 / 20
    assert projected["seconds_an_iteration"] == projected["parameters"] / 20
    assert projected["seconds_an_epoch"] == projected["seconds_an_iteration"] * 6  # 120 pictures, 20 a batch
    assert projected["seconds_in_all"] == projected["seconds_an_iteration"] * 10_000
    assert projected["published_seconds_an_iteration"] == 120


def test_lesson_1_counts_the_last_batch_of_an_epoch_though_it_is_smaller():
    here = context(1, batch_size=50)  # of 120 pictures
    projected = split_up(numerical_gradient.lesson(here, pictures=4, iterations=1, moved=20))[1]["projected"]
    assert projected["seconds_an_epoch"] == projected["seconds_an_iteration"] * 3


def test_a_measured_time_is_the_median_of_all_rounds_but_the_first():
    times = iter([0, 5, 10, 19, 20, 22])  # rounds of 5, 9 and 2; nothing looks at the clock while it warms up
    here = replace(context(1), clock=lambda: next(times))
    calls = []
    assert here.seconds(lambda: calls.append(1), 3) == 5
    assert len(calls) == 4


def test_lesson_3_evaluates_on_pictures_that_it_has_not_trained_on():
    here = context(3)
    assert np.array_equal(ShortTrainings(here, 50).held_out.x, here.data.validation.x[:50])
    bare = replace(here, data=replace(here.data, validation=here.data.validation[:0]))
    assert np.array_equal(ShortTrainings(bare, 50).held_out.x, here.data.test.x[:50])


def lesson_2(**more):
    return split_up(backpropagation.lesson(context(2), pictures=4, moved=20, rounds=3, **more))[1]


def test_lesson_2_finds_both_gradients_equal_in_every_array():
    gradients = lesson_2()["gradients"]
    assert list(gradients["arrays"]) == ["1.w", "3.w", "1.b", "3.b"]
    assert gradients["arrays"]["1.w"]["compared"] == 3 * 784  # all of them
    assert gradients["equal"]
    # 1e-9: rounding 1e-16 · loss / h = 2e-11, some 50 times; the lesson promises 1e-7
    assert 0 < gradients["largest_difference"] <= 1e-9


def test_lesson_2_sees_a_wrong_gradient(monkeypatch):
    right = Dense.backward

    @wraps(right)  # the lesson quotes what it wraps
    def wrong(self, p, g, dy, cache, want_dx=True):
        dx = right(self, p, g, dy, cache, want_dx)
        g.w *= 1.001
        return dx

    monkeypatch.setattr(Dense, "backward", wrong)
    assert not lesson_2(compared=50)["gradients"]["equal"]


def test_lesson_2_measures_and_trains():
    figures = lesson_2(compared=10)
    speed, training = figures["speed"], figures["training"]
    assert speed["numerical_seconds"] == speed["parameters"] / 20
    assert speed["backpropagation_seconds"] == 1
    assert speed["factor"] == speed["parameters"] / 20
    assert speed["published_factor"] == 120
    assert training["steps"] == 6
    assert [epoch["epoch"] for epoch in training["epochs"]] == [1]
    assert 0 <= training["test_accuracy"] <= 1


def test_lesson_3_gives_all_the_same_start_and_batches():
    _, figures = split_up(better_training.lesson(context(3), steps=10, few=40, few_steps=4, held_out=60))
    assert list(figures["optimizers"]) == ["SGD", "Momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam"]
    assert list(figures["starts"]) == ["std 0.01", "Glorot", "He"]
    sgd, he = figures["optimizers"]["SGD"], figures["starts"]["He"]  # the recipe's weights are He's: one experiment
    assert sgd["losses"]["10"] == he["loss"]
    assert sgd["unseen_accuracy"] == he["unseen_accuracy"]
    assert figures["batch_norm"]["He, without"]["loss"] == he["loss"]
    assert list(figures["dropout"]) == ["0", "0.2", "0.5"]
    assert figures["optimizers"]["Adam"]["seconds"] == 1


def test_lesson_3_shows_the_signal_fading_from_weights_too_small_and_not_from_hes():
    _, figures = split_up(better_training.lesson(context(3, units=100), steps=1, few=20, few_steps=1, held_out=20))
    small, he = (figures["starts"][name]["std"] for name in ("std 0.01", "He"))
    assert len(small) == len(he) == 4
    assert small[3] < 0.01 * small[0]
    assert 0.5 < he[3] / he[0] < 2


def test_networks_are_changed_where_they_should():
    layers = [Flatten(), Dense(5), ReLU(), Dense(10)]
    assert with_initializer(layers, Normal(0.5))[1] == Dense(5, initializer=Normal(0.5))
    assert list(with_batch_norm(layers)) == [Flatten(), Dense(5), BatchNorm(), ReLU(), Dense(10)]
    assert list(with_dropout(layers, 0.2)) == [Flatten(), Dense(5), ReLU(), Dropout(0.2), Dense(10)]


def test_a_histogram_is_as_high_as_its_fullest_bin():
    assert histogram(np.array([0.01] * 8 + [1.49] * 4 + [2.99, 70.0])) == "█          ▄           ▂"
    assert histogram(np.zeros(0)) == " " * 24


def test_lesson_4_shows_columns_that_are_the_convolution():
    _, figures = split_up(convolution.lesson(context(4), batch=2, rounds=1))
    tiny, speed = figures["tiny"], figures["speed"]
    assert np.array(tiny["columns"])[:, 0].tolist() == [1, 2, 5, 6]  # what the first output sees
    assert np.shape(tiny["columns"]) == (4, 9)
    assert tiny["equal"]
    assert np.sum(tiny["dx"]) == (1 + 2 + 3) * (1 - 1 + 2 + 0)  # every dy hands on every weight once
    assert speed["equal"]
    assert speed["largest_difference"] <= 1e-14  # 50 terms of float64, 1e-16 each; the lesson promises 1e-12
    assert (speed["loops_seconds"], speed["im2col_seconds"], speed["factor"]) == (1, 0.5, 2)
    assert figures["course"]["projected_seconds"] == figures["training"]["seconds"] * 20
    assert figures["course"]["published_seconds"] == 960


def test_lesson_4_sees_a_convolution_that_differs_from_its_loops(monkeypatch):
    right = Conv2d.forward

    @wraps(right)  # the lesson quotes what it wraps
    def wrong(self, p, x, mode=None):
        y, cache = right(self, p, x)
        return y * (1 + 1e-9), cache

    monkeypatch.setattr(Conv2d, "forward", wrong)
    figures = split_up(convolution.lesson(context(4), batch=2, rounds=1))[1]
    assert not figures["speed"]["equal"]
    assert not figures["tiny"]["equal"]


def test_lesson_4_refuses_a_network_without_convolution():
    here = context(4, network=Sequential(Flatten(), Dense(10)))
    with pytest.raises(UsageError, match="no Conv2d"):
        next(convolution.lesson(here))


def curves_of(lesson):
    return {part.title: part for part in lesson if isinstance(part, Curves)}


def test_lesson_3_has_a_curve_for_each_training():
    found = curves_of(better_training.lesson(context(3), steps=6, few=40, few_steps=4, held_out=20))
    assert list(found) == ["Optimizers", "Initial weights", "Batch norm", "Dropout, 40 pictures"]
    assert [len(panel.curves) for panel in found.values()] == [6, 3, 4, 3]
    for title, panel in found.items():
        assert panel.unit == "step"
        for curve in panel.curves.values():
            assert curve.epochs == tuple(range(1, (5 if "Dropout" in title else 7)))
            assert curve.lows == curve.highs
            assert curve.values[0] == curve.lows[0]


def test_a_lesson_that_trains_a_recipe_has_its_learning_curves_and_those_that_do_not_have_none():
    here = context(4, epochs=2)
    found = curves_of(lesson(4, here))
    steps = 2 * -(-len(here.data.train) // 20)
    for what in ("Loss", "Accuracy"):
        curves = found[what].curves
        assert (len(curves["training"].values), len(curves["validation"].values)) == (steps, 2)
        assert found[what].percent == (what == "Accuracy")
    assert curves_of(lesson(2, context(2))).keys() == found.keys()
    assert curves_of(numerical_gradient.lesson(context(1), pictures=2, iterations=1, moved=2)) == {}
    assert DRAWN == (2, 3, 4)
