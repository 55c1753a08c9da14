"""The live prediction: asked for with every stroke, with the network's input and every step from the drawing to it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.serve.http.responses import json_response, packed
from numnist.serve.routes.predictions import model_id, prediction
from numnist.serve.routes.request import PreparedDrawing, with_drawing
from numnist.serve.routes.stages import stages
from numnist.serve.state.context import AppContext


def routes(context: AppContext) -> list[Route]:
    """POST /api/look: as /api/predict, with the prepared picture and its steps; ?off= leaves some of them out."""

    def live(drawing: PreparedDrawing) -> dict[str, Any]:
        start = context.clock()
        result = prediction(drawing.entry, drawing.ink)
        forward_ms = 1e3 * (context.clock() - start)
        result["preparation"] |= {"off": list(drawing.off), "steps": stages(drawing)}
        times = {"preparation_ms": drawing.preparation_ms, "forward_ms": forward_ms}
        return {"model": model_id(drawing.entry)} | result | {"picture": packed(drawing.ink.picture), "times": times}

    async def look(request: Request) -> Response:
        start = context.clock()
        result = await with_drawing(context, request, live)
        result["times"]["server_ms"] = 1e3 * (context.clock() - start)
        return json_response(result)

    return [Route("/api/look", look, methods=["POST"])]
