"""The page's files: what lies under page/, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.serve.http.responses import Refused
from numnist.serve.state.context import Desk

PAGE = Path(__file__).parents[1] / "page"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}


def routes(desk: Desk) -> list[Route]:
    """GET / and /page/FILE."""

    def index(request: Request) -> Response:
        return sent(request, "index.html")

    def part(request: Request) -> Response:
        return sent(request, request.path_params["file"])

    return [Route("/", index), Route("/page/{file:path}", part)]


def sent(request: Request, name: str) -> Response:
    """A file of the page, or 304 where the browser has it.  Raises Refused 404.

    The list of files decides what may be sent, never the path that was asked for.
    """
    found = {path.relative_to(PAGE).as_posix(): path for path in PAGE.rglob("*") if path.suffix in TYPES}
    if name not in found:
        raise Refused(404, "not_found", f"the page has no part {name!r}.")
    content = found[name].read_bytes()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}  # asked for each time, sent when changed
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers | {"Content-Type": TYPES[found[name].suffix]})
