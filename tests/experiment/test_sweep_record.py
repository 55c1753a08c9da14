"""The record of a sweep, and the means over seeds."""

from __future__ import annotations

import json
from math import isclose
from pathlib import Path

import pytest

from numnist.experiment.sweeps.record import groups, sweep_record, write_record


def result(rate, seed, accuracy, **more):
    return {
        "name": f"{rate}-{seed}", "choices": {"rate": rate, "seed": seed}, "seed": seed, "run": "r", "epochs": 1,
        "validation_accuracy": accuracy, "test_accuracy": accuracy, "train_seconds": 1.0,
    } | more  # fmt: skip


RESULTS = [
    result(0.1, 0, 0.8), result(0.2, 0, 0.9), result(0.1, 1, 0.9), result(0.2, 1, 0.95),
    result(0.3, 0, 0.99, state="pruned"), result(0.4, 0, None, error="it diverged"),
]  # fmt: skip


def test_the_record_is_written_whole():
    record = sweep_record("small", "bands", ["rate", "seed"], RESULTS)
    write_record(Path(), record)
    there = json.loads(Path("sweep.json").read_text())
    assert there == record
    assert there["schema"] == "numnist.sweep/1"
    assert [trial["state"] for trial in there["trials"]] == ["complete"] * 4 + ["pruned", "failed"]
    assert there["trials"][-1]["error"] == "it diverged"
    assert "error" not in there["trials"][0]


def test_runs_that_differ_in_their_seed_are_one_group_and_the_best_is_first():
    found = groups(sweep_record("small", "bands", ["rate", "seed"], RESULTS))
    assert [group.choices["rate"] for group in found] == [0.2, 0.1, 0.3, 0.4]
    assert isclose(found[0].mean("validation_accuracy"), 0.925)
    assert found[-1].mean("validation_accuracy") is None


def test_settings_of_which_seeds_failed_come_after_the_others():
    some = [result(0.1, 0, 0.99), result(0.1, 1, None, error="it diverged"), result(0.2, 0, 0.5), result(0.2, 1, 0.6)]
    found = groups(sweep_record("small", "bands", ["rate", "seed"], some))
    assert [group.choices["rate"] for group in found] == [0.2, 0.1]
    assert [found[1].count(state) for state in ("complete", "failed")] == [1, 1]


def test_without_validation_pictures_the_test_accuracy_ranks():
    some = [result(rate, 0, None) | {"test_accuracy": rate} for rate in (0.1, 0.2)]
    record = sweep_record("small", "bands", ["rate", "seed"], some)
    assert record["objective"] == "test_accuracy"
    assert [group.choices["rate"] for group in groups(record)] == [0.2, 0.1]


def test_a_mean_leaves_out_what_is_not_complete():
    some = [result(0.1, 0, 0.8), result(0.1, 1, 0.1, state="pruned")]
    [group] = groups(sweep_record("small", "bands", ["rate", "seed"], some))
    assert group.values("test_accuracy") == [0.8]


def test_a_setting_and_seed_count_once():
    """The same run twice is no second opinion."""
    twice = [result(0.1, 0, 0.8), result(0.1, 0, 0.8, repeats="0.1-0"), result(0.1, 1, None, error="it diverged")]
    record = sweep_record("small", "bands", ["rate", "seed"], twice)
    assert [trial.get("repeats") for trial in record["trials"]] == [None, "0.1-0", None]
    [group] = groups(record)
    assert group.sample("validation_accuracy").half is None
    assert [group.count(state) for state in ("complete", "failed")] == [1, 1]


@pytest.mark.parametrize("place", [0, 1])
def test_of_the_same_run_twice_the_complete_one_counts(place):
    both = [result(0.1, 0, 0.8)]
    both.insert(place, result(0.1, 0, 0.3, state="pruned"))
    [group] = groups(sweep_record("small", "bands", ["rate", "seed"], both))
    assert [trial["state"] for trial in group.trials] == ["complete"]
