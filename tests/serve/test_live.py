"""Looking: the page sees the same answer as everybody, and every step that led to the network's picture."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import load_model
from numnist.ink.prepare import prepare
from tests.serve.drawings import BLANK, drawn, png, unpacked

CANVAS, LABEL = drawn()
STEPS = ["given", "ink", "fit", "center"]


def look(client, picture=CANVAS, **query):
    response = client.post("/api/look", content=picture if isinstance(picture, bytes) else png(picture), params=query)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_drawing_is_answered_as_by_predict(client):
    answer, predicted = look(client), client.post("/api/predict", content=png(CANVAS)).json()
    steps, off = answer["preparation"].pop("steps"), answer["preparation"].pop("off")
    picture = answer.pop("picture")
    assert answer.pop("digit") == 1
    assert {k: v for k, v in answer.items() if k != "times"} == {k: v for k, v in predicted.items() if k != "times"}
    assert set(answer["times"]) == set(predicted["times"])
    assert answer["label"] == LABEL
    assert off == []
    assert [step["name"] for step in steps] == STEPS
    assert np.array_equal(unpacked(picture), prepare(CANVAS, "digits", (1, 28, 28)).picture)


def test_every_step_is_a_small_picture_with_a_sentence(client):
    steps = look(client)["preparation"]["steps"]
    shapes = [unpacked(step["picture"]).shape for step in steps]
    assert shapes == [(96, 96), (96, 96), (28, 28), (28, 28)]
    assert all(step["title"] and step["sentence"].endswith(".") and step["on"] for step in steps)
    assert [step["switch"] for step in steps] == [False, True, True, True]
    given, lifted = (unpacked(step["picture"]).astype(int) for step in steps[:2])
    assert given[0, 0] == 255
    assert lifted[0, 0] == 0
    assert "moved" in steps[3]["sentence"].lower()


@pytest.mark.parametrize("off", [["ink"], ["fit"], ["center"], ["ink", "fit", "center"]])
def test_a_step_that_is_switched_off_is_left_out_and_says_so(client, off):
    answer = look(client, off=",".join(reversed(off)))
    assert answer["preparation"]["off"] == off
    prepared = prepare(CANVAS, "digits", (1, 28, 28), without=off)
    assert np.array_equal(unpacked(answer["picture"]), prepared.picture)
    # by default within 1e-6: the same network on the same picture, whose float32 JSON writes in full
    assert answer["probability"] == pytest.approx(
        float(load_model("digits").predict_proba(prepared.picture[None]).max())
    )
    for step in answer["preparation"]["steps"]:
        assert step["on"] is (step["name"] not in off)
        assert ("Left out" in step["sentence"]) is (step["name"] in off)


def test_leaving_out_the_ink_makes_answers_wrong(client):
    canvases = [drawn(number) for number in range(10)]  # one of each digit
    assert all(look(client, canvas)["label"] == label for canvas, label in canvases)
    right = sum(look(client, canvas, off="ink")["label"] == label for canvas, label in canvases)
    assert right <= 2  # the lesson: dark on light, digits are nothing that it knows


def test_nothing_drawn_is_said(client):
    for off in ("", "ink", "fit"):
        answer = look(client, BLANK, off=off)
        assert (answer["label"], answer["blank"], answer["top"]) == (None, True, [])
        assert not unpacked(answer["picture"]).any()
        assert len(answer["preparation"]["steps"]) == 4


def test_a_photo_has_steps_of_its_own(client):
    answer = look(client, model="fashion", off="center")
    assert answer["model"]["name"] == "fashion"
    assert answer["preparation"]["off"] == ["center"]
    assert [step["name"] for step in answer["preparation"]["steps"]] == ["given", "ink", "fit"]
    assert all(step["on"] for step in answer["preparation"]["steps"])
    stretched = look(client, CANVAS[:100], model="fashion", off="fit,ink")
    assert [step["on"] for step in stretched["preparation"]["steps"]] == [True, False, False]


def test_a_model_for_colour_shows_colour(client, context):
    from numnist import Dense, Flatten, Model, Sequential

    context.models.add("colour", Model(Sequential(Flatten(), Dense(3)), (3, 8, 8), preparation="plain"), "kept")
    picture = np.zeros((200, 100, 3), np.uint8)
    picture[..., 0] = 200
    answer = look(client, picture, model="colour")
    assert unpacked(answer["picture"]).shape == (3, 8, 8)
    assert [step["name"] for step in answer["preparation"]["steps"]] == ["given", "fit"]
    given = unpacked(answer["preparation"]["steps"][0]["picture"])
    assert given.shape == (3, 96, 48)
    assert given[:, 0, 0].tolist() == [200, 0, 0]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [({"off": "ink,smooth"}, 400, "unknown_step"), ({"model": "none"}, 404, "no_such_model")],
)
def test_what_there_is_not_is_refused(client, query, status, code):
    response = client.post("/api/look", content=png(CANVAS), params=query)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_what_is_no_picture_is_refused(client):
    assert client.post("/api/look", content=b"no picture").status_code == 415
    assert client.post("/api/look", content=b"").status_code == 400
