"""Odd model files among the runs: each costs itself, and all others are there."""

from __future__ import annotations

from typing import Any

import pytest
from safetensors.numpy import save

from numnist import Model
from numnist.model.file import Contents
from tests.small import MLP, dataset

ODD: dict[str, dict[str, Any]] = {
    "a result that is a list": {"result": [1, 2]},
    "a result that is a text": {"result": "good"},
    "a recipe that is a text": {"recipe": "quick"},
    "a recipe that is a list": {"recipe": [["name", "quick"]]},
    "a title that is a number": {"recipe": {"title": 7}},
    "a data set that is a table": {"recipe": {"dataset": {"a": 1}}},
    "an unknown loss": {"recipe": {"loss": {"type": "Nothing"}}},
    "an accuracy of 3": {"result": {"test_accuracy": 3.0}},
    "an accuracy that is a text": {"result": {"test_accuracy": "good"}},
    "an accuracy that is true": {"result": {"test_accuracy": True}},
    "a threshold above 1": {"sure": 7},
    "a threshold that is a list": {"sure": [0.5]},
}
LOST = {"an unknown loss"}


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_file_costs_itself_at_most(client, context, odd):
    for name, about in (("good", {}), ("odd", ODD[odd])):
        model = Model(MLP, dataset())
        model.about = about
        model.save(context.runs / name / "model.safetensors")
    (context.runs / "junk").mkdir()
    (context.runs / "junk" / "model.safetensors").write_bytes(save({}, {"numnist": "{}"}))
    found = client.get("/api/models")
    assert found.status_code == 200, found.text
    named = {model["name"]: model for model in found.json()["models"]}
    assert {"digits", "fashion", "good"} <= set(named)
    assert ("odd" in named) == (odd not in LOST)
    assert "junk" not in named
    for model in named.values():
        assert model["accuracy"] is None or 0 <= model["accuracy"] <= 1
        assert isinstance(model["title"], str)
        assert model["dataset"] is None or isinstance(model["dataset"], str)
    if odd not in LOST:
        assert client.get("/api/model?model=odd").status_code == 200


def test_a_model_file_that_says_nan_is_not_read(client, context):
    model = Model(MLP, dataset())
    model.save(context.runs / "odd" / "model.safetensors")
    assert isinstance(model.contents(), Contents)
    path = context.runs / "odd" / "model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'\\"about\\": {}', b'\\"about\\":NaN', 1))
    assert path.read_bytes() != whole
    assert "odd" not in {each["name"] for each in client.get("/api/models").json()["models"]}
