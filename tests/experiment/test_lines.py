"""metrics.jsonl and steps.jsonl: damaged lines, or a stranger's, are refused by number, and never drawn."""

from __future__ import annotations

import json
import os

import pytest

from numnist import ModelFileError
from numnist.experiment.history import read_history
from numnist.experiment.lines import read_metrics
from numnist.experiment.run import Run
from tests.experiment.small_runs import FOLDER, finished
from tests.small import dataset

WRONG = {
    "no JSON": "nonsense",
    "a list": "[1]",
    "a number": "7",
    "nothing that it should say": "{}",
    "a loss that is a word": {"loss": "low"},
    "a loss that is not a number": {"loss": float("nan")},
    "an accuracy that is infinite": {"accuracy": float("inf")},
    "a loss that no float holds": {"loss": 10**400},
    "a loss that is true": {"loss": True},
    "nested too deeply": "[" * 100_000,
}
OF_EPOCHS = {
    "no epoch": {"epoch": 0},
    "half an epoch": {"epoch": 0.5},
    "a validation loss that is a list": {"validation_loss": [1.0]},
    "learnt of no pictures": {"learnt": 3, "pictures": 0},
}
OF_STEPS = {
    "no step": {"step": 0},
    "more steps than there were": {"steps": 1000},
    "a field of another version": {"new": 1.0},
}
CASES = [("metrics.jsonl", name) for name in WRONG | OF_EPOCHS] + [("steps.jsonl", name) for name in WRONG | OF_STEPS]


@pytest.mark.parametrize(("file", "wrong"), CASES, ids=str)
def test_a_wrong_line_is_refused_by_its_number(file, wrong):
    finished()
    path = FOLDER / file
    lines = path.read_text().splitlines()
    change = (WRONG | OF_EPOCHS | OF_STEPS)[wrong]
    lines[1] = change if isinstance(change, str) else json.dumps(json.loads(lines[1]) | change)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ModelFileError, match=rf"runs/a/{file}, line 2, is none that numnist has written: .*Remove"):
        read_history(FOLDER)
    if file == "steps.jsonl":  # metrics are in the checkpoint too
        with pytest.raises(ModelFileError, match=r"steps.jsonl, line 2, .* Without it, epochs are drawn"):
            Run.open(FOLDER, dataset(), epochs=5)
        path.unlink()
    list(Run.open(FOLDER, dataset(), epochs=4).events())
    assert len(read_history(FOLDER).epochs) == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
def test_a_pipe_in_its_place_holds_nobody_up():
    finished()
    (FOLDER / "metrics.jsonl").unlink()
    os.mkfifo(FOLDER / "metrics.jsonl")
    with pytest.raises(ModelFileError, match=r"metrics.jsonl cannot be read: .*a pipe or a device"):
        read_metrics(FOLDER)


def test_a_run_without_metrics_has_none(tmp_path):
    assert read_metrics(tmp_path) == []
