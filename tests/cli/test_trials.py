"""numnist train --trials: the same training with several seeds, and what they come to."""

from __future__ import annotations

import json
from math import isclose
from pathlib import Path
from statistics import fmean, stdev

import pytest

OPTIONS = ("mlp-quick", "--epochs", 1, "--pictures", 60, "--dataset")


def test_trials_are_told_with_both_intervals_and_a_page(numnist, digits):
    done = numnist("train", *OPTIONS, digits, "--seed", 5, "--trials", 3)
    assert done.code == 0, done.err
    head, *rows, page = done.out.splitlines()
    assert [word for word in ("mean", "standard deviation", "95% interval of the mean", "one more run") if word in head]
    assert [row.split("  ")[0] for row in rows] == ["validation", "test", "training time"]
    assert page.split() == ["Page", "runs/sweep-1/sweep.html"]
    assert "3/3   seed 7   test " in done.err
    record = json.loads(Path("runs/sweep-1/sweep.json").read_text())
    [setting] = record["settings"]
    assert setting["seed"] == [5, 6, 7]
    accuracies = [trial["test_accuracy"] for trial in record["trials"]]
    assert isclose(setting["test_accuracy"]["mean"], fmean(accuracies))
    assert isclose(setting["test_accuracy"]["deviation"], stdev(accuracies))
    html = Path("runs/sweep-1/sweep.html").read_text()
    assert "All seeds together" in html
    assert f"{100 * fmean(accuracies):.2f}%" in html
    assert "All settings" not in html


def test_a_trial_is_the_run_of_its_seed_and_of_a_sweep(numnist, digits):
    assert numnist("train", *OPTIONS, digits, "--seed", 5, "--trials", 2, "--run", "here").code == 0
    alone = numnist("train", *OPTIONS, digits, "--seed", 6, "--json", "--no-report")
    sweep = numnist("sweep", *OPTIONS, digits, "--seed", 5, 6, "--jobs", 1, "--run", "here", "--json")
    trials = sweep.json["trials"]
    assert [trial["weights_sha256"] for trial in trials][1] == alone.json["weights_sha256"]
    assert {trial["name"] for trial in trials} == {"5", "6"}, "the sweep has found them finished"


def test_more_trials_join_those_that_are_there(numnist, digits):
    assert numnist("train", *OPTIONS, digits, "--trials", 1, "--run", "here").code == 0
    more = numnist("train", *OPTIONS, digits, "--trials", 3, "--run", "here", "--json")
    assert more.code == 0, more.err
    assert more.json["settings"][0]["seed"] == [0, 1, 2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "digits"], "leave one of them out"),
        (["--overfit", 10], "leave one of them out"),
        (["--trials", 0], "--trials"),
    ],
)
def test_what_does_not_go_together_is_refused(numnist, digits, options, message):
    refused = numnist("train", *OPTIONS, digits, "--trials", 2, *options)
    assert refused.code == 2
    assert message in refused.err
    assert not Path("runs").exists()
