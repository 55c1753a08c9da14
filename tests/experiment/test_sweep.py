"""Sweeps: every combination once, side by side, and never again what is finished."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from numnist import SGD, Adam, Recipe, UsageError
from numnist.experiment.sweeps.grid import Combination, sweep
from numnist.experiment.sweeps.space import grid
from tests.small import MLP, dataset

RECIPE = Recipe("small", "a small network", "bands", MLP, batch_size=20)
RATES = {"0.001": Adam(0.001), "0.03": Adam(0.03)}


def combinations() -> list[Combination]:
    return [
        Combination(choices, replace(RECIPE, optimizer=RATES[choices["rate"]], epochs=int(choices["epochs"])))
        for choices in grid({"rate": list(RATES), "epochs": ["1", "3"]})
    ]


def test_a_grid_is_every_combination_once():
    assert grid({"a": ["1", "2"], "b": ["x", "y"]}) == [
        {"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": "2", "b": "x"}, {"a": "2", "b": "y"},
    ]  # fmt: skip


def test_processes_side_by_side_give_the_results_of_one():
    alone, two = (
        sorted(sweep(combinations(), dataset(), Path(name), jobs), key=lambda r: str(r["choices"]))
        for name, jobs in (("alone", 1), ("two", 2))
    )
    assert [result["weights_sha256"] for result in alone] == [result["weights_sha256"] for result in two]
    assert len({result["weights_sha256"] for result in alone}) == 4
    assert [result["epochs"] for result in alone] == [1, 3, 1, 3]


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
