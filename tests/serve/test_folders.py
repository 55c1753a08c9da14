"""No answer names a folder of the server's machine."""

from __future__ import annotations

import json

import pytest

from numnist import Model
from numnist.serve.http.folders import without_folders
from numnist.serve.training.publisher import EventPublisher
from numnist.support.errors import DataError
from tests.small import MLP, dataset


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/anna/class 7b/x.png", "class 7b/x.png"),  # a space may end a path: better a part too many than a word
        ("/home/anna/digits", "digits"),
        ("cannot read /srv/a-b/.c/model.safetensors: gone", "cannot read model.safetensors: gone"),
        ("('/srv/runs/mine')", "('mine')"),
        (r"C:\Users\anna\x.png is no picture", "x.png is no picture"),
        ("C:/Users/anna/x.png", "x.png"),
        ("runs/mine", "runs/mine"),
        ("see http://host/path/to/page and https://a.b/c/d", "see http://host/path/to/page and https://a.b/c/d"),
        ("1/2 and 3/4/5 and /", "1/2 and 3/4/5 and /"),
        ("/tmp", "/tmp"),
        ({"a": ["/home/anna/x", 3, None], "/b/c": True}, {"a": ["x", 3, None], "/b/c": True}),
    ],
)
def test_of_a_path_the_last_part_is_told(text, told):
    assert without_folders(text) == told


def test_a_models_origin_names_no_folder(client, context, tmp_path):
    model = Model(MLP, dataset())
    model.about = {
        "recipe": {"dataset": str(tmp_path / "own" / "digits")},
        "environment": {"start": str(tmp_path / "start.safetensors"), "data_source": str(tmp_path / "own")},
    }
    model.save(context.runs / "own" / "model.safetensors")
    found = client.get("/api/model?model=own")
    assert found.json()["dataset"] == "digits"
    assert found.json()["about"]["environment"]["start"] == "start.safetensors"
    for said in (found, client.get("/api/models")):
        assert str(tmp_path) not in json.dumps(said.json())


def test_a_drawing_that_is_not_kept_names_no_folder(client, context):
    context.kept.write_bytes(b"")  # a file is where the folder would be
    pixels = [[0, 255, 0]] * 5
    said = client.post("/api/kept?label=1", json={"pixels": pixels})
    assert said.json()["error"]["code"] == "not_kept"
    assert str(context.kept.parent) not in said.text
    assert context.kept.name in said.text


def test_a_training_that_fails_names_no_folder():
    publisher = EventPublisher(lambda: 0.0)
    publisher.failed(DataError("/home/anna/mnist/train.gz is broken: remove it."))
    publisher.failed(OSError(28, "No space left on device", "/home/anna/runs/x.part"))
    assert "anna" not in "".join(each.data for each in publisher.feed.since(0, "page"))
