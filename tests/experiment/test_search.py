"""Searches: one study for all processes, whose trials are trained once, whoever dies."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("optuna")

from numnist import UsageError
from numnist.experiment.run import Run
from numnist.experiment.sweeps.claims import claim
from numnist.experiment.sweeps.search import DEAD, Watch, next_result, results, search
from numnist.experiment.sweeps.storage import mend_journal
from numnist.experiment.sweeps.study import OpenedStudy
from numnist.experiment.sweeps.trial import Stopped
from tests.experiment.searching import RECIPE, STEPS, after, plan, start
from tests.small import dataset


def worked(folder: str = "runs", **changes):
    """The results of a search by this process alone."""
    return list(search(plan(Path(folder), **changes), dataset()))


def uninterrupted(result) -> str:
    """The weights of the same run in one piece."""
    at = plan()
    recipe = at.make(at.recipe, result["choices"])
    run = Run.create(recipe, dataset(), Path("again", result["name"]))
    list(run.events(threads=1))
    return run.model.weights_sha256


def test_three_processes_of_which_one_is_killed_twice_train_every_trial_once():
    others = [start("wait"), start("wait")]
    for process in others:
        assert process.stdout.readline() == "waiting\n", "it is in the middle of a trial"
    names = []
    for _ in range(2):
        killed = start("die")
        out, _ = killed.communicate(timeout=60)
        assert killed.returncode != 0
        assert out == "", "it dies in its first trial"
    last = start("on")
    for process in others:
        process.stdin.write("go on\n")
        process.stdin.flush()
    for process in (*others, last):
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        names += out.split()
    assert sorted(names) == [f"trial-{n:04d}" for n in range(6)]

    found = results(OpenedStudy(plan()))
    assert len(found) == 6
    finished = [result for result in found if result.get("state") is None]
    assert {result["epochs"] for result in finished} == {RECIPE.epochs}
    assert [result["weights_sha256"] for result in finished] == [uninterrupted(result) for result in finished]
    resumed = [
        name for name in names
        if "resumed_environment" in tomllib.loads(Path("runs", name, "config.toml").read_text())["environment"]
    ]  # fmt: skip
    assert len(resumed) == 1, "the trial of the first process that was killed, which the second one went on with"


def test_a_finished_search_is_not_trained_again_and_can_be_given_more_trials():
    first = worked(count=2)
    assert worked(count=2) == []
    more = worked(count=3)
    assert [result["name"] for result in first + more] == ["trial-0000", "trial-0001", "trial-0002"]


def test_one_process_finds_the_same_every_time():
    assert [r["choices"] for r in worked("one", storage="1.log")] == [
        r["choices"] for r in worked("two", storage="2.log")
    ]


def test_a_database_holds_a_study_too():
    plain = worked("one", count=3)
    stored = worked("two", count=3, storage="sqlite:///study.db")
    assert [result["choices"] for result in plain] == [result["choices"] for result in stored]


def test_processes_side_by_side_do_the_work_once():
    found = list(search(plan(count=4), dataset(), jobs=2))
    assert sorted(result["name"] for result in found) == [f"trial-{n:04d}" for n in range(4)]


def test_a_search_that_is_stopped_goes_on_from_the_step():
    stops = iter([False] * (STEPS + 2) + [True])
    with pytest.raises(Stopped):
        next_result(plan(count=1), dataset(), lambda: next(stops))
    [result] = worked(count=1)
    assert result["weights_sha256"] == uninterrupted(result)


def test_a_trial_that_another_process_holds_is_not_taken():
    opened = OpenedStudy(plan(count=2))
    opened.ask().set_user_attr("folder", opened.folder_id)
    with claim(Path("runs"), "trial-0000"):
        assert next_result(plan(count=2), dataset())["name"] == "trial-0001"
        with pytest.raises(Stopped):  # it waits for the other process
            next_result(plan(count=2), dataset(), lambda: True)
    assert next_result(plan(count=2), dataset())["name"] == "trial-0000"


def test_a_process_that_dies_before_its_trial_has_a_folder_loses_nothing():
    OpenedStudy(plan(count=1)).ask()
    [result] = worked(count=1)
    assert result["name"] == "trial-0000"
    Path("runs/trial-0001").mkdir()  # it had just begun to make its run
    assert [result["name"] for result in worked(count=2)] == ["trial-0001"]


def test_a_result_that_a_dead_process_has_not_told_is_told():
    [result] = worked(count=1)
    Path("study.log").unlink()
    file = Path("runs/trial-0000/result.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"test_accuracy": "as it was"}))
    again = worked(count=1)
    assert [r["test_accuracy"] for r in again] == ["as it was"]
    assert again[0]["choices"] == result["choices"]


def test_numbers_that_run_away_are_a_failed_trial_and_the_search_goes_on():
    found = worked(count=2, space=("optimizer.type=SGD", "optimizer.learning_rate=1e6..1e7"))
    assert all("lower the learning rate" in result["error"] for result in found)
    assert [result["validation_accuracy"] for result in found] == [None, None]


def test_choices_that_do_not_go_together_are_a_failed_trial():
    def refuse(recipe, choices):
        raise UsageError("these do not go together")

    [result] = search(replace(plan(count=1), make=refuse), dataset())
    assert result["error"] == "these do not go together"
    assert OpenedStudy(plan(count=1)).trials()[0].state.name == "FAIL"


def test_what_falls_behind_the_median_ends_early():
    at = plan(count=7, space=("optimizer.learning_rate=1e-5..1e-1",), epochs=8)
    opened = OpenedStudy(at)
    for rate in (1e-2, 1.1e-2, 1.2e-2, 1.3e-2, 1.4e-2, 1e-5):
        opened.study.enqueue_trial({"optimizer.learning_rate": rate})
    found = list(search(replace(at, count=6), dataset()))
    assert [result.get("state") for result in found] == [None] * 5 + ["pruned"]
    assert found[-1]["epochs"] < 8
    assert len(found[-1]["history"]) == found[-1]["epochs"]
    assert found[-1]["test_accuracy"] is None


def test_a_search_tries_every_setting_once_before_it_repeats_one():
    found = worked(count=8, space=("batch_size=10..30:step=10", "optimizer.type=SGD,Adam"))
    settings = [tuple(result["choices"].values()) for result in found]
    assert len(set(settings[:6])) == 6, "all that there are"
    assert ["repeats" in result for result in found] == [False] * 6 + [True] * 2


@pytest.mark.parametrize("rates", ["1e-2,1e-1", "1e6,1e7"])
def test_what_is_trained_already_is_not_trained_again(rates):
    """Also what failed."""
    space = ("optimizer.type=SGD", f"optimizer.learning_rate={rates}")
    first, second, third = worked(count=3, space=space)
    original = {result["choices"]["optimizer.learning_rate"]: result for result in (first, second)}
    expected = original[third["choices"]["optimizer.learning_rate"]]
    assert third == expected | {"name": "trial-0002", "repeats": expected["name"]}
    assert not Path("runs/trial-0002").exists()
    opened = OpenedStudy(plan(count=3, space=space))
    assert results(opened) == [first, second, third]
    assert len({(trial.state, trial.value) for trial in opened.trials()}) == len({*map(validation, (first, second))})


def validation(result):
    return result["validation_accuracy"]


def test_processes_that_ask_at_once_are_given_different_settings():
    """None of them has a result yet."""
    opened = OpenedStudy(plan(count=4, space=("batch_size=10,20,30,40",)))
    assert {opened.ask().params["batch_size"] for _ in range(4)} == {10, 20, 30, 40}


def test_a_trial_that_another_one_under_way_repeats_is_trained():
    """Processes without a common folder may ask for the same; which of them will end is unknown."""
    at = plan(count=2, space=("batch_size=10,20",))
    opened = OpenedStudy(at)
    for _ in range(2):
        opened.study.enqueue_trial({"batch_size": 10})
    opened.ask(), opened.ask()
    found = list(search(at, dataset()))
    assert [result["choices"] for result in found] == [{"batch_size": 10}] * 2
    assert found[1]["repeats"] == "trial-0000", "its process was dead, and the other trial done by now"


def test_the_seed_of_a_trial_is_the_one_that_was_searched():
    found = worked(count=2, space=("seed=3,4",))
    assert {result["seed"] for result in found} == {3, 4}
    OpenedStudy(plan(count=3, space=("seed=3,4,5",), storage="other.log", folder=Path("other"))).ask()
    [running] = results(OpenedStudy(plan(count=3, space=("seed=3,4,5",), storage="other.log", folder=Path("other"))))
    assert running["seed"] == running["choices"]["seed"]


def test_other_spaces_recipes_and_data_are_other_studies_in_the_same_storage():
    assert len(worked("one", count=1)) == 1
    assert len(worked("two", count=1, space=("l2=0..1",))) == 1
    assert len(worked("three", count=1, seed=1)) == 1
    assert len({plan().name, plan(seed=1).name, replace(plan(), data_sha256="other").name}) == 3
    assert plan(dataset="elsewhere/bands").name == plan().name, "the path to the data differs between machines"
    with pytest.raises(UsageError, match=r"holds the search .* give the same ones, or another --run"):
        worked("one", count=1, seed=1)


def test_a_process_without_the_folder_waits_for_the_beat_to_stand_still():
    here, there = plan(Path("here"), count=1), plan(Path("there"), count=1)
    opened = OpenedStudy(there)
    trial = opened.ask()
    trial.set_user_attr("folder", opened.folder_id)
    with pytest.raises(Stopped):
        next_result(here, dataset(), lambda: True)
    now = [0.0]
    watch = Watch(lambda: now[0])
    assert not watch.is_dead(0, 1)
    now[0] = 2 * DEAD
    assert not watch.is_dead(0, 2), "it has beaten"
    now[0] += DEAD - 1
    assert not watch.is_dead(0, 2)
    now[0] += 2
    assert watch.is_dead(0, 2)


def test_trials_beyond_the_count_do_not_count():
    """Processes without a common folder may ask at the same time."""
    opened = OpenedStudy(plan(count=1))
    first, second = opened.ask(), opened.ask()
    assert [trial.number for trial in opened.trials()] == [first.number]
    assert second.number == 1


def test_half_a_line_of_a_dead_process_is_cut_off():
    assert len(worked(count=1)) == 1
    journal = Path("study.log")
    whole = journal.read_bytes()
    journal.write_bytes(whole + whole[:30])
    assert len(worked(count=2)) == 1
    mend_journal(journal)
    lines = journal.read_bytes().splitlines()
    assert all(json.loads(line) for line in lines)


def test_a_storage_that_cannot_be_opened_says_what_to_give():
    with pytest.raises(UsageError, match=r"--storage: .* sqlite:///study.db"):
        worked(storage="nosuch://host/study")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n", r"no journal of a search \(line 1\)"),
        (b"hello\n", "no journal"),
        (b"hello", "no journal"),
        (b'{"epoch": 1}\n{"epoch": 2}\n', "no journal"),
        (b"[1]\n", "no journal"),
        (b'{"op_code":0}\n\xff\xfe\n', r"no journal of a search \(line 2\)"),
        (b"SQLite format 3\0 and no end of the line", "an SQLite database: name it sqlite:///study.log"),
    ],
)
def test_a_file_of_another_kind_is_no_storage_and_stays_as_it_is(content, message):
    Path("study.log").write_bytes(content)
    with pytest.raises(UsageError, match=rf"--storage study.log: the file is {message}") as refused:
        worked(count=1)
    assert "JSONDecodeError" not in str(refused.value)
    assert Path("study.log").read_bytes() == content
    assert not Path("runs").exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"op_code', b'{"op_code":0,"worker_id":"a'])
def test_a_journal_that_a_dead_process_has_just_begun_is_a_new_one(content):
    Path("study.log").write_bytes(content)
    assert len(worked(count=1)) == 1


def test_a_file_that_is_no_database_is_said_in_one_line():
    Path("study.db").write_bytes(b"hello\n" * 300)
    with pytest.raises(UsageError, match=r"cannot be opened \(file is not a database\)"):
        worked(storage="sqlite:///study.db")
    assert not Path("runs").exists()


def test_the_callback_of_these_tests_acts_once():
    done = []
    stop = after(2, lambda: done.append(1))
    assert [stop(), stop(), stop()] == [False] * 3
    assert done == [1]
