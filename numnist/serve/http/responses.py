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


async def on_error(request: Request, error: Exception) -> Response:
    """For Starlette: the response to an error that the guard, its router, a route or the library raised."""
    if isinstance(error, NumnistError):  # its message says what is wrong with the request
        error = ApiError(400, "refused", str(error))
    elif isinstance(error, HTTPException):  # Starlette's router refuses unknown paths and methods
        status, path, headers = error.status_code, request.url.path[:100], error.headers
        if status == 404:
            error = ApiError(404, "not_found", f"there is nothing at {path}: docs/api.md lists it all.")
        elif status == 405:
            message = f"{path} does not take {request.method[:20]}, but {(headers or {}).get('Allow', '')}."
            error = ApiError(405, "method_not_allowed", message, headers)
        else:
            error = ApiError(status, "refused", error.detail, headers)
    elif not isinstance(error, ApiError):  # an error in numnist, which Starlette raises again for the log
        error = ApiError(500, "mistake", "numnist met an unexpected error: its log says more, please report it.")
    return error_response(error)


def json_route(method: str, path: str, handler: Callable[[Request], Awaitable[Any]]) -> Route:
    """A route whose handler returns what to send as JSON, or a Response."""

    async def endpoint(request: Request) -> Response:
        result = await handler(request)
        return result if isinstance(result, Response) else json_response(result)

    return Route(path, endpoint, methods=[method])


ON_ERROR = dict.fromkeys((ApiError, HTTPException, NumnistError), on_error)
