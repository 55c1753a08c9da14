"""The OpenAPI document of the server: /openapi.json."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

import numnist
from numnist.serve.schema.operations import OPERATIONS
from numnist.serve.schema.types import TYPES
from numnist.serve.state.context import AppContext

TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "The token in the server's address, where other machines reach it; else none is needed.",
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "numnist",
        "version": numnist.__version__,
        "description": "Classifies pictures, explains how, and trains. Everything stays on the server's machine.",
        "license": {"name": "MIT", "identifier": "MIT"},
    },
    "paths": OPERATIONS,
    "security": [{"token": []}, {}],
    "components": {"schemas": TYPES, "securitySchemes": {"token": TOKEN}},
}


async def schema(context: AppContext, request: Request) -> dict[str, Any]:
    """GET /openapi.json: what every address takes and returns."""
    return DOCUMENT
