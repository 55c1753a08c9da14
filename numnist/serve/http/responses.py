"""Responses: JSON, arrays inside JSON, and errors, which never show a traceback."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from numnist.support.errors import NumnistError

PACKED = {"float32": "<f4", "uint8": "|u1"}  # types of packed arrays: what a browser's typed arrays read


class ApiError(Exception):
    """A request that is refused.  Becomes {"error": {"code", "message"}} with that status.

    code: one word for programs, as too_large;  message: a sentence for people, which says what to do.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def busy(message: str, seconds: int = 1) -> ApiError:
    """Not now: the client may ask again after so many seconds."""
    return ApiError(503, "busy", message, {"Retry-After": str(seconds)})


def too_slow(part: str, seconds: float) -> ApiError:
    """A part of the request, "header" or "body", took longer than so many seconds.  Ends the connection."""
    message = f"the request's {part} was not there after {seconds:g} s."
    return ApiError(408, "too_slow", message, {"Connection": "close"})


def header_too_large(most: int) -> ApiError:
    """The request's header has more than so many bytes."""
    return ApiError(431, "header_too_large", f"the request's header has more than {most:,} bytes: shorten it.")


def json_response(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Compact JSON that no cache keeps.  Raises ValueError for numbers that are not finite: JSON has none."""
    body = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    all_headers = {"Cache-Control": "no-store"} | dict(headers or {})
    return Response(body, status, all_headers, media_type="application/json")


def packed(array: NDArray[Any]) -> dict[str, Any]:
    """An array inside JSON: its type, its shape, and the little-endian bytes in C order as base64.

    uint8 stays uint8; all other numbers become float32, the type that networks compute with.
    """
    dtype = "uint8" if array.dtype == np.uint8 else "float32"
    data = np.ascontiguousarray(array, PACKED[dtype])
    return {"dtype": dtype, "shape": list(array.shape), "base64": base64.b64encode(data.data).decode("ascii")}


def error_response(error: ApiError) -> Response:
    """The response to a request that is refused."""
    return json_response({"error": {"code": error.code, "message": error.message}}, error.status, error.headers)


async def on_api_error(request: Request, error: Exception) -> Response:
    """For Starlette: an error that a route or the guard raised."""
    assert isinstance(error, ApiError)
    return error_response(error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """For Starlette: unknown paths and methods, which its router refuses."""
    assert isinstance(error, HTTPException)
    path = request.url.path[:100]
    if error.status_code == 404:
        return error_response(ApiError(404, "not_found", f"there is nothing at {path}: docs/api.md lists it all."))
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        message = f"{path} does not take {request.method[:20]}, but {allowed}."
        return error_response(ApiError(405, "method_not_allowed", message, error.headers))
    return error_response(ApiError(error.status_code, "refused", error.detail, error.headers))


async def on_library_error(request: Request, error: Exception) -> Response:
    """For Starlette: an error of the library, whose message says what is wrong with the request."""
    assert isinstance(error, NumnistError)
    return error_response(ApiError(400, "refused", str(error)))


def json_route(method: str, path: str, handler: Callable[[Request], Awaitable[Any]]) -> Route:
    """A route whose handler returns what to send as JSON, or a Response."""

    async def endpoint(request: Request) -> Response:
        result = await handler(request)
        return result if isinstance(result, Response) else json_response(result)

    return Route(path, endpoint, methods=[method])


ON_ERROR = {ApiError: on_api_error, HTTPException: on_http_exception, NumnistError: on_library_error}


class UnexpectedErrors:
    """ASGI middleware for errors in numnist: the client is told that it is not to blame, the log has the traceback."""

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
                message = "numnist met an unexpected error: its log says more, please report it."
                await error_response(ApiError(500, "mistake", message))(scope, receive, send)
            raise  # for the server to log
