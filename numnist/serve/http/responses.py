"""The wire: what goes to the client: JSON, arrays inside JSON, and errors, which never show a traceback."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from numnist.support.errors import NumnistError

PACKED = {"float32": "<f4", "uint8": "|u1"}  # types of packed arrays: what a browser's typed arrays read


class Refused(Exception):  # noqa: N818  as an answer it is no error
    """A request that is not done.  Becomes {"error": {"code", "message"}} with that status.

    code: one word for programs, as too_large;  message: a paragraph for people, which says what to do.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def busy(message: str, seconds: int = 1) -> Refused:
    """Not now: the client may ask again after so many seconds."""
    return Refused(503, "busy", message, {"Retry-After": str(seconds)})


def too_slow(part: str, seconds: float) -> Refused:
    """A part of the request, "header" or "body", took longer than these seconds: the connection is closed."""
    return Refused(408, "too_slow", f"the request's {part} was not there after {seconds:g} s.", {"Connection": "close"})


def header_too_large(most: int) -> Refused:
    """The request's header has more than so many bytes."""
    return Refused(431, "header_too_large", f"the request's header has more than {most:,} bytes: shorten it.")


def answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Compact JSON that no cache keeps.  Raises ValueError for numbers that are not finite: JSON has none."""
    body = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    kept = {"Cache-Control": "no-store"} | dict(headers or {})
    return Response(body, status, kept, media_type="application/json")


def packed(array: NDArray[Any]) -> dict[str, Any]:
    """An array inside JSON: type, shape, and the little-endian bytes in C order as base64.

    uint8 stays so, all other numbers become float32, which is what networks compute with.
    """
    dtype = "uint8" if array.dtype == np.uint8 else "float32"
    data = np.ascontiguousarray(array, PACKED[dtype])
    return {"dtype": dtype, "shape": list(array.shape), "base64": base64.b64encode(data.data).decode("ascii")}


def refusal(refused: Refused) -> Response:
    """A Refused as the client sees it."""
    error = {"code": refused.code, "message": refused.message}
    return answer({"error": error}, refused.status, refused.headers)


async def on_refused(request: Request, error: Exception) -> Response:
    """For Starlette: a Refused that a route raised."""
    assert isinstance(error, Refused)
    return refusal(error)


async def on_http(request: Request, error: Exception) -> Response:
    """For Starlette: what its router refuses: unknown addresses and methods."""
    assert isinstance(error, HTTPException)
    path = request.url.path[:100]
    if error.status_code == 404:
        return refusal(Refused(404, "not_found", f"there is nothing at {path}: docs/api.md lists it all."))
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        message = f"{path} does not take {request.method[:20]}, but {allowed}."
        return refusal(Refused(405, "method_not_allowed", message, error.headers))
    return refusal(Refused(error.status_code, "refused", error.detail, error.headers))


async def on_foreseen(request: Request, error: Exception) -> Response:
    """For Starlette: what the library refuses says what is wrong with what was sent."""
    assert isinstance(error, NumnistError)
    return refusal(Refused(400, "refused", str(error)))


ON_ERROR = {Refused: on_refused, HTTPException: on_http, NumnistError: on_foreseen}


class Mistakes:
    """ASGI middleware for mistakes of ours: the client learns that it was not theirs, the log has the traceback."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            if scope["type"] == "http" and not started:
                message = "numnist met something that it did not foresee: its log says more, please report it."
                await refusal(Refused(500, "mistake", message))(scope, receive, send)
            raise  # for whoever runs the app to log it
