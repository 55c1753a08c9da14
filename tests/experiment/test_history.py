"""A run's history: read from its folder, and labelled by what its recipe differs in."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from numnist import SGD, Adam, ModelFileError
from numnist.experiment.history import differences, read_history
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.experiment.run import Run
from tests.report.sample_figures import MLP_QUICK, history
from tests.small import MLP, dataset

RECIPE = Recipe("tiny", "a title", "bands", MLP, epochs=2, batch_size=32)


def test_a_run_is_read_while_it_trains_and_when_it_is_judged():
    run = Run.create(RECIPE, dataset(), Path("a"))
    events = run.events()
    list(islice(events, 5))  # four steps and the first epoch
    early = read_history(Path("a"))
    assert early.epochs == tuple(run.state.history)
    assert early.reached() == {
        "pictures": "validation", "accuracy": early.epochs[0]["validation_accuracy"], "confidence_interval": None
    }  # fmt: skip
    list(events)
    judged = run.evaluate()
    late = read_history(Path("a"))
    assert late.curve("loss") == [line["loss"] for line in run.state.history]
    assert len(late.curve("loss")) == 2
    assert late.reached() == {
        "pictures": "test", "accuracy": judged["test_accuracy"], "confidence_interval": judged["confidence_interval"]
    }  # fmt: skip


def test_a_run_without_metrics_is_refused_with_what_to_do():
    Run.create(RECIPE, dataset(), Path("a"))
    with pytest.raises(ModelFileError, match="numnist resume a"):
        read_history(Path("a"))
    with pytest.raises(ModelFileError, match="no run folder"):
        read_history(Path())


def test_metrics_that_are_no_json_are_refused():
    Run.create(RECIPE, dataset(), Path("a"))
    Path("a/metrics.jsonl").write_text("{")
    with pytest.raises(ModelFileError, match=r"metrics\.jsonl"):
        read_history(Path("a"))


def test_steps_that_are_none_are_refused():
    list(Run.create(RECIPE, dataset(), Path("a")).events())
    for text in ("{", '{"step": 3}', "[]"):
        Path("a/steps.jsonl").write_text(text)
        with pytest.raises(ModelFileError, match=r"steps\.jsonl"):
            read_history(Path("a"))


def test_training_is_drawn_by_step_and_by_epoch_where_its_first_steps_are_not_known():
    run = history(epochs=2, epoch_steps=30)
    curve = run.training("loss")
    assert len(curve.values) == len(curve.lows) == 60
    assert (curve.epochs[0], curve.epochs[-1]) == (0, pytest.approx(2 - 1 / 30))
    assert curve.values[0] == run.steps[0].loss
    few = run.training("loss", most=20)
    assert len(few.values) == 15  # halved twice
    assert few.epochs[0] == pytest.approx(1.5 / 30, rel=1e-5), (
        "six digits: the middle of steps that began at 0, 1, 2 and 3"
    )
    assert (few.values[0], few.values[-1]) == (curve.values[3], curve.values[-1])
    assert few.lows[0] == min(curve.lows[:4])
    assert few.highs[-1] == max(curve.highs[-4:])
    for steps in ((), run.steps[1:]):
        by_epoch = replace(run, steps=steps).training("loss")
        assert (by_epoch.epochs, by_epoch.values, by_epoch.lows) == ((1, 2), tuple(run.curve("loss")), ())


def test_errors_are_what_is_missing_to_all():
    curve = history(epoch_steps=10).training("accuracy")
    errors = curve.errors()
    assert errors.values == pytest.approx([1 - value for value in curve.values])
    assert all(low <= high for low, high in zip(errors.lows, errors.highs))


def test_what_nobody_measured_is_an_empty_curve():
    plain = history(epochs=2)
    for line in plain.epochs:
        line["validation_accuracy"] = None
    assert plain.curve("validation_accuracy") == []
    assert replace(plain, test=None).reached()["pictures"] == "training"


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ([{"optimizer": Adam(0.002)}, {"optimizer": SGD(0.1)}],
         ["Adam, learning rate 0.002", "SGD, learning rate 0.1"]),
        ([{"optimizer": Adam(0.01)}, {"optimizer": SGD(0.01)}], ["Adam", "SGD"]),
        ([{"batch_size": 64, "seed": 1}, {"batch_size": 32, "seed": 1}], ["batch size 64", "batch size 32"]),
        ([{"epochs": 2}, {"epochs": 3}], ["2 epochs", "3 epochs"]),
        ([{}, {}], ["run 0", "run 1"]),
        ([{"seed": 1}, {"seed": 1}, {"seed": 2}], ["seed 1 (run 0)", "seed 1 (run 1)", "seed 2"]),
    ],
)  # fmt: skip
def test_runs_are_labelled_by_what_differs_the_optimizer_first(changes, labels):
    recipes = [MLP_QUICK.override(**change) for change in changes]
    assert differences([history(name=f"run {i}", recipe=recipe) for i, recipe in enumerate(recipes)]) == labels


def test_runs_of_other_networks_are_labelled_by_their_recipes():
    runs = [history(name=name, recipe=load_recipe(name)) for name in ("quick", "mlp-quick")]
    assert [label.split(",")[0] for label in differences(runs)] == ["quick", "mlp-quick"]
