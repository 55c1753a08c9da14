"""Looking: the answer to a drawing with what the network sees and every step to it; asked with every stroke."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from numnist.serve.http.responses import answer, packed
from numnist.serve.routes.predictions import named
from numnist.serve.routes.request import Asked, asked
from numnist.serve.routes.stages import stages
from numnist.serve.state.context import Desk


def routes(desk: Desk) -> list[Route]:
    """POST /api/look: as /api/predict, with the prepared picture and its steps; ?off= switches some of them off."""

    def seen(drawing: Asked) -> dict[str, Any]:
        start = desk.clock()
        said = drawing.answer()
        forward_ms = 1e3 * (desk.clock() - start)
        said["preparation"] |= {"off": list(drawing.off), "steps": stages(drawing)}
        times = {"preparation_ms": drawing.preparation_ms, "forward_ms": forward_ms}
        return {"model": named(drawing.held)} | said | {"picture": packed(drawing.ink.picture), "times": times}

    async def look(request: Request) -> Response:
        start = desk.clock()
        said = await asked(desk, request, seen)
        said["times"]["server_ms"] = 1e3 * (desk.clock() - start)
        return answer(said)

    return [Route("/api/look", look, methods=["POST"])]
