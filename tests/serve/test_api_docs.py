"""docs/api.md: its examples are answered as it says, and it names every address of the server."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from numnist.data.strokes.drawing import draw
from numnist.serve.app import create_app
from numnist.serve.http.limits import LIMITS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```console\n(curl [^\n]*)\n```\n\n```json\n(.*?)```", DOCUMENT, re.DOTALL)
SERVER = "http://127.0.0.1:8000"


def asked(client: Any, command: str) -> Any:
    """What a curl command is answered."""
    words = shlex.split(command)
    assert words[:2] == ["curl", "-s"]
    address = words[-1].removeprefix(SERVER)
    match words[2:-1]:
        case ["--data-binary", data] if data.startswith("@"):
            return client.post(address, content=Path(data[1:]).read_bytes()).json()
        case ["--data-binary" | "--json", data]:
            return client.post(address, content=data).json()
        case []:
            return client.get(address).json()
    raise AssertionError(f"no such command: {command}")


def differences(documented: Any, answer: Any, at: str = "") -> list[str]:
    """Where an answer lacks what is documented; numbers with a point may differ, and lists and objects be longer."""
    if isinstance(documented, dict) and isinstance(answer, dict):
        missing = [f"{at}.{name}: is missing" for name in documented if name not in answer]
        both = documented.keys() & answer.keys()
        return missing + [wrong for n in both for wrong in differences(documented[n], answer[n], f"{at}.{n}")]
    if isinstance(documented, list) and isinstance(answer, list):
        short = [f"{at}: is too short"] if len(answer) < len(documented) else []
        pairs = enumerate(zip(documented, answer))
        return short + [wrong for i, (d, a) in pairs for wrong in differences(d, a, f"{at}[{i}]")]
    if isinstance(documented, float):
        return [] if isinstance(answer, float) else [f"{at}: {answer!r} is no number with a point"]
    return [] if documented == answer else [f"{at}: {answer!r}, but documented is {documented!r}"]


def test_there_are_examples():
    assert len(EXAMPLES) == DOCUMENT.count("\ncurl ") == 7


@pytest.mark.parametrize(("command", "documented"), EXAMPLES, ids=[command[-40:] for command, _ in EXAMPLES])
def test_an_example_is_answered_as_documented(client, command, documented):
    Image.fromarray(draw(1, seed=1)[0][0]).save("digit.png")
    assert differences(json.loads(documented), asked(client, command)) == []


def test_the_first_example_names_all_that_is_answered(client):
    Image.fromarray(draw(1, seed=1)[0][0]).save("digit.png")
    command, documented = EXAMPLES[0]
    answer = asked(client, command)
    for name in (None, "model", "preparation", "times"):
        assert (json.loads(documented)[name] if name else json.loads(documented)).keys() == (
            answer[name] if name else answer
        ).keys()


def test_every_address_is_documented(context):
    for route in create_app(context).routes:
        path = route.path.replace("{file:path}", "{file}")
        for method in route.methods - {"HEAD"}:
            assert re.search(rf"`{method} {re.escape(path)}[?`]", DOCUMENT), f"{method} {path}"


def test_every_error_code_is_documented_and_no_other():
    source = Path(__file__).parents[2] / "numnist" / "serve"
    text = "\n".join(file.read_text("utf-8") for file in source.rglob("*.py"))
    codes = set(re.findall(r"ApiError\(\s*[\w.]+,\s*\"(\w+)\"", text))
    rows = re.findall(r"^\| \d{3}(?:, \d{3})? \| (.*?) \|", DOCUMENT, re.MULTILINE)
    assert codes == set(re.findall(r"`(\w+)`", " ".join(rows)))


def test_the_limits_are_those_documented():
    words = DOCUMENT.replace("\n", " ").replace("  ", " ")
    assert f"complete after {LIMITS.header:g} s and a body after {LIMITS.body:g} s more" in words
    assert f"cut off after {LIMITS.unread:g} s, an idle one after {LIMITS.idle:g} s" in words
    assert f"{LIMITS.connections} connections are served" in words
    assert f"at most {LIMITS.closing:g} s" in words
    assert f"current requests have {LIMITS.interrupted:g} s" in words
    assert f"more than {LIMITS.header_bytes >> 10} KiB" in words
    assert f"at most {LIMITS.body_bytes >> 20} MiB" in words
