"""The ASGI app: every route, the middleware around them, and what the app holds while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware

from numnist.serve.http.access import Access
from numnist.serve.http.guard import Guard, is_loopback
from numnist.serve.http.limits import LIMITS, Limits
from numnist.serve.http.responses import ON_ERROR, json_route, on_error
from numnist.serve.routes import api, datasets, drawings, exciting, explanations, live, metrics, static, training
from numnist.serve.schema import document
from numnist.serve.state.context import AppContext
from numnist.support.workers import Workers

ROUTES = [
    ("GET", "/", static.file),
    ("GET", "/page/{file:path}", static.file),
    ("POST", "/api/predict", api.predict),
    ("POST", "/api/predict/batch", api.batch),
    ("GET", "/api/models", api.models),
    ("GET", "/api/model", api.model),
    ("GET", "/openapi.json", document.schema),
    ("GET", "/healthz", api.healthz),
    ("GET", "/readyz", api.readyz),
    ("GET", "/metrics", metrics.metrics),
    ("POST", "/api/look", live.look),
    ("POST", "/api/inside", explanations.inside),
    ("POST", "/api/unit", explanations.unit),
    ("POST", "/api/attribution", explanations.attribution),
    ("POST", "/api/towards", explanations.change),
    ("GET", "/api/exciting", exciting.exciting),
    ("POST", "/api/nearest", datasets.nearest),
    ("GET", "/api/confusion", datasets.confusion),
    ("GET", "/api/gallery", datasets.gallery),
    ("POST", "/api/kept", drawings.keep),
    ("GET", "/api/kept", drawings.kept),
    ("DELETE", "/api/kept/last", drawings.undo),
]  # /api/learning is in routes/training.py, since it remembers its training


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Holds BLAS to one thread while the app runs, and closes its context at the end."""
    with Workers(1):  # requests run side by side, each on one thread, so that no result depends on the others
        yield
        await app.state.context.processes.close()
        app.state.context.close()


def create_app(
    context: AppContext, host: str = "127.0.0.1", limits: Limits = LIMITS, token: str | None = None
) -> Starlette:
    """The app of a context, which it closes when it ends.

    host: the address that the server listens at;  token: that requests must carry, none by default (see `Access`).
    """
    routes = [json_route(method, path, partial(handler, context)) for method, path, handler in ROUTES]
    app = Starlette(
        routes=routes + training.TrainingRoutes(context, reachable=not is_loopback(host)).routes(),
        middleware=[
            Middleware(metrics.MetricsMiddleware, context),
            Middleware(Guard, host, limits),
            Middleware(Access, token),
            Middleware(ServerErrorMiddleware, on_error),
        ],
        exception_handlers=ON_ERROR,
        lifespan=lifespan,
    )
    app.state.context = context
    return app
