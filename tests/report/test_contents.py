"""The contents of a report: evaluation, times, filters, examples, and the command that repeats a run."""

from __future__ import annotations

from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from numnist import (
    SGD,
    AdamW,
    Augment,
    CosineDecay,
    DataError,
    Dense,
    Flatten,
    Model,
    ModelFileError,
    Sequential,
    SoftmaxCrossEntropy,
    StepDecay,
    load_recipe,
)  # fmt: skip
from numnist.evaluation.calibration import Calibration
from numnist.experiment.run import Run
from numnist.experiment.sweeps.record import Group
from numnist.nn.losses import MulticlassSVM
from numnist.report.page.charts import decade_ticks, nice_ticks, whole_ticks
from numnist.report.page.contents import read_contents
from numnist.report.page.repeat import train_command
from numnist.report.page.sections.evaluation import calibration
from numnist.report.page.sections.run import other_weights
from numnist.report.page.thumbnails import fair_share
from numnist.report.page.timing import time_by_layer
from numnist.report.sweep.seeds import seed_rows
from numnist.support.environment import environment
from tests.report.sample_runs import FOLDER, made, without
from tests.small import CONV, dataset


@pytest.mark.parametrize(("right", "words"), [(6, "overconfident"), (10, "underconfident")])
def test_whether_confidence_is_too_high_or_too_low_is_said(right, words):
    found = Calibration.of(np.full(10, 0.8), np.arange(10) < right)
    section = calibration(SimpleNamespace(recipe=SimpleNamespace(loss=SoftmaxCrossEntropy())), found)
    text = "".join(section.content)
    assert f"it is {words}." in text
    assert "20.00 points" in text


def test_an_interval_of_accuracies_ends_at_100_percent_and_one_of_seconds_does_not():
    trials = [
        {
            "state": "complete",
            "seed": seed,
            "validation_accuracy": accuracy,
            "test_accuracy": None,
            "train_seconds": 5.0,
        }
        for seed, accuracy in enumerate((0.97, 1.0))
    ]
    accuracy, seconds = seed_rows(Group({}, tuple(trials)))
    assert [each.rpartition(" – ")[2] for each in accuracy[3:]] == ["100.00%", "100.00%"]
    assert seconds[1:] == ["5.0 s", "0 ms", "5.0 s – 5.0 s", "5.0 s – 5.0 s"]


def ticking():
    """A clock that goes on by a second each time somebody looks."""
    seconds = count()
    return lambda: next(seconds)


def test_each_layer_is_timed_once_forward_and_once_backward():
    model = Model(CONV, dataset())
    times = time_by_layer(model, dataset().train[:20], SoftmaxCrossEntropy(), clock=ticking())
    assert [layer for step in times for layer in step.layers] == list(CONV.layers)
    assert {(step.forward, step.backward, step.total) for step in times} == {(1000, 1000, 2000)}


def test_a_time_is_the_median_of_all_runs_but_the_first():
    model = Model(Sequential(Flatten(), Dense(4)), dataset())
    lengths = iter([100, 1, 1, 100, 3, 3, 5, 5, 100, 1, 1, 7, 4, 4, 9, 6])  # a run: Flatten, Dense, and back
    now = 0.0
    stops = []

    def clock() -> float:
        nonlocal now
        stops.append(now)
        now += next(lengths) / 1000 if len(stops) % 2 else 0
        return stops[-1]

    first, second = time_by_layer(model, dataset().train[:5], SoftmaxCrossEntropy(), runs=4, clock=clock)
    assert (first.forward, second.forward) == (pytest.approx(4), pytest.approx(3))
    assert (first.backward, second.backward) == (pytest.approx(6), pytest.approx(5))


def test_timing_leaves_the_model_as_it_was():
    model = Model(CONV, dataset())
    before = model.weights_sha256
    time_by_layer(model, dataset().train[:20], SoftmaxCrossEntropy(), runs=2)
    assert model.weights_sha256 == before


