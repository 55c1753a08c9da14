"""numnist sweep and train --overfit: their output and exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numnist.cli.shared.sweep_work import default_folder
from numnist.cli.shared.sweeping import ALL
from numnist.experiment.sweeps.space import grid


def test_every_listed_combination_is_in_the_table_best_first(numnist, digits):
    options = ["--dataset", digits, "--epochs", 1, "--jobs", 1]
    done = numnist("sweep", "mlp-quick", "--optimizer", "SGD", "Adam", "--activation", "relu", "tanh", *options)
    assert done.code == 0, done.err
    head, *rows = done.out.splitlines()[:5]
    assert head.split() == ["optimizer", "activation", "validation", "test", "time", "runs"]
    assert {tuple(row.split()[:2]) for row in rows} == {(o, a) for o in ("SGD", "Adam") for a in ("relu", "tanh")}
    validation = [float(row.split()[2].rstrip("%")) for row in rows]
    assert validation == sorted(validation, reverse=True)
    assert "4/4" in done.err
    folders = {path.name for path in Path("runs/sweep-1").iterdir() if path.is_dir()}
    assert folders == {"adam-relu", "adam-tanh", "sgd-relu", "sgd-tanh"}


def test_json_is_the_record_and_options_reach_the_recipe(numnist, digits):
    done = numnist(
        "sweep", "mlp-quick", "--learning-rate", "0.01", "--seed", 1, 2, "--dataset", digits, "--pictures", 40,
        "--epochs", 2, "--jobs", 1, "--run", "here", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.json == json.loads(Path("here/sweep.json").read_text())
    assert done.json["fields"] == ["learning_rate", "seed"]
    trials = done.json["trials"]
    assert {trial["seed"] for trial in trials} == {1, 2}
    assert {trial["choices"]["learning_rate"] for trial in trials} == {0.01}
    assert {len(trial["history"]) for trial in trials} == {trial["epochs"] for trial in trials} == {2}
    config = Path("here/0.01-1/config.toml").read_text()
    assert "pictures = 40" in config
    assert "learning_rate = 0.01" in config


def test_fields_are_set_by_name_and_seeds_are_one_row(numnist, digits):
    done = numnist(
        "sweep", "mlp-quick", "--set", "optimizer.type=SGD,Adam", "seed=0,1", "l2=0.01", f"dataset={digits}",
        "validation=30", "--epochs", 1, "--jobs", 1, "--run", "here",
    )  # fmt: skip
    assert done.code == 0, done.err
    head, *rows = done.out.splitlines()[:3]
    assert head.split() == ["optimizer.type", "validation", "test", "time", "runs"]
    assert head == head.rstrip(), "no column for what is not complete"
    assert [" ± " in row and row.split()[-1] == "2" for row in rows] == [True, True]
    config = Path("here/adam-1/config.toml").read_text()
    assert all(words in config for words in ("l2 = 0.01", "validation = 30", "seed = 1"))


GRID = ("sweep", "mlp-quick", "--jobs", 1, "--run", "here", "--json", "--dataset")


def test_more_values_of_the_same_fields_join_the_runs_that_are_there(numnist, digits):
    first = numnist(*GRID, digits, "--set", "l2=0.1,0.01", "seed=0,1", "epochs=1")
    assert first.code == 0, first.err
    more = numnist(*GRID, digits, "--epochs", 1, "--set", "seed=1,2", "l2=0.01,0.1")
    assert more.code == 0, more.err
    assert "Sweep     6 runs" in more.err
    assert more.json["trials"][:4] == first.json["trials"]
    assert [trial["name"] for trial in more.json["trials"][4:]] == ["0.01-2", "0.1-2"]
    assert more.json == json.loads(Path("here/sweep.json").read_text())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["seed=7,8", "epochs=1"], "other fields: l2, seed, not seed"),
        (["l2=0.5,0.6", "seed=0,1", "epochs=2"], "a run with other settings"),
        (["l2=0.5,0.6", "seed=0,1", "epochs=1", "batch_size=10"], "a run with other settings"),
    ],
)
def test_another_grid_in_the_same_folder_is_refused_and_changes_nothing(numnist, digits, options, message):
    first = numnist(*GRID, digits, "--set", "l2=0.1,0.01", "seed=0,1", "epochs=1")
    assert first.code == 0, first.err
    before = {path: path.read_bytes() for path in Path("here").rglob("*") if path.is_file()}
    refused = numnist(*GRID, digits, "--set", *options)
    assert refused.code == 2
    assert message in refused.err
    assert {path: path.read_bytes() for path in Path("here").rglob("*") if path.is_file()} == before


def test_another_recipe_or_a_search_in_the_folder_of_a_grid_is_refused(numnist, digits):
    pytest.importorskip("optuna")
    assert numnist(*GRID, digits, "--set", "seed=0,1").code == 0
    other = numnist("sweep", "quick", *GRID[2:], digits, "--set", "seed=2,3")
    assert other.code == 2
    assert "other recipe: mlp-quick, not quick" in other.err
    search = numnist("sweep", "mlp-quick", "--dataset", digits, "--run", "here", "--search", 2)
    assert search.code == 2
    assert "holds a grid" in search.err
    there = numnist("sweep", "mlp-quick", "--dataset", digits, "--run", "there", "--search", 1, "--epochs", 1)
    assert there.code == 0, there.err
    grid = numnist("sweep", "mlp-quick", "--dataset", digits, "--run", "there", "--set", "l2=0.1,0.2")
    assert grid.code == 2
    assert "holds a search" in grid.err


def test_a_broken_record_is_refused(numnist, digits):
    Path("here").mkdir()
    Path("here/sweep.json").write_text("[1")
    refused = numnist(*GRID, digits, "--set", "seed=0,1")
    assert refused.code == 2
    assert "here/sweep.json is no record of a sweep" in refused.err


def test_a_search_goes_on_where_it_was_and_fails_only_if_all_trials_do(numnist, digits):
    pytest.importorskip("optuna")
    command = ["sweep", "mlp-quick", "--dataset", digits, "--epochs", 1, "--storage", "of/study.log", "--json"]
    first = numnist(*command, "--search", 2)
    assert first.code == 0, first.err
    more = numnist(*command, "--search", 3)
    trials = more.json["trials"]
    assert trials[:2] == first.json["trials"]
    assert [trial["state"] for trial in trials] == ["complete"] * 3
    assert set(trials[0]["choices"]) == {"optimizer.learning_rate", "l2"} == set(more.json["fields"])
    assert "3/3" in more.err
    assert "2/3" not in more.err
    [folder] = [path for path in Path("of").iterdir() if path.is_dir()]
    assert folder.name.startswith("study-mlp-quick-")
    wild = numnist(*command, "--search", 2, "--set", "optimizer.type=SGD", "optimizer.learning_rate=1e8..1e9")
    assert wild.code == 1
    assert {trial["state"] for trial in wild.json["trials"]} == {"failed"}


def test_a_search_of_few_settings_tries_each_once_and_says_so(numnist, digits):
    pytest.importorskip("optuna")
    done = numnist(
        "sweep", "mlp-quick", "--dataset", digits, "--epochs", 1, "--search", 9, "--set", "batch_size=32..96:step=32"
    )
    assert done.code == 0, done.err
    assert "only 3 settings" in done.err
    assert "3/3" in done.err
    _, *rows = done.out.splitlines()[:4]
    assert {row.split()[0] for row in rows} == {"32", "64", "96"}
    assert [" ± " in row for row in rows] == [False] * 3, "one run has no interval"
    assert "± 0.00" not in Path("runs/sweep-1/sweep.html").read_text("utf-8")


def test_a_search_that_is_terminated_saves_and_the_next_start_goes_on(numnist, digits):
    """As on a machine that is taken away: SIGTERM, and then the same command elsewhere."""
    pytest.importorskip("optuna")
    command = ["sweep", "mlp-quick", "--dataset", digits, "--epochs", 20, "--search", 5, "--run", "here", "--json"]
    program = [sys.executable, "-m", "numnist", *map(str, command)]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as first:
        assert any(line.startswith("1/5") for line in iter(first.stderr.readline, ""))
        first.send_signal(signal.SIGTERM)
        assert "with --run here continues from here" in first.stderr.read()
    assert first.returncode == 143
    done = numnist(*command)
    assert done.code == 0, done.err
    assert [trial["name"] for trial in done.json["trials"]] == [f"trial-{n:04d}" for n in range(5)]
    assert "running" not in {trial["state"] for trial in done.json["trials"]}
    assert "1/5" not in done.err


def test_the_folder_of_a_search_stands_beside_its_storage():
    assert default_folder("of/study.log", "quick-1") == Path("of/study-quick-1")
    assert default_folder("sqlite:///of/study.db?timeout=3", "quick-1") == Path("of/study-quick-1")
    assert default_folder("postgresql://host/study", "quick-1") == Path("runs/quick-1")
    assert default_folder(None, "quick-1") == Path("runs/sweep-1")


@pytest.mark.parametrize(
    ("module", "options", "extra"),
    [("optuna", ["--search", 3], ".[search]"), ("distributed", ["--on", "dask://host:1"], ".[cluster]")],
)
def test_a_missing_extra_is_named_with_its_command(numnist, digits, monkeypatch, module, options, extra):
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    done = numnist("sweep", "mlp-quick", "--dataset", digits, "--seed", 1, 2, *options)
    assert done.code == 2
    assert f"pip install '{extra}'" in done.err
    assert not Path("runs").exists()


@pytest.mark.parametrize("options", [["--seed", 1, 2], ["--search", 3]])
def test_a_cluster_that_does_not_answer_leaves_no_folder(numnist, digits, monkeypatch, options):
    pytest.importorskip("distributed")
    pytest.importorskip("optuna")
    from numnist.experiment.sweeps import cluster

    monkeypatch.setattr(cluster, "CONNECT", 0.2)
    done = numnist("sweep", "mlp-quick", "--dataset", digits, "--on", "dask://127.0.0.1:1", *options)
    assert done.code == 2
    assert "no Dask scheduler answers" in done.err
    assert "Data " not in done.err, "nothing is read or downloaded before"
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--learning-rate", "much"], "'much' is not a number"),
        (["--learning-rate", "1e-4..1"], "write --set optimizer.learning_rate=1e-4..1"),
        (["--seed", "1.5"], "'1.5' is not a whole number"),
        (["--seed", "1", "--set", "seed=2,3"], "not both"),
        (["--set", "l2=0..1"], "--set l2=0,0.5,1, or search with --search 40"),
        (["--set", "lr=1"], "there is no field 'lr'"),
        (["--set", "l2"], "--set l2: give a field and its value"),
        (["--set", "pictures=10,20"], "give pictures one value"),
        (["--storage", "study.log"], "add --search 40"),
        (["--on", "dask://host:1", "--jobs", "2"], "leave out --jobs"),
        (["--search", "0"], "--search"),
        (["--seed", "-1"], "seed is -1, but must be a whole number of at least 0"),
        (["--set", "seed=-1"], "seed is -1, but must be a whole number of at least 0"),
        (["--set", "seed=3,-1"], "seed is -1, but must be a whole number of at least 0"),
        (["--set"], "--set: set what?"),
        (["--seed"], "--seed: which values? For example --seed 0 1 2"),
        (["--optimizer"], "--optimizer: which values?"),
        (["--lr", "0.1", "0.10"], "the same choice is given twice"),
        (["--optimizer", "SGD", "sgd"], "the same choice is given twice"),
        ([], "recipe 'mlp-quick' has no pooling to change"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_trained(numnist, digits, options, message):
    done = numnist("sweep", "mlp-quick", "--dataset", digits, *options)
    assert done.code == 2
    assert message in done.err
    assert not Path("runs").exists()
    missing = numnist("sweep", "mlp-quick", "--dataset", "missing.npz", *options)
    assert message in missing.err, "it is said before any data is read"


def test_one_value_of_set_is_one_training_not_64(numnist, digits):
    done = numnist(*GRID, digits, "--set", "seed=5", "epochs=1")
    assert done.code == 0, done.err
    assert "which makes one training: list several" in done.err
    assert "Sweep     1 run of" in done.err
    assert [trial["choices"] for trial in done.json["trials"]] == [{"seed": 5, "epochs": 1}]
    assert {path.name for path in Path("here").iterdir() if path.is_dir()} == {"5-1"}


def test_one_more_value_joins_the_runs_that_are_there(numnist, digits):
    first = numnist(*GRID, digits, "--set", "seed=0,1", "epochs=1")
    assert first.code == 0, first.err
    more = numnist(*GRID, digits, "--set", "epochs=1", "seed=2")
    assert more.code == 0, more.err
    assert [trial["name"] for trial in more.json["trials"]] == ["0", "1", "2"]


def test_a_grid_does_not_go_on_with_other_data_of_the_same_name(numnist, digits, tmp_path):
    data = tmp_path / "mine.npz"
    data.write_bytes(digits.read_bytes())
    first = numnist(*GRID, data, "--set", "seed=0,1", "epochs=1")
    assert first.code == 0, first.err
    before = {path: path.read_bytes() for path in Path("here").rglob("*") if path.is_file()}
    with np.load(digits) as arrays:
        np.savez(data, **(dict(arrays) | {"y_train": arrays["y_train"][::-1]}))
    for values in ("seed=0,1", "seed=0,1,2", "seed=2,3"):  # also where none of the values is there yet
        refused = numnist(*GRID, data, "--set", values, "epochs=1")
        assert refused.code == 3
        assert "mine.npz with the SHA-256" in refused.err
        assert "choose another --run" in refused.err
    assert {path: path.read_bytes() for path in Path("here").rglob("*") if path.is_file()} == before


def test_a_run_of_the_same_name_in_this_folder_is_none_of_a_new_sweep(numnist, digits):
    assert numnist("train", "mlp-quick", "--dataset", digits, "--epochs", 1, "--run", "adam", "--no-report").code == 0
    done = numnist("sweep", "mlp-quick", "--dataset", digits, "--optimizer", "Adam", "--epochs", 2, "--jobs", 1)
    assert done.code == 0, done.err


def test_a_search_without_validation_pictures_is_refused(numnist, digits):
    pytest.importorskip("optuna")
    done = numnist("sweep", "mlp-quick", "--dataset", digits, "--search", 2, "--set", "validation=0")
    assert done.code == 2
    assert "--set validation=1000" in done.err


def test_numbers_that_run_away_are_exit_code_1(numnist, digits):
    done = numnist(
        "sweep", "mlp-quick", "--optimizer", "SGD", "--learning-rate", "1e30", "--dataset", digits, "--jobs", 1
    )
    assert done.code == 1
    assert "lower the learning rate" in done.err
    assert "Sweep     1 run of" in done.err
    head, row = done.out.splitlines()[:2]
    assert head.split() == ["optimizer", "learning_rate", "validation", "test", "time", "runs"]
    assert row.split() == ["SGD", "1e+30", "–", "–", "–", "1", "failed"]
    assert " ms<" not in Path("runs/sweep-1/sweep.html").read_text("utf-8"), "no epoch is done"


def test_the_whole_grid_has_64_combinations():
    assert len(grid(ALL)) == 64


def test_ten_digits_are_overfitted(numnist, digits):
    done = numnist("train", "convnet", "--overfit", 10, "--dataset", digits, "--validation", 0)
    assert done.code == 0, done.err
    assert "all 10 pictures in" in done.out
    assert json.loads(Path("runs/convnet-overfit-1/result.json").read_text())["epochs"] < 30


def test_pictures_that_are_not_overfitted_are_exit_code_1(numnist, digits):
    done = numnist(
        "train", "mlp-quick", "--overfit", 50, "--dataset", digits, "--epochs", 2, "--learning-rate", 1e-6, "--json"
    )
    assert done.code == 1
    assert done.json["learnt"] < done.json["pictures"] == 50


def test_activation_pooling_and_regularization_stand_in_the_config(numnist, digits):
    done = numnist(
        "train", "convnet", "--activation", "sigmoid", "--pooling", "average", "--regularization", "dropout",
        "--dataset", digits, "--pictures", 20, "--epochs", 1, "--validation", 20, "--run", "here",
    )  # fmt: skip
    assert done.code == 0, done.err
    config = Path("here/config.toml").read_text()
    assert all(word in config for word in ("Sigmoid", "AvgPool2d", "Dropout", "pictures = 20"))
    assert "ReLU" not in config
    resumed = numnist("resume", "here", "--epochs", 2)
    assert resumed.code == 0, resumed.err


def test_neither_optuna_nor_dask_is_imported_before_it_is_needed():
    code = (
        "import sys, numnist.cli.sweep, numnist.cli.shared.sweeping, numnist.experiment.sweeps.cluster;"
        "print({'optuna', 'sqlalchemy', 'distributed', 'dask'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_the_page_is_written_from_the_record_and_named(numnist, digits, monkeypatch):
    seen = []
    write = lambda folder, record: seen.append((folder, record)) or folder / "sweep.html"  # noqa: E731
    monkeypatch.setattr("numnist.cli.shared.sweeping.write_sweep_page", write)
    done = numnist("sweep", "mlp-quick", "--dataset", digits, "--seed", 1, 2, "--jobs", 1, "--run", "here")
    assert "Page      here/sweep.html" in done.out
    assert seen == [(Path("here"), json.loads(Path("here/sweep.json").read_text()))]
