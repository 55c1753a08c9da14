"""Towards: the page is shown the way from the drawing to another answer."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Dense, Flatten, Model, Sequential, load_model
from numnist.ink.prepare import prepare
from tests.serve.drawings import BLANK, digits_model, drawn, png, unpacked

CANVAS, LABEL = drawn(2)


def towards(client, label, content=None, **query):
    response = client.post("/api/towards", content=content or png(CANVAS), params={"label": label} | query)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_drawing_is_changed_until_it_is_another_digit(client):
    wanted = str((int(LABEL) + 3) % 10)
    answer = towards(client, wanted)
    first, last = answer["frames"][0], answer["frames"][-1]
    assert answer["reached"] is True
    assert (first["label"], last["label"]) == (LABEL, wanted)
    assert first["probability"] < 0.5 < 0.9 <= last["probability"]
    assert np.array_equal(unpacked(first["picture"]), prepare(CANVAS, "digits", (1, 28, 28)).picture)
    assert str(load_model("digits").predict(unpacked(last["picture"])[None])[0]) == wanted
    assert 2 <= len(answer["frames"]) <= min(12, answer["steps"] + 1)
    change = unpacked(last["picture"]).astype(float) - unpacked(first["picture"])
    # in levels of 255: float32 rounds each by less than 255 · 1e-7, and the levels themselves are whole
    np.testing.assert_allclose(unpacked(answer["change"]) * 255, change, atol=1e-3)
    assert f"“{wanted}”" in answer["sentence"]


def test_what_it_is_already_needs_no_change(client):
    answer = towards(client, LABEL)
    assert (answer["reached"], answer["steps"], len(answer["frames"])) == (True, 0, 1)
    assert "already" in answer["sentence"]
    assert not unpacked(answer["change"]).any()


def test_it_says_where_it_did_not_come_to(client, context):
    context.models.add("flat", digits_model(seed=None), "kept")  # all classes are equally probable, whatever is drawn
    answer = towards(client, "3", model="flat")
    assert (answer["reached"], answer["steps"]) == (False, 0)
    assert "10% only" in answer["sentence"]


def test_even_nothing_can_become_something(client):
    assert towards(client, "1", BLANK)["frames"][0]["picture"]["shape"] == [28, 28]


def test_colour_stays_colour(client, context):
    context.models.add("colour", Model(Sequential(Flatten(), Dense(3)), (3, 8, 8), preparation="plain"), "kept")
    answer = towards(client, "2", png(np.full((40, 40, 3), 90, np.uint8)), model="colour")
    assert answer["frames"][0]["picture"]["shape"] == [3, 8, 8]
    assert answer["change"]["shape"] == [8, 8]


@pytest.mark.parametrize(("query", "code"), [({}, "no_label"), ({"label": "x"}, "unknown_label")])
def test_without_a_label_it_is_refused(client, query, code):
    response = client.post("/api/towards", content=png(CANVAS), params=query)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
