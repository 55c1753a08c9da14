"""The live prediction: asked for with every stroke, with the network's input and every step from the drawing to it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from numnist.serve.http.responses import packed
from numnist.serve.routes.request import PreparedDrawing, with_drawing
from numnist.serve.routes.stages import stages
from numnist.serve.state.context import AppContext


async def look(context: AppContext, request: Request) -> dict[str, Any]:
    """POST /api/look: as /api/predict, with the prepared picture and its steps; ?off= leaves some of them out."""

    def compute(drawing: PreparedDrawing) -> dict[str, Any]:
        start = context.clock()
        result = drawing.entry.predict(drawing.ink)
        forward_ms = 1e3 * (context.clock() - start)
        result["preparation"] |= {"off": list(drawing.off), "steps": stages(drawing)}
        times = {"preparation_ms": drawing.preparation_ms, "forward_ms": forward_ms}
        return {"model": drawing.entry.id} | result | {"picture": packed(drawing.ink.picture), "times": times}

    start = context.clock()
    result = await with_drawing(context, request, compute)
    result["times"]["server_ms"] = 1e3 * (context.clock() - start)
    return result
