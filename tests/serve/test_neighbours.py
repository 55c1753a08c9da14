"""Nearest, confusion, gallery: pictures that are on this machine, worked through once and in the background."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from numnist import Dense, Flatten, Model, Sequential, evaluate
from numnist.data.formats.npz import write_npz
from numnist.data.load import imported_path
from numnist.data.strokes.drawing import draw
from numnist.ink.prepare import prepare
from numnist.interpret.neighbours import features
from numnist.serve.state import pictures
from numnist.serve.state.pictures import PictureCache
from tests.serve.drawings import BLANK, PATIENCE, digits_model, drawn, png, unpacked, when_ready
from tests.small import dataset

CANVAS, LABEL = drawn(3)


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Fewer strokes than the page works with."""
    monkeypatch.setattr(pictures, "DRAWN", {"train": 300, "test": 100})


@pytest.fixture
def small(context):
    """A model of digits that names a data set which is not on this machine."""
    model = digits_model()
    model.about["recipe"] = {"dataset": "my-own"}
    return context.models.add("small", model, "kept").model


@pytest.fixture
def strange(context):
    """A model for pictures that nobody has."""
    context.models.add("strange", Model(Sequential(Flatten(), Dense(3)), (1, 8, 8), classes=("a", "b", "c")), "kept")


def test_the_nearest_are_those_nearest_in_the_last_hidden_layer(client, small):
    answer = when_ready(lambda: client.post("/api/nearest?model=small", content=png(CANVAS))).json()
    x, labels = draw(300)
    own = features(small, prepare(CANVAS, "digits", (1, 28, 28)).picture[None])
    distances = np.linalg.norm(features(small, x) - own, axis=1)
    order = np.argsort(distances)[:10]
    assert answer["data"] == "strokes"
    found = answer["neighbours"]
    assert [each["index"] for each in found] == order.tolist()
    assert [each["label"] for each in found] == [str(labels[k]) for k in order]
    # features of a picture alone and in a batch differ in float32's last digits; their differences lose a few more
    np.testing.assert_allclose([each["distance"] for each in found], distances[order], rtol=1e-4)
    assert np.array_equal(unpacked(found[0]["picture"]), x[order[0]])
    assert "300 training pictures of strokes" in answer["sentence"]


def test_nothing_drawn_has_no_neighbours(client, small):
    answer = when_ready(lambda: client.post("/api/nearest?model=small", content=BLANK)).json()
    assert (answer["neighbours"], answer["sentence"]) == ([], "Nothing is drawn.")


def test_the_confusion_is_that_of_evaluate(client, context, small):
    answer = when_ready(lambda: client.get("/api/confusion?model=small")).json()
    evaluation = evaluate(small, context.pictures.pictures_for(context.models.get("small"), "test").split, threads=1)
    assert answer["matrix"] == evaluation.confusion.tolist()
    assert (answer["accuracy"], answer["count"]) == (evaluation.accuracy, 100)
    assert (answer["data"], answer["split"], answer["classes"]) == ("strokes", "test", list("0123456789"))


def test_meanwhile_the_client_is_told_to_come_again(client, small, monkeypatch):
    begin, times, real = threading.Event(), [], PictureCache.pictures_for

    def slow(self, entry, split):
        times.append(entry.name)
        assert begin.wait(PATIENCE)
        return real(self, entry, split)

    monkeypatch.setattr(PictureCache, "pictures_for", slow)
    for _ in range(3):
        response = client.get("/api/confusion?model=small")
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    begin.set()
    first = when_ready(lambda: client.get("/api/confusion?model=small")).json()
    assert client.get("/api/confusion?model=small").json() == first
    assert times == ["small"]  # it was worked out once


def test_a_test_picture_is_one_of_the_datas_own(client, small):
    answer = client.get("/api/gallery?model=small&label=4").json()
    x, labels = draw(100, split="test")
    assert (answer["data"], answer["label"]) == ("strokes", "4")
    assert labels[answer["index"]] == 4
    assert np.array_equal(unpacked(answer["picture"]), x[answer["index"]])


def test_pictures_are_loaded_once_and_only_a_few_splits_stay(context, small, monkeypatch):
    entry, loads, load = context.models.get("small"), [], pictures._load
    monkeypatch.setattr(pictures, "_load", lambda *what: loads.append(what) or load(*what))
    monkeypatch.setattr(pictures, "SPLITS", 1)
    cache = PictureCache()
    assert cache.pictures_for(entry, "test") is cache.pictures_for(entry, "test")
    cache.pictures_for(entry, "train")
    cache.pictures_for(entry, "test")
    assert [what for what in loads if what[0] == "strokes"] == [
        ("strokes", split) for split in ("test", "train", "test")
    ]


def test_test_pictures_differ(client, small):
    assert len({client.get("/api/gallery?model=small").json()["index"] for _ in range(12)}) > 1


def test_the_ready_digits_fall_back_on_strokes(client):
    assert client.get("/api/gallery").json()["data"] == "strokes"


@pytest.mark.parametrize("model", ["fashion", "strange"])
def test_where_there_are_no_pictures_it_says_what_to_do(client, strange, model):
    asks = [
        lambda: client.get(f"/api/gallery?model={model}"),
        lambda: client.get(f"/api/confusion?model={model}"),
        lambda: client.post(f"/api/nearest?model={model}", content=png(CANVAS)),
    ]
    for ask in asks:
        response = when_ready(ask)
        assert response.status_code == 404
        error = response.json()["error"]
        assert error["code"] == "no_data"
        assert "numnist data" in error["message"]


def test_a_class_of_another_model_is_refused(client):
    assert client.get("/api/gallery?label=Coat").status_code == 400


def test_an_imported_data_set_is_known_by_its_name(client, context):
    data = dataset()
    path = imported_path("bands")
    path.parent.mkdir(parents=True)
    write_npz(path, data)
    model = Model(Sequential(Flatten(), Dense(4)), data)
    model.about["recipe"] = {"dataset": "bands"}
    context.models.add("stripes", model, "kept")
    answer = client.get("/api/gallery?model=stripes").json()
    assert (answer["data"], answer["label"]) == ("bands", data.classes[data.test.labels[answer["index"]]])
    assert np.array_equal(unpacked(answer["picture"]), data.test.x[answer["index"], 0])
    neighbours = when_ready(lambda: client.post("/api/nearest?model=stripes", content=png(CANVAS))).json()
    assert neighbours["data"] == "bands"


@pytest.mark.mnist
def test_mnist_is_used_where_it_is(client):
    assert client.get("/api/gallery").json()["data"] == "mnist"
    assert client.get("/api/gallery?model=fashion").json()["data"] == "fashion-mnist"


@pytest.mark.mnist
def test_mnist_stands_in_for_digits_that_are_not_there(client, small):
    assert client.get("/api/gallery?model=small").json()["data"] == "mnist"
