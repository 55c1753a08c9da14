"""steps.jsonl: every step is in it, in few lines, and it is whole however often the run was stopped or killed."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from numnist import Recipe, Step
from numnist.experiment import run as run_module, steps as steps_module
from numnist.experiment.run import Run
from numnist.experiment.steps import LINES, StepLog, paired, read_steps, running_mean
from tests.small import MLP, dataset

RECIPE = Recipe("tiny", "a title", "bands", MLP, epochs=3, batch_size=16)
FOLDER = Path("a")


def log(count, stops=(), epoch_steps=100):
    """The lines of so many steps; at each stop the log is written and read again."""
    rng = np.random.default_rng(0)
    found = StepLog(epoch_steps)
    for step, (loss, accuracy) in enumerate(rng.uniform(0, 1, (count, 2)).tolist(), 1):
        found.add(step, loss, accuracy)
        if step in stops:
            found.stage(FOLDER)
            steps_module.commit(FOLDER)
            found = StepLog(epoch_steps, read_steps(FOLDER))
    return found.lines()


def events(run):
    return [event for event in run.events() if isinstance(event, Step)]


def test_a_short_run_has_a_line_for_each_step():
    run = Run.create(RECIPE, dataset(), FOLDER)
    told = events(run)
    lines = read_steps(FOLDER)
    assert [line.step for line in lines] == [event.step for event in told] == list(range(1, len(told) + 1))
    assert [line.loss for line in lines] == pytest.approx([event.loss for event in told], rel=1e-5)  # 6 digits
    assert [line.accuracy for line in lines] == pytest.approx([event.accuracy for event in told], rel=1e-5)
    assert {line.steps for line in lines} == {1}
    assert [line.epoch for line in lines if line.epoch == int(line.epoch)] == [1, 2, 3]
    assert not (FOLDER / "steps.next.jsonl").exists()


@pytest.mark.parametrize("count", [1, LINES - 1, LINES, LINES + 1, 3 * LINES, 4 * LINES + 777])
def test_a_long_run_has_few_lines_and_every_step_is_in_one_of_them(count):
    lines = log(count)
    assert sum(line.steps for line in lines) == count == lines[-1].step
    assert count / 2 <= len(lines) * max(line.steps for line in lines)
    assert len(lines) < LINES + 20, "and the parts of a line that is not full yet"
    ends = np.cumsum([line.steps for line in lines])
    assert [line.step for line in lines] == ends.tolist()
    raw = np.random.default_rng(0).uniform(0, 1, (count, 2))
    for line, part in zip(lines, np.split(raw, ends[:-1])):
        (loss, accuracy), low, high = part.mean(0), part.min(0), part.max(0)
        extremes = line.lowest_loss, line.lowest_accuracy, line.highest_loss, line.highest_accuracy
        # each of at most three means is rounded to 6 digits
        assert (line.loss, line.accuracy, *extremes) == pytest.approx((loss, accuracy, *low, *high), rel=1e-5)
        assert line.epoch == pytest.approx(line.step / 100)


@pytest.mark.parametrize("count", [7, LINES + 3, 2 * LINES + 1_501])
def test_lines_depend_on_the_steps_alone_not_on_stops(count):
    FOLDER.mkdir()
    stops = {1, 5, 6, LINES - 1, LINES, LINES + 1, LINES + 2, 2 * LINES + 7}
    assert log(count, stops) == log(count)


@pytest.mark.parametrize("stop", [1, 6, 9, 16])
def test_a_run_stopped_and_resumed_leaves_the_file_of_one_never_stopped(stop):
    list(Run.create(RECIPE, dataset(), Path("whole")).events())
    started = Run.create(RECIPE, dataset(), FOLDER).events()
    list(islice(started, stop))
    started.close()
    list(Run.open(FOLDER, dataset()).events())
    assert (FOLDER / "steps.jsonl").read_bytes() == Path("whole/steps.jsonl").read_bytes()


@pytest.mark.parametrize("moment", ["stage", "save_checkpoint", "commit"])
@pytest.mark.parametrize("after", [False, True])
def test_a_run_killed_between_two_writes_leaves_the_same_file_too(monkeypatch, moment, after):
    list(Run.create(RECIPE, dataset(), Path("whole")).events())
    run, where = Run.create(RECIPE, dataset(), FOLDER), StepLog if moment == "stage" else run_module
    write = getattr(where, moment)

    def die(*arguments):
        if run.state.step and len(run.state.history) == 2:
            if after:
                write(*arguments)
            raise SystemExit
        write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(where, moment, die)
        with pytest.raises(SystemExit):
            list(run.events())
    list(Run.open(FOLDER, dataset()).events())
    assert (FOLDER / "steps.jsonl").read_bytes() == Path("whole/steps.jsonl").read_bytes()


def test_a_run_killed_after_its_last_checkpoint_has_its_steps_once_it_is_opened(monkeypatch):
    run = Run.create(RECIPE, dataset(), FOLDER)
    monkeypatch.setattr(run_module, "commit", lambda _: None)
    count = len(events(run))
    Run.open(FOLDER, dataset())
    assert read_steps(FOLDER)[-1].step == count


def test_steps_of_another_moment_are_not_taken_up(monkeypatch):
    list(Run.create(RECIPE, dataset(), FOLDER).events())
    text = (FOLDER / "steps.jsonl").read_text().splitlines()
    (FOLDER / "steps.jsonl").write_text("\n".join(text[:-1]) + "\n")
    run = Run.open(FOLDER, dataset(), epochs=4)
    first = len(text) + 1
    list(run.events())
    assert read_steps(FOLDER)[0].step == first, "no gap is bridged"


def test_a_longer_run_goes_on_in_the_same_file():
    list(Run.create(RECIPE, dataset(), FOLDER).events())
    before = (FOLDER / "steps.jsonl").read_text()
    list(Run.open(FOLDER, dataset(), epochs=5).events())
    assert (FOLDER / "steps.jsonl").read_text().startswith(before)
    list(Run.create(replace(RECIPE, epochs=5), dataset(), Path("whole")).events())
    assert (FOLDER / "steps.jsonl").read_bytes() == Path("whole/steps.jsonl").read_bytes()


def test_a_line_is_plain_json():
    list(Run.create(RECIPE, dataset(), FOLDER).events())
    first = json.loads((FOLDER / "steps.jsonl").read_text().splitlines()[0])
    assert list(first) == [
        "step", "steps", "epoch", "loss", "lowest_loss", "highest_loss", "accuracy", "lowest_accuracy",
        "highest_accuracy",
    ]  # fmt: skip


def test_pairs_keep_a_last_line_without_a_partner():
    lines = log(5)
    assert [line.steps for line in paired(lines)] == [2, 2, 1]


def test_the_running_mean_is_centred_begins_with_the_first_and_ends_with_several():
    straight = [float(k) for k in range(200)]
    means = running_mean(straight)
    assert means[:195] == pytest.approx(straight[:195])  # 5 neighbours on either side
    assert means[-1] == pytest.approx(sum(straight[-6:]) / 6)
    assert running_mean([3, 0, 3, 0, 0, 4], half=1) == pytest.approx([3, 2, 1, 1, 4 / 3, 2])
    assert running_mean([5.0]) == [5.0]
    assert running_mean([]) == []
