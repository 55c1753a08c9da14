"""The page's files: what is in page/, and nothing else."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from numnist.serve.http.errors import ApiError
from numnist.serve.state.context import AppContext

PAGE = Path(__file__).parents[1] / "page"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}


async def file(context: AppContext, request: Request) -> Response:
    """GET / and /page/FILE: a file of the page, or 304 if the browser has it.  Raises ApiError 404."""
    name = request.path_params.get("file", "index.html")
    return await asyncio.to_thread(_response, name, request.headers.get("if-none-match", ""))


def _response(name: str, known: str) -> Response:
    # only files found in the folder can be sent: the path of a request is never opened
    found = {path.relative_to(PAGE).as_posix(): path for path in PAGE.rglob("*") if path.suffix in TYPES}
    if name not in found:
        raise ApiError(404, "not_found", f"the page has no part {name!r}.")
    content = found[name].read_bytes()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}  # the browser asks each time, and gets what has changed
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers | {"Content-Type": TYPES[found[name].suffix]})
