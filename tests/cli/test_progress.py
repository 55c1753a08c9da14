"""What a training says of its progress."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.cli.shared.progress import TrainingProgress
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
