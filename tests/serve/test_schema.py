"""/openapi.json: it has every address of the server, and the server answers as it says.

schemathesis asks every address what the schema allows, and checks each response: its status, content type and body are
those of the schema, and never 500.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from numnist import Dataset, Split
from numnist.data.strokes.drawing import draw
from numnist.serve.app import create_app
from numnist.serve.schema.document import DOCUMENT
from numnist.serve.state import pictures
from tests.serve.asking import ask_everything
from tests.serve.conftest import PATIENCE
from tests.serve.drawings import drawn, png, when_ready

EXAMPLES = 6  # requests of each address, 150 in all: some seconds
REFERENCE = re.compile(r"^#/components/schemas/(\w+)$")


def references(schema: Any) -> set[str]:
    """All types that a part of the document names."""
    if isinstance(schema, dict):
        own = {REFERENCE.fullmatch(schema["$ref"])[1]} if "$ref" in schema else set()
        return own.union(*map(references, schema.values()))
    return set().union(*map(references, schema)) if isinstance(schema, list) else set()


def test_it_is_served(client):
    response = client.get("/openapi.json")
    assert response.json() == DOCUMENT
    assert response.json()["openapi"].startswith("3.1")


def test_it_has_every_address_and_no_other(context):
    there = {
        (route.path.replace(":path}", "}"), method.lower())
        for route in create_app(context).routes
        for method in route.methods - {"HEAD"}
    }
    assert there == {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}


def test_every_named_type_is_used_and_there():
    assert references(DOCUMENT["paths"]) | references(DOCUMENT["components"]) == set(DOCUMENT["components"]["schemas"])


def test_the_parameters_in_a_path_are_described():
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            found = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert found == set(re.findall(r"{(\w+)}", path))


@pytest.fixture
def few(monkeypatch):
    """All data is a few drawn digits, so that no request computes for long."""
    x, labels = draw(320, seed=1)
    parts = (Split(x[part][:, None], labels[part]) for part in (slice(200), slice(200, 260), slice(260, 320)))
    data = Dataset("strokes", *parts, tuple("0123456789"), preparation="digits")
    monkeypatch.setattr("numnist.experiment.recipe.load", lambda name, **options: data)
    monkeypatch.setattr(pictures, "DRAWN", {"train": 100, "test": 100})
    monkeypatch.setattr(pictures, "load", lambda name, **options: data)
    return data


@pytest.mark.usefixtures("few")
def test_good_responses_are_those_of_the_schema(start_server):
    """What schemathesis hardly ever asks: pictures that can be read, and the results of computations."""
    schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis: pip install --group schema")
    url = start_server()
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    body = png(drawn()[0])
    asked = [
        *(("POST", path) for path in (
            "/api/predict", "/api/look", "/api/inside", "/api/inside?backward=3", "/api/towards?label=3",
            "/api/unit?place=0&index=0", "/api/unit?place=0&index=0,3,3&backward=3", "/api/nearest",
            "/api/kept?label=4", "/api/attribution?label=4",
        )),
        *(("GET", path) for path in (
            "/api/models", "/api/model", "/api/confusion", "/api/gallery", "/api/exciting?place=0&unit=1",
            "/api/kept", "/api/learning", "/healthz",
            "/readyz", "/metrics", "/", "/openapi.json",
        )),
        ("DELETE", "/api/kept/last"),
    ]  # fmt: skip
    for method, path in asked:
        content = body if method == "POST" else None
        response = when_ready(lambda: requests.request(method, url + path, data=content, timeout=PATIENCE))  # noqa: B023  called at once
        assert response.status_code in (200, 201), (path, response.text)
        schema[path.partition("?")[0]][method].validate_response(response)


@pytest.mark.usefixtures("few")
def test_whatever_the_schema_allows_is_answered_as_it_says(start_server):
    pytest.importorskip("schemathesis", reason="needs schemathesis: pip install --group schema")
    asked = ask_everything(start_server(), EXAMPLES)
    described = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described - asked == {("/openapi.json", "get")}  # which it has read
