"""Exciting: the training pictures that excite a unit, found once and in the background."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Dense, Flatten, Model, Sequential
from numnist.data.strokes.drawing import draw
from numnist.interpret.strongest import StrongestPictures
from numnist.interpret.trace import trace
from numnist.serve.routes import exciting
from numnist.serve.state import pictures
from tests.serve.drawings import digits_model, unpacked, when_ready


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Fewer strokes than the page works with."""
    monkeypatch.setattr(pictures, "DRAWN", {"train": 300, "test": 100})
    monkeypatch.setattr(exciting, "MOST", 200)


@pytest.fixture
def small(context):
    """A model of digits that names a data set which is not on this machine."""
    model = digits_model()
    model.about["recipe"] = {"dataset": "my-own"}
    return context.models.add("small", model, "kept").model


def ask(client, **query):
    return when_ready(lambda: client.get("/api/exciting", params={"model": "small"} | query))


@pytest.mark.parametrize(("place", "unit", "shown"), [("0", 2, "2"), ("2", 1, "2"), ("4", 7, "4")])
def test_they_are_those_that_excite_the_layers_block_most(client, small, place, unit, shown):
    answer = ask(client, place=place, unit=unit).json()
    x, labels = (each[:200] for each in draw(300))
    output = next(step.output for step in trace(small, x) if step.place == shown)[:, unit].reshape(200, -1).max(axis=1)
    assert (answer["data"], answer["place"], answer["unit"]) == ("strokes", shown, unit)
    found = answer["pictures"]
    # as compiled and as written: float32 has 7 digits
    np.testing.assert_allclose([each["value"] for each in found], np.sort(output)[::-1][:9], rtol=1e-4)
    for each in found:
        assert output[each["index"]] == pytest.approx(each["value"], rel=1e-4)  # likewise
        assert each["label"] == str(labels[each["index"]])
        assert np.array_equal(unpacked(each["picture"]), x[each["index"]])
    assert "Of 200 training pictures of strokes these excite the unit most: " in answer["sentence"]


def test_the_frame_is_what_the_unit_sees_where_it_is_excited(client, small):
    answer = ask(client, place="2", unit=1).json()
    for each in answer["pictures"]:
        row, column = 2 * each["row"], 2 * each["column"]
        assert each["box"] == [row, column, row + 6, column + 6]  # 5 × 5, and one more by pooling 2 × 2
    assert "The frame is the part" in answer["sentence"]
    whole = ask(client, place="4", unit=1).json()
    assert all(each["box"] == [0, 0, 28, 28] for each in whole["pictures"])
    assert "It sees the whole picture." in whole["sentence"]


def test_a_unit_that_nothing_excites_is_told(client, small):
    small.theta[...] = 0
    assert "has the same largest value, 0." in ask(client, place="2", unit=0).json()["sentence"]


def test_the_pictures_go_through_the_network_once(client, small, monkeypatch):
    made = []
    monkeypatch.setattr(exciting, "StrongestPictures", lambda *given: made.append(1) or StrongestPictures(*given))
    for unit in range(3):
        assert ask(client, place="2", unit=unit).status_code == 200
    assert len(made) == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"place": "9", "unit": "0"}, "bad_index"),
        ({"unit": "0"}, "bad_index"),
        ({"place": "0", "unit": "-1"}, "bad_index"),
        ({"place": "0", "unit": "1,2,3"}, "bad_index"),
        ({"place": "0"}, "bad_index"),
        ({"place": "0", "unit": "4"}, "refused"),
    ],
)
def test_what_there_is_not_is_refused(client, small, query, code):
    response = ask(client, **query)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_where_there_are_no_pictures_it_says_what_to_do(client, context):
    strange = Model(Sequential(Flatten(), Dense(3)), (1, 8, 8), classes=("a", "b", "c"))
    context.models.add("strange", strange, "kept")
    response = ask(client, model="strange", place="1", unit="0")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "no_data")
