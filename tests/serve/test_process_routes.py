"""Routes answered by worker processes: what they answer without, and nothing old."""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
from typing import Any

import pytest

from numnist.data.strokes.drawing import draw
from numnist.ink.prepare import prepare
from numnist.model.model import Model
from numnist.serve.inference import predictions
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry, ModelRegistry
from numnist.support.errors import ModelFileError
from tests.serve import calls, malformed
from tests.serve.trainings import BLANK, sheet
from tests.small import MLP

DRAWN = draw(1, seed=2)[0][0].repeat(10, axis=0).repeat(10, axis=1)  # (280, 280), light on dark
DRAWING = sheet(draw(1, seed=2)[0][0])  # the same as a PNG, dark on light


@pytest.fixture
def two_clients(tmp_path, make_client):
    """Clients of an app without processes, and of one with a process that is ready."""
    contexts = [
        AppContext(ModelRegistry(runs=tmp_path / "runs"), tmp_path / "runs", tmp_path / "drawn", processes=count)
        for count in (0, 1)
    ]
    clients = [make_client(context, raise_server_exceptions=False) for context in contexts]
    clients[1].portal.call(contexts[1].processes.start)
    return (*clients, contexts[1])


def test_every_route_answers_the_same_from_a_process(two_clients):
    threads, processes, context = two_clients
    paths = [
        *(f"/api/predict{name}" for name in ("", "?model=fashion", "?model=none")),
        *(f"/api/look{off}" for off in ("", "?off=ink,center", "?off=fit", "?off=nothing")),
        "/api/inside", "/api/inside?backward=3", "/api/inside?backward=x",
        "/api/unit?place=0&index=1,2,3", "/api/unit?place=0&index=99&backward=2", "/api/unit?place=x&index=1",
        "/api/towards?label=3", "/api/towards",
    ]  # fmt: skip
    bodies = [DRAWING, BLANK, b'{"pixels": [[0, 1]]}']
    requests = [("POST", path, body, {}) for path in paths for body in bodies]
    requests += [(w.method, w.path, w.content, w.headers) for w in malformed.ALL]
    busy = context.processes.processes()
    for method, path, body, headers in requests:
        a, b = (each.request(method, path, content=body, headers=headers) for each in (threads, processes))
        assert (a.status_code, told(a)) == (b.status_code, told(b)), (path, body)
        assert a.headers.keys() == b.headers.keys()
    assert context.processes.processes() == busy != []


def told(response: Any) -> Any:
    """What a response says, without times, and without the addresses in Pillow's messages."""
    answer = json.loads(re.sub(r"0x[0-9a-f]+", "", response.text))
    return {name: value for name, value in answer.items() if name != "times"}


def test_a_run_that_was_written_anew_is_answered_by_its_new_weights(two_clients, tmp_path):
    """The weights that answer are those that the answer names, which are those on disk."""
    _, client, context = two_clients
    file = tmp_path / "runs" / "mine" / "model.safetensors"
    file.parent.mkdir(parents=True)
    for seed in range(3):
        model = Model(MLP, (1, 12, 12), seed=seed, preparation="digits")
        model.save(file)
        os.utime(file, ns=(seed, seed))  # as if some time had passed
        answer = client.post("/api/predict?model=mine", content=DRAWING).json()
        assert answer["model"]["sha256"] == model.weights_sha256
        picture = prepare(DRAWN, "digits", (1, 12, 12)).picture
        expected = model.predict_proba(picture[None], threads=1)[0].tolist()
        assert [each["probability"] for each in answer["probabilities"]] == expected
    assert len(context.processes.processes()) == 1


def test_a_mistake_in_a_process_is_a_mistake_and_logged(two_clients, caplog, monkeypatch):
    monkeypatch.setattr(predictions, "one", calls.mistake_with_body)
    _, client, _ = two_clients
    with caplog.at_level(logging.ERROR):
        said = client.post("/api/predict", content=b"x")
    assert said.status_code == 500
    assert said.json()["error"]["code"] == "mistake"


def test_a_process_loads_no_web_framework(two_clients):
    """It would take a quarter more memory, in every process."""
    _, client, context = two_clients
    for path in ("predict", "look", "inside", "towards?label=1"):
        assert client.post(f"/api/{path}", content=DRAWING).status_code == 200
    entry = context.models.get(None)
    loaded = client.portal.call(context.processes.submit, calls.loaded, entry)
    assert {"numpy", "numnist.serve.inference.live"} <= loaded
    assert not loaded & {"starlette", "h11", "prometheus_client", "asyncio", "requests"}


def test_a_model_arrives_to_the_bit_or_not_at_all():
    model = Model(MLP, (1, 12, 12), seed=3)
    model.about = {"result": {"test_accuracy": 0.5}}
    entry = ModelEntry("mine", model, model.weights_sha256, "kept")
    again = pickle.loads(pickle.dumps(entry))  # noqa: S301  (our own)
    assert (again.name, again.sha256, again.source, again.path) == ("mine", entry.sha256, "kept", None)
    assert again.model.weights_sha256 == entry.sha256
    assert again.model.about == model.about
    model.theta[0] += 1
    with pytest.raises(ModelFileError, match="have changed"):
        pickle.loads(pickle.dumps(entry))  # noqa: S301  (our own)
