"""Attribution on the page: the gradient and the occlusion of the library, and a sentence that says what was found."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.ink.prepare import prepare
from numnist.interpret.attribution import saliency
from numnist.interpret.occlusion import occlusion
from tests.serve.drawings import digits_model, drawn, png, unpacked

CANVAS, LABEL = drawn(1)
PICTURE = prepare(CANVAS, "digits", (1, 28, 28)).picture[None]


@pytest.fixture
def small(context):
    return context.models.add("small", digits_model(), "kept").model


def ask(client, **query):
    return client.post("/api/attribution", content=png(CANVAS), params={"model": "small"} | query)


def test_the_maps_are_those_of_the_library(client, small):
    answer = ask(client, label="3").json()
    found = occlusion(small, PICTURE, [3], size=7, stride=2)
    assert answer["label"] == "3"
    assert np.array_equal(unpacked(answer["picture"]), PICTURE[0])
    # the same sums by another model object: some hundred float32 terms lose two of 7 digits
    np.testing.assert_allclose(
        unpacked(answer["gradient"]), saliency(small, PICTURE, [3], blur=1.0)[0], rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(unpacked(answer["occlusion"]["drops"]), found.pixels()[0], rtol=1e-4, atol=1e-6)
    assert (answer["occlusion"]["size"], answer["occlusion"]["before"]) == ([7, 7], pytest.approx(found.before[0]))


@pytest.mark.parametrize(("label", "way"), [(LABEL, "falls"), ("other", "rises")])
def test_the_frame_is_the_patch_that_changes_most(client, label, way):
    label = str((int(LABEL) + 1) % 10) if label == "other" else label
    answer = ask(client, model="digits", label=label).json()["occlusion"]
    frame = answer["largest"]
    top, left, bottom, right = frame["box"]
    assert (bottom - top, right - left) == (7, 7)
    change = frame["probability"] - answer["before"]
    if abs(change) < 0.01:
        assert "stays" in answer["sentence"]
    else:
        assert f" {way} from " in answer["sentence"]
        assert (change < 0) == (way == "falls")
        assert (f"“{frame['predicted']}” is predicted" in answer["sentence"]) == (frame["predicted"] != label)


def test_where_nothing_changes_it_says_so(client, small):
    small.theta[...] = 0
    answer = ask(client, label="3").json()["occlusion"]
    assert answer["sentence"] == "Whichever patch of 7 × 7 pixels is covered, the probability of “3” stays at 10.0%."


def test_a_class_is_needed_and_must_exist(client, small):
    for query, code in (({}, "no_label"), ({"label": "eleven"}, "unknown_label")):
        response = ask(client, **query)
        assert (response.status_code, response.json()["error"]["code"]) == (400, code)