def test_a_fair_share_takes_the_first_of_every_group_before_the_second_of_any():
    groups = {"a": np.arange(9), "b": np.arange(2), "c": np.arange(5)}
    sizes = {most: [len(group) for group in fair_share(groups, 6, most).values()] for most in (0, 3, 8, 99)}
    assert sizes == {0: [1, 1, 1], 3: [1, 1, 1], 8: [3, 2, 3], 99: [6, 2, 5]}


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0.9812, 0.9926), (0.31, 0.62), (3, 3), (0, 0), (1e-9, 4e5), (-2, 7)]
)
def test_ticks_are_round_and_enclose_the_values(low, high):
    ticks = nice_ticks(low, high)
    assert ticks[0] <= low + 1e-9  # ticks are rounded to 12 digits
    assert high - 1e-9 <= ticks[-1]
    assert 2 <= len(ticks) <= 7
    assert len({round(b - a, 9) for a, b in pairwise(ticks)}) == 1


@pytest.mark.parametrize(("low", "high"), [(0.001, 4.0), (0.5, 30), (1, 100), (2e-7, 3)])
def test_ticks_of_a_logarithmic_scale_enclose_the_values(low, high):
    ticks = decade_ticks(low, high)
    assert ticks[0] <= low
    assert high <= ticks[-1]
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize("epochs", [1, 2, 7, 8, 12, 70, 105, 1000])
def test_the_first_and_last_epoch_are_always_written(epochs):
    ticks = whole_ticks(epochs)
    assert ticks[0] == 1
    assert ticks[-1] == epochs
    assert len(ticks) <= 10
    assert ticks == sorted(set(ticks))


QUICK = replace(load_recipe("quick"), lanes=2, shard=128)
TOLD = {
    "": {},
    "--epochs 5 --batch-size 64": {"epochs": 5, "batch_size": 64},
    "--learning-rate 0.02": {"optimizer": replace(QUICK.optimizer, learning_rate=0.02)},
    "--optimizer SGD --learning-rate 0.1": {"optimizer": SGD(0.1)},
    "--optimizer AdamW": {"optimizer": AdamW()},
    "--schedule CosineDecay": {"schedule": CosineDecay()},
    "--loss MulticlassSVM": {"loss": MulticlassSVM()},
    "--augment rotation=15.0 flip": {"augment": Augment(rotation=15.0, flip=True)},
    "--size 20 24": {"size": (20, 24)},
}


@pytest.mark.parametrize("words", TOLD)
def test_what_a_run_changes_of_its_recipe_stands_in_its_command(words):
    recipe = replace(QUICK, **TOLD[words])
    ends = ["--seed", "0", "--lanes", "2", "--shard", "128"]
    found = train_command(recipe, Path("config.toml")).split()
    assert found == ["numnist", "train", "quick", "--dataset", "mnist", *words.split(), *ends]


UNTOLD = {
    "a network of one's own": {"network": Sequential(Flatten(), Dense(10))},
    "a name that no recipe has": {"name": "mine"},
    "an optimizer's inner numbers": {"optimizer": replace(QUICK.optimizer, beta1=0.5)},
    "a schedule's numbers": {"schedule": StepDecay(0.3)},
    "a loss with options": {"loss": MulticlassSVM(squared=True)},
}


@pytest.mark.parametrize("changes", UNTOLD.values(), ids=UNTOLD)
def test_what_no_option_says_is_left_to_the_config(changes):
    recipe = replace(QUICK, **changes)
    assert train_command(recipe, Path("my runs/config.toml")) == "numnist train 'my runs/config.toml'"


def test_an_evaluation_at_hand_is_not_repeated_and_is_the_same():
    run = made(dataset())
    own = read_contents(FOLDER, dataset()).evaluation
    given = read_contents(FOLDER, dataset(), evaluation=run.evaluation).evaluation
    assert np.array_equal(own.probabilities, given.probabilities)
    other = replace(run.evaluation, logits=run.evaluation.logits[:, ::-1])
    assert read_contents(FOLDER, dataset(), evaluation=other).evaluation is other


def test_a_run_that_began_with_weights_says_so_in_its_command():
    assert train_command(QUICK, Path("c.toml"), "runs/quick-1").endswith("--from runs/quick-1")


def test_contents_are_those_of_the_run():
    run = made(dataset(), epochs=3)
    contents = read_contents(FOLDER, dataset())
    assert contents.finished
    assert list(contents.history.epochs) == run.state.history
    assert contents.model.weights_sha256 == run.model.weights_sha256
    assert (contents.split, contents.evaluation.accuracy) == ("test", run.evaluation.accuracy)
    assert contents.evaluation.confusion.tolist() == run.evaluation.confusion.tolist()
    assert len(contents.shard) == 50


