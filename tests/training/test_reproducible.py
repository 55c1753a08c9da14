"""Reproducible: the same seed, lanes and shard give the same bits, whatever the threads, stops and restarts."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from numnist import (
    Adam,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    MaxPool2d,
    Model,
    OneCycle,
    ReLU,
    Sequential,
    Settings,
    train,
)
from numnist.optim.optimizers import OPTIMIZERS
from numnist.training import memory
from numnist.training.events import Epoch
from numnist.training.rank import Rank
from numnist.training.state import State, load_checkpoint, save_checkpoint
from tests.small import CLASSES, CONV, MLP, dataset, everything, trained

NETWORKS = pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])


WINOGRAD = Sequential(
    Conv2d(8, 3, padding=1),
    ReLU(),
    Conv2d(9, 5, padding=2),
    BatchNorm(),
    ReLU(),
    MaxPool2d(2),
    Flatten(),
    Dense(CLASSES),
)


def test_the_number_of_threads_changes_no_bit_of_blocks(ranks):
    settings = everything(lanes=2, shard=16)
    hashes = {trained(WINOGRAD, threads=threads, **settings).weights_sha256 for threads in (1, 2)}
    assert len(hashes) == 1


@NETWORKS
def test_the_order_in_which_lanes_run_changes_no_bit(network, monkeypatch):
    expected = trained(network, **everything(lanes=3)).weights_sha256

    def backwards(self, position, ranks):
        for branch in (2, 1, 0):
            self.lanes.run_branch(branch)

    monkeypatch.setattr(memory, "branch_size", lambda lanes, ranks: 1)
    monkeypatch.setattr(Rank, "_run_lanes", backwards)
    assert trained(network, **everything(lanes=3)).weights_sha256 == expected


@NETWORKS
def test_another_seed_gives_other_weights_and_the_same_seed_the_same(network):
    first, again, other = (trained(network, **everything(seed=seed)).weights_sha256 for seed in (3, 3, 4))
    assert first == again != other


def test_without_clipping_the_size_of_chunks_changes_no_bit(monkeypatch):
    whole = trained(CONV, **everything(clip_norm=None, l2=0.0)).weights_sha256
    monkeypatch.setattr(memory, "CHUNK", 50)
    assert trained(CONV, **everything(clip_norm=None, l2=0.0)).weights_sha256 == whole


def test_the_hash_seed_of_python_changes_no_bit():
    code = "from tests.small import *; print(trained(CONV, **everything(epochs=1)).weights_sha256)"
    root = Path(__file__).parents[2]
    answers = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(answers) == 1


def run_with_stops(path, network, stops, **settings):
    """Train, stopped after each of these numbers of events, each time going on from the file alone."""
    data, settings = dataset(), Settings(**settings)
    model = Model(network, data, seed=settings.seed)
    state = State.fresh(model, settings)
    events = 0
    for stop in (*stops, None):
        with closing(train(model, data, settings, state=state)) as training:
            seen = list(islice(training, None if stop is None else stop - events))
        events += len(seen)
        save_checkpoint(path, model, state)
        model, state = load_checkpoint(path, settings)
    return model, state, seen


def history(state):
    """What was measured, without the seconds."""
    return [{name: value for name, value in record.items() if name != "seconds"} for record in state.history]


def assert_stopping_changes_nothing(tmp_path, network, stops, **settings):
    model, state, events = run_with_stops(tmp_path / "a.safetensors", network, (), **settings)
    resumed, resumed_state, resumed_events = run_with_stops(tmp_path / "b.safetensors", network, stops, **settings)
    assert resumed.weights_sha256 == model.weights_sha256
    assert resumed_state.theta.tobytes() == state.theta.tobytes()
    assert history(resumed_state) == history(state)
    assert resumed_state.step == state.step
    assert (resumed_events[-1].best_epoch, resumed_events[-1].stopped_early) == (
        events[-1].best_epoch,
        events[-1].stopped_early,
    )
    return events[-1]


STEPS = -(-len(dataset().train) // 32)  # of an epoch; after them comes its Epoch event


@pytest.mark.parametrize("optimizer", [kind(0.02) for kind in OPTIMIZERS.values()], ids=list(OPTIMIZERS))
def test_three_epochs_and_three_more_are_six(tmp_path, optimizer):
    settings = everything(optimizer=optimizer, epochs=6)
    assert_stopping_changes_nothing(tmp_path, CONV, [3 * (STEPS + 1)], **settings)


PLACES = {
    "before the first step": [0],
    "after the first step": [1],
    "in mid-epoch": [STEPS + 3],
    "after an epoch's last step": [2 * STEPS + 1],
    "after an epoch": [2 * (STEPS + 1)],
    "after the last step of all": [4 * (STEPS + 1) - 1],
    "after the last epoch": [4 * (STEPS + 1)],
    "after Finished": [4 * (STEPS + 1) + 1],
    "at every event": list(range(1, 4 * (STEPS + 1) + 1)),
}


@pytest.mark.parametrize("stops", PLACES.values(), ids=list(PLACES))
@pytest.mark.parametrize("average", [None, 0.9], ids=["last weights", "averaged weights"])
def test_a_run_may_stop_anywhere(tmp_path, stops, average):
    settings = everything(epochs=4, average=average, schedule=OneCycle(), patience=3)
    assert_stopping_changes_nothing(tmp_path, CONV, stops, **settings)


@pytest.mark.parametrize("stop", range(1, 14))
def test_early_stopping_is_the_same_after_a_stop(tmp_path, stop):
    # a rate of 0 never gets better than after the first epoch, so patience ends the run after 1 + 2 epochs
    settings = everything(optimizer=Adam(0.0), epochs=9, average=None, patience=2, clip_norm=None, l2=0.0)
    finished = assert_stopping_changes_nothing(tmp_path, MLP, [stop], **settings)
    assert (finished.epochs, finished.best_epoch, finished.stopped_early) == (3, 1, True)


@pytest.mark.parametrize("average", [None, 0.9], ids=["last weights", "averaged weights"])
def test_more_epochs_after_the_best_weights_were_given_back_go_on_from_the_last_ones(tmp_path, average):
    # a rate at which later epochs are worse, so that the best weights are not the last ones
    settings = everything(average=average, patience=9, optimizer=Adam(0.3), clip_norm=None)
    data = dataset()
    whole = Model(MLP, data)
    *_, finished = train(whole, data, Settings(**settings | {"epochs": 6}))
    part = Model(MLP, data)
    *_, stopped = train(part, data, Settings(**settings | {"epochs": 4}))
    save_checkpoint(tmp_path / "a.safetensors", part, stopped.state)
    assert stopped.best_epoch < 4
    model, state = load_checkpoint(tmp_path / "a.safetensors", Settings(**settings))
    list(train(model, data, Settings(**settings | {"epochs": 6}), state=state))
    assert model.weights_sha256 == whole.weights_sha256
    assert history(state) == history(finished.state)
    assert state.theta.tobytes() == finished.state.theta.tobytes()
    if average is not None:
        assert state.average.tobytes() == finished.state.average.tobytes() != model.theta.tobytes()


def test_the_metrics_do_not_depend_on_threads(ranks):
    data = dataset()
    runs = [
        [
            e.record() | {"seconds": 0}
            for e in train(Model(CONV, data), data, Settings(**everything()), threads=t)
            if type(e) is Epoch
        ]
        for t in (1, 2)
    ]
    assert runs[0] == runs[1]
