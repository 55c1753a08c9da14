"""It was a 4, over HTTP, and the whole way: kept by hand, imported, trained on, and measured again, by the commands."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest

from numnist import Dense, Flatten, Model, Sequential, load_model
from numnist.cli import main
from numnist.data.formats.image import read_picture
from numnist.data.strokes.drawing import draw
from numnist.ink.prepare import prepare
from numnist.serve.state.context import AppContext
from numnist.serve.state.drawings import LEAST
from numnist.serve.state.models import ModelRegistry
from tests.serve.trainings import BLANK, refused, sheet

PICTURES, LABELS = draw(40, seed=11)


def keep(client, i, label=None, **query):
    label = str(LABELS[i]) if label is None else label
    return client.post("/api/kept", params={"label": label} | query, content=sheet(PICTURES[i]))


def kept(client, **query):
    response = client.get("/api/kept", params=query)
    assert response.status_code == 200
    return response.json()


def test_a_drawing_is_kept_as_the_network_sees_it(client, context):
    said = keep(client, 0, "4")
    assert said.status_code == 201
    file = Path(said.json()["file"])
    assert file == context.kept / "digits/4/000001.png"
    whole = 255 - PICTURES[0].repeat(10, axis=0).repeat(10, axis=1)
    assert np.array_equal(read_picture(file), prepare(whole, "digits", (1, 28, 28)).picture)


def test_it_is_told_what_there_is(client, context):
    none = {"count": 0, "labels": dict.fromkeys("0123456789", 0)}
    together = none | {"folder": str(context.kept / "digits"), "commands": []}
    assert kept(client) == none | {"least": LEAST, "enough": False, "trainable": True, "all": together}
    for i in range(LEAST):
        said = keep(client, i).json()
    assert {name: value for name, value in said.items() if name != "file"} == kept(client)
    assert said["count"] == sum(said["labels"].values()) == LEAST
    assert [line.split()[1] for line in said["all"]["commands"]] == [
        "data",
        "evaluate",
        "train",
        "evaluate",
        "evaluate",
    ]


def test_undo_takes_back_the_last_one(client):
    for i in range(2):
        keep(client, i)
    said = client.delete("/api/kept/last")
    assert (said.status_code, said.json()["label"]) == (200, str(LABELS[1]))
    assert kept(client)["count"] == 1
    client.delete("/api/kept/last")
    refused(client.delete("/api/kept/last"), 404, "nothing_kept")


def test_clothes_lie_beside_digits(client, context):
    said = keep(client, 0, "T-shirt/top", model="fashion")
    assert Path(said.json()["file"]) == context.kept / "fashion-mnist/T-shirt-top/000001.png"
    assert kept(client)["count"] == 0
    assert kept(client, model="fashion")["labels"]["T-shirt/top"] == 1


@pytest.mark.parametrize(
    ("query", "body", "status", "code"),
    [
        ({}, sheet(PICTURES[0]), 400, "no_label"),
        ({"label": "10"}, sheet(PICTURES[0]), 400, "refused"),
        ({"label": "../4"}, sheet(PICTURES[0]), 400, "refused"),
        ({"label": "4", "model": "nobody"}, sheet(PICTURES[0]), 404, "no_such_model"),
        ({"label": "4"}, BLANK, 400, "blank"),
        ({"label": "4"}, b"", 400, "empty"),
        ({"label": "4"}, b"GIF89a", 415, "unknown_format"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(client, context, query, body, status, code):
    refused(client.post("/api/kept", params=query, content=body), status, code)
    assert not context.kept.exists()


def test_what_stands_in_the_way_is_said(client, context):
    (context.kept / "digits").mkdir(parents=True)
    (context.kept / "digits/classes.txt").write_text("a\nb\n")
    assert "is for other classes" in refused(keep(client, 0), 409, "not_kept")


def test_a_folder_that_cannot_be_written_is_said(client, context):
    context.kept.write_text("a file")
    assert "cannot be written" in refused(keep(client, 0), 507, "not_kept")


# ---- the whole way -----------------------------------------------------------------------------------------


@pytest.fixture
def small_context(tmp_path, monkeypatch):
    """A page that runs a small model of one's own, as `numnist train` makes it."""
    monkeypatch.setenv("NUMNIST_OFFLINE", "1")
    x, labels = draw(600, seed=5)
    np.savez(tmp_path / "digits.npz", x_train=x[:500], y_train=labels[:500], x_test=x[500:], y_test=labels[500:])
    assert run(f"train mlp-quick --dataset {tmp_path}/digits.npz --epochs 2 --run runs/small --no-report") == 0
    context = AppContext(
        ModelRegistry("runs/small", tmp_path / "runs"), tmp_path / "runs", tmp_path / "drawn", threads=1
    )
    yield context
    context.close()


def run(line):
    """A line for the shell, here."""
    return main(shlex.split(line.removeprefix("numnist ")))


def test_what_was_kept_fine_tunes_the_model_by_the_lines_that_are_told(make_client, small_context, capsys):
    """Three classes of ten, as after a few minutes of drawing."""
    client = make_client(small_context)
    three = [i for i in range(40) if LABELS[i] in (1, 4, 7)][:LEAST]
    for i in three:
        assert keep(client, i).status_code == 201
    lines = kept(client)["all"]["commands"]
    assert lines[0] == f"numnist data import {small_context.kept / 'digits'} --name mine"
    assert [run(line) for line in lines] == [0] * len(lines), capsys.readouterr().err
    model = load_model("runs/mine")
    assert model.classes == tuple("0123456789")
    assert model.preparation == load_model("runs/small").preparation == "digits"
    assert model.weights_sha256 != load_model("runs/small").weights_sha256


def test_the_folder_itself_is_a_data_set_too(make_client, small_context):
    client = make_client(small_context)
    for i in range(LEAST):
        keep(client, i)
    folder = kept(client)["all"]["folder"]
    assert run(f"train --from runs/small --dataset {folder} --epochs 1 --run runs/b --no-report") == 0
    assert load_model("runs/b").about["recipe"]["dataset"] == folder


def test_the_digits_model_takes_it(client, context, monkeypatch):
    """Its recipe keeps 5,000 pictures for validation, more than anybody draws."""
    monkeypatch.setenv("NUMNIST_OFFLINE", "1")
    for i in range(LEAST):
        keep(client, i)
    lines = kept(client)["all"]["commands"]
    assert shlex.split(lines[2])[:4] == ["numnist", "train", "--from", "digits"]
    assert [run(lines[0]), run(lines[1]), run(f"{lines[2]} --no-report")] == [0, 0, 0]
    assert load_model("runs/mine").about["recipe"]["augment"]


def test_nobody_knows_how_a_model_without_a_recipe_is_trained(tmp_path, make_client):
    network = Sequential(Flatten(), Dense(10))
    Model(network, (1, 28, 28), preparation="digits").save(tmp_path / "plain.safetensors")
    context = AppContext(ModelRegistry(tmp_path / "plain.safetensors"), tmp_path / "runs", tmp_path / "drawn")
    client = make_client(context)
    for i in range(LEAST):
        keep(client, i)
    assert [line.split()[1] for line in kept(client)["all"]["commands"]] == ["data", "evaluate"]