def test_without_test_pictures_the_validation_pictures_are_evaluated():
    data = without(dataset(), "test")
    made(data)
    contents = read_contents(FOLDER, data)
    assert contents.split == "validation"
    assert contents.evaluation.count == len(data.validation)


def test_without_either_nothing_is_evaluated():
    data = without(dataset(), "test", "validation")
    made(data)
    contents = read_contents(FOLDER, data)
    assert (contents.split, contents.evaluation) == (None, None)
    assert contents.example()[0] is data.train


def test_a_stopped_run_tells_what_is_known_so_far():
    made(dataset(), stop=6, epochs=9)  # 2 steps and an epoch, twice
    contents = read_contents(FOLDER, dataset())
    assert not contents.finished
    assert len(contents.history.epochs) == 2
    assert contents.evaluation.count == 30


def test_a_run_that_was_given_more_epochs_is_not_finished_though_it_has_its_old_result():
    made(dataset(), epochs=1)
    assert read_contents(FOLDER, dataset()).finished
    Run.open(FOLDER, dataset(), epochs=2)
    contents = read_contents(FOLDER, dataset())
    assert (contents.finished, len(contents.history.epochs)) == (False, 1)


def test_a_run_is_complete_where_it_trained_as_long_as_its_recipe_says():
    made(dataset(), Path("whole"), epochs=2)
    made(dataset(), Path("stalled"), epochs=30, patience=2)
    made(dataset(), Path("learnt"), epochs=60, overfit=True)
    assert len(read_contents(Path("learnt"), dataset()).history.epochs) < 60
    run = made(dataset(), Path("stopped"), epochs=3, stop=4)
    assert not read_contents(Path("stopped"), dataset()).finished
    run.evaluate()
    stopped = read_contents(Path("stopped"), dataset())
    assert stopped.finished
    assert not stopped.complete
    assert all(read_contents(Path(name), dataset()).complete for name in ("whole", "stalled", "learnt"))


def test_a_run_resumed_with_another_blas_may_have_other_weights():
    made(dataset(), epochs=1)
    config = FOLDER / "config.toml"
    Run.open(FOLDER, dataset())
    assert list(other_weights(read_contents(FOLDER, dataset()))) == []
    text = config.read_text()
    here = environment()["blas"]
    head, _, resumed = text.rpartition(f'blas = "{here}"')
    config.write_text(f'{head}blas = "another"{resumed}')
    assert list(other_weights(read_contents(FOLDER, dataset()))) == ["It was resumed with another BLAS."]


def test_a_run_without_an_epoch_has_nothing_to_tell():
    made(dataset(), stop=1)
    with pytest.raises(ModelFileError, match="numnist resume"):
        read_contents(FOLDER, dataset())


def test_other_data_are_refused():
    made(dataset())
    with pytest.raises(DataError, match="would mislead"):
        read_contents(FOLDER, dataset(train=80))


def test_with_patience_the_kept_epoch_is_the_best():
    run = made(dataset(), epochs=30, patience=2)
    accuracies = [record["validation_accuracy"] for record in run.state.history]
    contents = read_contents(FOLDER, dataset())
    assert contents.kept_epoch == run.state.best_epoch < len(accuracies)


def test_filters_are_those_before_the_first_step_and_the_last():
    run = made(dataset())
    filters = read_contents(FOLDER, dataset()).filters()
    fresh = Model(run.recipe.network, dataset(), seed=run.recipe.seed)
    for moment, model in (("start", fresh), ("trained", run.model)):
        assert np.allclose(filters[moment], model.p[0].w, atol=1e-3), "because they are kept as float16"


def test_filters_of_a_run_that_began_with_weights_are_never_another_start():
    made(dataset(), Path("runs/first"), epochs=2)
    recipe = replace(load_recipe("runs/first/config.toml"), seed=9)
    run = Run.create(recipe, dataset(), FOLDER, start=Path("runs/first"))
    list(run.events())
    run.evaluate()
    (FOLDER / "filters.safetensors").unlink(missing_ok=True)
    assert list(read_contents(FOLDER, dataset()).filters()) == ["trained"]


def test_the_example_is_classified_correctly_if_any_is():
    data = dataset()
    made(data, epochs=3)
    contents = read_contents(FOLDER, data)
    split, index = contents.example()
    assert contents.evaluation.predicted[index] == split.labels[index]
