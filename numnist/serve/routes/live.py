"""The live prediction, which the page asks for with every stroke."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from numnist.serve.inference import live
from numnist.serve.routes.request import with_drawing
from numnist.serve.state.context import AppContext


async def look(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/look: as /api/predict, with the prepared picture and its steps; ?off= leaves some of them out."""
    start = context.clock()
    result = await with_drawing(context, request, live.look, quick=True)
    result["times"]["server_ms"] = 1e3 * (context.clock() - start)
    return result
