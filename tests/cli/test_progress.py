"""What a training says of its progress."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from numnist.cli.shared.progress import TrainingProgress
from numnist.data.strokes import drawing
from numnist.training.events import Epoch
from numnist.training.state import State


def after(epoch: int, epochs: int, seconds: float) -> Epoch:
    state = State(np.zeros(1), {}, seconds=seconds)
    return Epoch(epoch, epochs, 0.5, 0.9, None, None, seconds, state)


def test_the_time_left_is_that_of_the_epochs_so_far():
    assert TrainingProgress(4).line(after(1, 4, 10.0)).endswith("10.0 s   30 s left")


def test_a_run_that_goes_on_within_an_epoch_counts_only_what_it_did_of_it():
    resumed = TrainingProgress(4, epochs_done=1.5, seconds_done=15.0)
    assert resumed.line(after(2, 4, 20.0)).endswith("20.0 s   20 s left")


@pytest.mark.parametrize("epochs_done", [0.0, 3.0, 3.5])
def test_after_the_last_epoch_nothing_is_left(epochs_done):
    assert "left" not in TrainingProgress(4, epochs_done).line(after(4, 4, 40.0))


def test_a_run_that_was_stopped_behind_the_last_step_of_an_epoch_says_nothing_of_the_time_left():
    resumed = TrainingProgress(4, epochs_done=2.0, seconds_done=20.0)
    assert resumed.line(after(2, 4, 20.5)).endswith("20.5 s")


TRAIN = ("train", "mlp-quick", "--dataset", "strokes", "--pictures", 50, "--epochs", 1, "--no-report")


@pytest.fixture
def few_strokes(monkeypatch):
    """Strokes are drawn in no time: 10 for every 1,000."""
    draw = drawing.draw
    monkeypatch.setattr(drawing, "draw", lambda count, *more: draw(count // 100, *more))


@pytest.mark.usefixtures("few_strokes")
def test_it_says_once_that_it_draws_unless_a_program_reads(numnist):
    trained = numnist(*TRAIN, "--run", "here")
    assert trained.code == 0, trained.err
    assert trained.err.count("Drawing strokes …\n") == 1
    assert trained.err.startswith("Drawing strokes …\n"), "before anything that takes time"
    sweep = ("sweep", "mlp-quick", "--dataset", "strokes", "--pictures", 50, "--epochs", 1, "--seed", 1, "--jobs", 1)
    show = ("show", "confusion", "here", "--text")
    for command in (("evaluate", "here"), ("resume", "here", "--epochs", 2), ("report", "here"), sweep, show):
        said = numnist(*command)
        assert said.code == 0, said.err
        assert said.err.count("Drawing strokes …\n") == 1, command
        assert "Drawing" not in said.out
        assert "Drawing" not in numnist(*command, "--json").err, command


@pytest.mark.parametrize("wrong", [("--validation", 60000), ("--size", 32), ("--epochs", 0), ("--seed", -1)], ids=str)
def test_what_is_refused_is_refused_before_it_draws(numnist, monkeypatch, wrong):
    monkeypatch.setattr(drawing, "draw", None)
    refused = numnist(*TRAIN, *wrong)
    assert refused.code == 2
    assert refused.err.startswith("error: ")
    assert not Path("runs").exists()
