"""One HTML file: a model with everything that reads pictures, in plain JavaScript.  No network, no server, no Python.

page/ has its parts: arrays.js, ink/ and network/ are the same functions as Python's numnist.ink, numnist.nn and
numnist.model.reading, with the same names, for one picture; drawing/ and panels/ are what people see.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib import resources
from typing import Any

from numnist.export.exported import Exported
from numnist.ink.normalize import is_features
from numnist.model.about import share, table, text
from numnist.support.errors import UsageError

LIBRARY = (  # what reads pictures; needs no page
    "arrays", "ink/pixels", "ink/components", "ink/paper", "ink/ground", "ink/foreground", "ink/center", "ink/photo",
    "ink/prepare", "ink/characters/pieces", "ink/characters/separate", "ink/characters/cut", "ink/characters/prepare",
    "network/windows", "network/layers", "network/file", "network/model", "network/reading",
)  # fmt: skip
PAGE = (
    "words/en", "words/de", "panels/elements", "panels/words", "panels/pictures", "drawing/strokes", "drawing/pad",
    "drawing/keyboard", "drawing/upload", "panels/answer", "panels/input", "panels/inside", "main",
)  # fmt: skip


def page(exported: Exported) -> bytes:
    """The whole file.   Raises UsageError for a model that does not take pictures, or not by its preparation."""
    model = exported.model
    C, *_ = model.in_shape
    if is_features(model.in_shape):
        raise UsageError(f"the model takes {C} features, not pictures, so that a page to draw on has nothing to read.")
    if C != 1 and (model.preparation == "digits" or C != 3):
        raise UsageError(
            f"the model takes {C} channels by the preparation {model.preparation!r}, but a picture has 1 (grey), or 3 "
            "by 'photo' or 'plain': train it on such pictures."
        )
    script = f'"use strict";\n{library()}\n{_joined(PAGE)}'
    parts = {
        "title": escape(f"{exported.name or 'a model'}: numnist in one file"),
        "policy": _policy(script),
        "style": _asset("page.css"),
        "facts": _json(_facts(exported)),
        "model": b64encode(exported.data).decode(),
        "script": script,
    }
    before, *rest = _asset("index.html").split("{{")
    pieces = [before]
    for piece in rest:
        name, _, after = piece.partition("}}")
        pieces += [parts[name], after]
    return "".join(pieces).encode()


def library() -> str:
    """The JavaScript that reads pictures, as one script."""
    return _joined(LIBRARY)


def _joined(names: tuple[str, ...]) -> str:
    return "\n".join(_asset(f"{name}.js") for name in names)


def _facts(exported: Exported) -> dict[str, Any]:
    """What the page says of the model, and what the model's file need not have: all fields of the network."""
    about = exported.model.about
    result, recipe = table(about, "result"), table(about, "recipe")
    interval = result.get("confidence_interval")
    whole = isinstance(interval, list) and len(interval) == 2 and all(share(each) is not None for each in interval)
    return {
        "name": exported.name or text(recipe.get("name")),
        "title": text(recipe.get("title")),
        "dataset": text(recipe.get("dataset")) or text(result.get("dataset")),
        "accuracy": share(result.get("test_accuracy")),
        "interval": interval if whole else None,
        "parameters": exported.model.plan.size,
        "weights": exported.model.weights_sha256,
        "sha256": sha256(exported.data).hexdigest(),
        "network": exported.network,
    }


def _json(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it ends the element."""
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c")


def _policy(script: str) -> str:
    """The Content-Security-Policy: the page may run its own script, and load nothing."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def _asset(name: str) -> str:
    return resources.files("numnist.export.page").joinpath(name).read_text("utf-8")
