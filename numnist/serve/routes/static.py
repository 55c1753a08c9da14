"""The page's files: what is in page/, that joined, and nothing else."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from numnist.serve.assets.files import assets
from numnist.serve.http.encoding import accepts_gzip, known
from numnist.serve.http.errors import ApiError
from numnist.serve.state.context import AppContext


async def file(context: AppContext, request: Request) -> Response:
    """GET / and /page/FILE: a file of the page, or 304 if the browser has it.  Raises ApiError 404.

    Compressed where the client accepts gzip; each form has an ETag of its own.
    """
    name = request.path_params.get("file", "index.html")
    found = (await asyncio.to_thread(assets)).get(name)  # the path of a request is never opened
    if found is None:
        raise ApiError(404, "not_found", f"the page has no part {name!r}.")
    packed = found.packed if accepts_gzip(request.headers.get("accept-encoding", "")) else None
    etag = f'"{found.hash}"' if packed is None else f'"{found.hash}-gzip"'
    # the browser asks each time, and gets what has changed
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if known(etag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(packed or found.content, headers=headers | {"Content-Type": found.type})
