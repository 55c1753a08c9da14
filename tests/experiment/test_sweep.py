"""Sweeps: every combination once, side by side, and never again what is finished."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import joblib
import pytest

from numnist import SGD, Adam, Recipe, UsageError
from numnist.experiment.sweeps.claims import alone, claim
from numnist.experiment.sweeps.grid import Combination, sweep
from numnist.experiment.sweeps.processes import in_processes
from numnist.experiment.sweeps.space import grid
from numnist.experiment.sweeps.trial import Stopped
from numnist.support.errors import RankError
from tests.small import MLP, dataset

PATIENCE = 60.0  # seconds for what takes a few, so that a busy machine fails no test
RECIPE = Recipe("small", "a small network", "bands", MLP, batch_size=20)
RATES = {"0.001": Adam(0.001), "0.03": Adam(0.03)}


def combinations() -> list[Combination]:
    return [
        Combination(choices, replace(RECIPE, optimizer=RATES[choices["rate"]], epochs=int(choices["epochs"])))
        for choices in grid({"rate": list(RATES), "epochs": ["1", "3"]})
    ]


def die(code, stop):
    os._exit(code)


def test_processes_side_by_side_give_the_results_of_one():
    alone, two = (
        sorted(sweep(combinations(), dataset(), Path(name), jobs), key=lambda r: str(r["choices"]))
        for name, jobs in (("alone", 1), ("two", 2))
    )
    assert [result["weights_sha256"] for result in alone] == [result["weights_sha256"] for result in two]
    assert len({result["weights_sha256"] for result in alone}) == 4
    assert [result["epochs"] for result in alone] == [1, 3, 1, 3]


def test_where_no_processes_can_be_started_one_does_all(monkeypatch):
    """As in a container without /dev/shm."""
    monkeypatch.setattr(joblib, "effective_n_jobs", lambda _: 1)
    stopping = iter([False] * 6 + [True] * 10)
    with pytest.raises(Stopped):
        list(sweep(combinations(), dataset(), Path("runs"), 2, stop=lambda: next(stopping)))
    results = list(sweep(combinations(), dataset(), Path("runs"), 2))
    assert [result["epochs"] for result in results] == [1, 3, 1, 3]
    assert all(0 <= result["test_accuracy"] <= 1 for result in results)


def test_what_is_finished_is_not_trained_again():
    first = next(sweep(combinations(), dataset(), Path("runs"), 1))
    file = Path(first["run"], "result.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"test_accuracy": "as it was"}))
    results = list(sweep(combinations(), dataset(), Path("runs"), 1))
    assert [result["test_accuracy"] for result in results].count("as it was") == 1
    assert len(results) == 4


def test_another_sweeps_results_are_not_taken_for_this_ones():
    list(sweep(combinations()[:1], dataset(), Path("runs"), 1))
    longer = Combination(combinations()[0].choices, replace(combinations()[0].recipe, epochs=2))
    with pytest.raises(UsageError, match="other settings"):
        list(sweep([longer], dataset(), Path("runs"), 1))


def test_a_combination_whose_numbers_run_away_says_so_and_the_others_go_on():
    wild = Combination({"rate": "wild"}, replace(RECIPE, optimizer=SGD(1e6), epochs=5))
    tame = Combination({"rate": "tame"}, RECIPE)
    results = {r["choices"]["rate"]: r for r in sweep([wild, tame], dataset(), Path("runs"), 1)}
    assert "lower the learning rate" in results["wild"]["error"]
    assert results["tame"]["test_accuracy"] > 0


def test_the_same_choice_twice_is_refused():
    twice = [Combination({"rate": "1"}, RECIPE), Combination({"rate": "1"}, RECIPE)]
    with pytest.raises(UsageError, match="given twice"):
        list(sweep(twice, dataset(), Path("runs"), 1))


def test_a_grid_that_another_process_works_on_is_done_once():
    """What that process trains is waited for; its death gives it free."""
    with claim(Path("runs"), combinations()[0].name), pytest.raises(UsageError, match="claim has been held for 0 s"):
        next(waiting("runs"))
    assert next(waiting("runs"))["epochs"] == 1


def test_what_dead_processes_have_left_is_gone_after_the_next_sweep():
    first, *_ = sweep(combinations(), dataset(), Path("runs"), 1)
    hidden = Path("runs/.a.0123abcd.numnist-new")
    hidden.mkdir()
    left = [
        hidden / "config.toml", Path("runs/.b.0123abcd.numnist-lock"), Path(first["run"], "lock"),
        Path(first["run"], ".result.json.0123456789abcdef.part"),
    ]  # fmt: skip
    for path in left:
        path.write_text("999999999")
    list(sweep(combinations(), dataset(), Path("runs"), 1))
    assert [path for path in left if path.exists()] == []
    assert {path.name for path in Path("runs").iterdir()} == {each.name for each in combinations()}


def waiting(folder):
    with alone(Path(folder), combinations()[0].name, patience=0.0):
        pass
    return sweep(combinations(), dataset(), Path(folder), 1)


def test_a_run_whose_process_died_before_its_first_checkpoint_begins_again():
    folder = Path("runs", combinations()[0].name)
    folder.mkdir(parents=True)
    (folder / "config.toml.part").touch()
    assert next(sweep(combinations(), dataset(), Path("runs"), 1))["epochs"] == 1


def test_a_result_has_its_history():
    result = next(sweep(combinations()[1:], dataset(), Path("runs"), 1))
    assert [record["epoch"] for record in result["history"]] == [1, 2, 3]
    assert result["history"][-1]["validation_accuracy"] == result["validation_accuracy"]


def test_a_process_that_dies_is_an_error_that_says_what_to_do():
    with pytest.raises(RankError, match="give the same command again"):
        list(in_processes(die, [(1,), (1,)], jobs=2))


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of a dead parent in /proc")
def test_the_processes_of_a_sweep_that_is_killed_stop_after_a_step():
    """Else they would train on as orphans, in folders that somebody may have removed."""
    code = (
        "from pathlib import Path; from dataclasses import replace; from tests.experiment import test_sweep as t;"
        "runs = [replace(each, recipe=replace(each.recipe, epochs=100_000)) for each in t.combinations()[:2]];"
        "[*t.sweep(runs, t.dataset(), Path('runs'), 2)]"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.DEVNULL) as parent:
        until(lambda: len(list(Path("runs").glob("*/metrics.jsonl"))) == 2)
        children = [int(pid) for pid in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()]
        watched = [os.pidfd_open(pid) for pid in children]
        parent.kill()
    for descriptor in watched:
        assert select.select([descriptor], [], [], PATIENCE)[0], "a process outlives its parent"
        os.close(descriptor)
    assert len(watched) >= 2
    assert [path.name for path in Path("runs").glob("*/lock")] == []


def until(true):
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not happen"
        os.sched_yield()
