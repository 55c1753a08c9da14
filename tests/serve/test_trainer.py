"""The trainer: a run in its own thread that publishes what happens, and leaves nothing behind unless it is kept."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np
import pytest

from numnist import SGD, DataError, Dense, Flatten, MaxPool2d, Model, Sequential, UsageError, load_model
from numnist.experiment.filter_history import first_weights
from numnist.experiment.run import Run
from numnist.ink.prepare import prepare
from numnist.serve.training.publisher import FOLLOWED, PACE, UNITS, EventPublisher
from numnist.support.errors import UnavailableError
from tests.serve.trainings import PAGE, PATIENCE, RECIPE, Clock, events_of, make_trainer, published, small
from tests.small import CONV, dataset

DRAWING = np.zeros((30, 30), np.uint8)
DRAWING[3:8, 2:28] = 255


def of_kind(events, kind):
    return [data for name, data in events if name == kind]


def test_a_training_is_told_from_its_start_to_its_end(tmp_path):
    events = published(make_trainer(tmp_path))
    assert [kind for kind, _ in groupby(events, lambda event: event[0])] == [
        "start", "step", "epoch", "step", "epoch", "filters", "finished"
    ]  # fmt: skip
    assert events[0][1] == {
        "id": "one", "recipe": "tiny", "title": "a title", "data": "bands", "from": None,
        "classes": ["band 0", "band 1", "band 2", "band 3"], "steps": 8, "epochs": 2, "batch_size": 25,
        "learning_rate": 0.01, "parameters": 1108, "train": 100, "validation": 40, "test": 30,
    }  # fmt: skip
    assert [step["step"] for step in of_kind(events, "step")] == list(range(1, 9))
    assert set(of_kind(events, "step")[0]) == {"step", "steps", "epoch", "loss", "accuracy", "learning_rate"}


def test_it_is_the_training_that_the_library_does(tmp_path):
    one = make_trainer(tmp_path)
    events = published(one)
    run = Run.create(RECIPE, dataset(), tmp_path / "by hand")
    history = list(run.events()) and run.state.history
    seconds = {"seconds": 0}
    assert [e | seconds for e in of_kind(events, "epoch")] == [record | seconds for record in history]
    result = run.evaluate()
    finished = of_kind(events, "finished")[0]
    assert finished == finished | {
        "stopped": False, "epochs": 2, "steps": 8, "accuracy": result["test_accuracy"],
        "interval": result["confidence_interval"], "validation_accuracy": result["validation_accuracy"],
    }  # fmt: skip
    assert one.result["weights_sha256"] == result["weights_sha256"]


def test_no_more_is_told_than_eyes_can_follow(tmp_path):
    """Two steps in the time of one event: every second one is told, and the last."""
    events = published(make_trainer(tmp_path, replace(RECIPE, batch_size=10), clock=Clock(tick=PACE["step"] / 3.9)))
    steps = [step["step"] for step in of_kind(events, "step")]
    assert steps[-1] == 20
    assert all(b - a > 1 for a, b in pairwise(steps[:-1]))


def test_the_filters_are_the_first_weights(tmp_path):
    one = make_trainer(tmp_path, replace(RECIPE, network=CONV))
    picture = of_kind(published(one), "filters")[-1]["picture"]
    weights = np.frombuffer(base64.b64decode(picture["base64"]), "<f4").reshape(picture["shape"])
    assert np.array_equal(weights, first_weights(one.run.model)[:UNITS, 0])


def test_where_the_first_weights_see_no_picture_none_is_events_of(tmp_path):
    events = published(make_trainer(tmp_path, replace(RECIPE, network=Sequential(MaxPool2d(2), Flatten(), Dense(4)))))
    assert of_kind(events, "finished")
    assert not of_kind(events, "filters")


def test_the_drawing_is_answered_by_the_model_as_it_learns(tmp_path):
    one = make_trainer(tmp_path)
    one.follow(DRAWING, PAGE)
    answers = of_kind(published(one), "drawing")
    model = one.run.model
    ink = prepare(DRAWING, model.preparation, model.in_shape)
    probs = model.predict_proba(ink.picture[None])[0]
    assert answers[-1]["step"] == 8
    assert [each["probability"] for each in answers[-1]["probabilities"]] == probs.tolist()
    assert (answers[-1]["label"], answers[-1]["probability"]) == (model.classes[probs.argmax()], probs.max())


def test_another_drawing_is_answered_at_once(tmp_path):
    clock = Clock(tick=1e-6, stop_after=3)  # so slow that nothing is due again
    one = make_trainer(tmp_path, clock=clock)
    one.follow(DRAWING, PAGE)
    one.start()
    assert clock.reached.wait(PATIENCE)
    before = of_kind(events_of(one), "drawing")
    one.follow(DRAWING.T.copy(), PAGE)
    clock.stop_after, clock.asked = clock.asked + 4, clock.asked
    clock.reached.clear()
    clock.go.set()
    one.join(PATIENCE)
    assert before[0]["step"] == 0
    assert of_kind(events_of(one), "drawing")[-1]["probabilities"] != before[0]["probabilities"]


def test_a_blank_drawing_has_no_answer(tmp_path):
    find = lambda request: replace(small(request), preparation="digits")  # noqa: E731  (whose ink may be missing)
    one = make_trainer(tmp_path, find=find)
    one.follow(np.zeros((20, 20), np.uint8), PAGE)
    answer = of_kind(published(one), "drawing")[-1]
    assert answer == {"step": 8, "label": None, "probability": None, "probabilities": []}


def test_it_stops_after_the_step_under_way_and_can_be_kept(tmp_path):
    clock = Clock(stop_after=8)
    one = make_trainer(tmp_path, clock=clock)
    one.start()
    assert clock.reached.wait(PATIENCE)
    assert not one.ended
    with pytest.raises(UsageError, match="has not ended"):
        one.keep(tmp_path / "mine")
    one.stop()
    clock.go.set()
    one.join(PATIENCE)
    finished = of_kind(events_of(one), "finished")[0]
    assert finished["stopped"] is True
    assert 0 < finished["steps"] < 8
    model = one.keep(tmp_path / "mine")
    assert load_model(tmp_path / "mine").weights_sha256 == model.weights_sha256


def test_a_kept_run_is_a_run_like_any_other(tmp_path):
    one = make_trainer(tmp_path)
    published(one)
    one.keep(tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert one.result["run"] == str(tmp_path / "mine")
    run = Run.open(tmp_path / "mine", dataset(), epochs=3)
    assert len(list(run.events())) == 4 + 1 + 1  # goes on exactly from there
    with pytest.raises(UsageError, match=r"it is kept already, in .*mine"):
        one.keep(tmp_path / "again")


def test_a_folder_that_is_there_is_left_alone_and_another_name_still_works(tmp_path):
    one = make_trainer(tmp_path)
    published(one)
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        one.keep(tmp_path / "mine")
    one.keep(tmp_path / "yours")
    assert load_model(tmp_path / "yours")


def test_what_is_not_kept_is_thrown_away(tmp_path):
    one = make_trainer(tmp_path)
    published(one)
    assert [path.suffix for path in tmp_path.iterdir() if path.is_dir()] == [".numnist-new"]
    one.drop()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="nothing to keep"):
        one.keep(tmp_path / "mine")


def test_dropped_in_the_middle_it_ends_quietly_and_leaves_nothing(tmp_path):
    clock = Clock(stop_after=8)
    one = make_trainer(tmp_path, clock=clock)
    one.start()
    assert clock.reached.wait(PATIENCE)
    one.drop()
    assert one.feed.ended
    clock.go.set()
    one.join(PATIENCE)
    assert one.ended
    assert list(tmp_path.iterdir()) == []
    assert not of_kind(events_of(one), "finished")


def test_stopped_before_the_data_is_there_it_says_so(tmp_path):
    one = make_trainer(tmp_path)
    one.stop()
    assert published(one) == [("failed", {"code": "usage", "message": "it was stopped before it began."})]
    assert list(tmp_path.iterdir()) == []


def test_it_goes_on_from_another_model_and_leaves_that_as_it_was(tmp_path):
    published(first := make_trainer(tmp_path))
    start = first.keep(tmp_path / "first")
    before = start.weights_sha256
    events = published(make_trainer(tmp_path, start=tmp_path / "first"))
    assert of_kind(events, "start")[0]["from"] == "begin"
    assert of_kind(events, "step")[0]["loss"] < 1.0 < np.log(4)  # fresh weights would guess
    assert start.weights_sha256 == before == load_model(tmp_path / "first").weights_sha256


def broken(error):
    def find(request):
        raise error

    return find


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (DataError("there are no pictures."), "data", "there are no pictures."),
        (UnavailableError("there are no pictures."), "data", "there are no pictures."),
        (RuntimeError("a mistake"), "mistake", "the training broke off (a mistake)."),
    ],
)
def test_failure_is_told_and_leaves_nothing(tmp_path, error, code, message, caplog):
    one = make_trainer(tmp_path, find=broken(error))
    assert published(one) == [("failed", {"code": code, "message": message})]
    assert list(tmp_path.iterdir()) == []
    assert bool(caplog.records) == (code == "mistake")  # with its traceback, which clients never see


def test_numbers_that_are_not_finite_fail_with_advice(tmp_path):
    one = make_trainer(tmp_path, replace(RECIPE, optimizer=SGD(1e30)))
    kind, failure = published(one)[-1]
    assert (kind, failure["code"]) == ("failed", "notfinite")
    assert "lower the learning rate" in failure["message"]
    assert "checkpoint" not in failure["message"]  # it goes with the folder
    assert list(tmp_path.iterdir()) == []


def test_pages_that_come_and_go_leave_nothing_behind():
    """Only the newest pages are followed: tokens cost nothing, and a training may be long."""
    publisher, model = EventPublisher(Clock()), Model(CONV, dataset(), preparation="digits")
    for n in range(2 * FOLLOWED):
        publisher.follow(DRAWING, f"page {n}")
        publisher.model_state(model, n, 1, always=True)
    newest = {f"page {n}" for n in range(FOLLOWED, 2 * FOLLOWED)}
    assert set(publisher._prepared) == set(publisher._drawings) == newest
    assert all(message.to is None for message in publisher.feed.since(0, "page 0"))
    assert len(publisher._published) <= FOLLOWED + 1


def test_what_a_killed_server_left_of_a_training_is_removed_by_the_next_one(tmp_path):
    old = tmp_path / ".learning.0123.numnist-new" / "run"
    old.mkdir(parents=True)
    trainer = make_trainer(tmp_path)
    published(trainer)
    assert not old.exists()
    trainer.drop()
    assert list(tmp_path.iterdir()) == []
