"""A model whose numbers overflow: the server says so, whatever it is asked, and goes on with the others."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.serve.state import pictures
from tests.serve.drawings import digits_model, drawn, png, when_ready

PICTURE = png(drawn(3)[0])
ASKED = {
    "predict": ("POST", "/api/predict?model=huge"),
    "look": ("POST", "/api/look?model=huge"),
    "inside": ("POST", "/api/inside?model=huge"),
    "unit": ("POST", "/api/unit?model=huge&place=0&index=0,9,9"),
    "attribution": ("POST", "/api/attribution?model=huge&label=3"),
    "towards": ("POST", "/api/towards?model=huge&label=7"),
    "exciting": ("GET", "/api/exciting?model=huge&place=0&unit=1"),
    "nearest": ("POST", "/api/nearest?model=huge"),
    "confusion": ("GET", "/api/confusion?model=huge"),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_model_whose_numbers_overflow_gives_a_reason_and_no_answer(client, context, monkeypatch, asked):
    monkeypatch.setattr(pictures, "DRAWN", {"train": 30, "test": 10})
    model = digits_model()
    for parameter in model.parameters.arrays().values():
        parameter[...] = np.where(parameter < 0, -1e30, 1e30)
    context.models.add("huge", model, "kept")
    method, path = ASKED[asked]
    with np.errstate(all="ignore"):
        answer = when_ready(lambda: client.request(method, path, content=PICTURE if method == "POST" else None))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "refused"
    assert "infinite or not a number" in answer.json()["error"]["message"]
    assert client.post("/api/predict", content=PICTURE).status_code == 200
