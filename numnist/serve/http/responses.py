"""Responses: JSON, and errors, which never show a traceback."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.serve.http.errors import ApiError
from numnist.serve.http.folders import without_folders
from numnist.support.errors import NumnistError


def json_response(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Compact JSON that no cache keeps.  Raises ValueError for numbers that are not finite: JSON has none."""
    body = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    all_headers = {"Cache-Control": "no-store"} | dict(headers or {})
    return Response(body, status, all_headers, media_type="application/json")


def error_response(error: ApiError) -> Response:
    """The response to a request that is refused."""
    return json_response({"error": {"code": error.code, "message": error.message}}, error.status, error.headers)


async def on_error(request: Request, error: Exception) -> Response:
    """For Starlette: the response to an error that the guard, its router, a route or the library raised."""
    if isinstance(error, NumnistError):  # its message says what is wrong with the request
        error = ApiError(400, "refused", without_folders(str(error)))
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
