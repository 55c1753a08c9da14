"""The ASGI app: all routes behind the middleware, and what it holds while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware

from numnist.serve.http.guard import Guard
from numnist.serve.http.limits import LIMITS, Limits
from numnist.serve.http.responses import ON_ERROR, UnexpectedErrors
from numnist.serve.routes import (
    api,
    counterfactual,
    drawings,
    evaluation,
    gallery,
    layers,
    live,
    metrics,
    neighbours,
    static,
    training,
    units,
)
from numnist.serve.routes.metrics import MetricsMiddleware
from numnist.serve.state.context import AppContext
from numnist.support.workers import Workers

MODULES = (
    static, api, metrics, live, layers, units, counterfactual, neighbours, evaluation, gallery, training, drawings,
)  # fmt: skip


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Holds BLAS to one thread while the app runs, and closes its context at the end."""
    with Workers(1):  # requests run side by side, each on one thread, so that no result depends on the others
        yield
        app.state.context.close()


def create_app(context: AppContext, host: str = "127.0.0.1", limits: Limits = LIMITS) -> Starlette:
    """The app of a context, which it closes when it ends.   host: the address that the server listens at"""
    routes = [route for module in MODULES for route in module.routes(context)]
    before = [Middleware(MetricsMiddleware, context), Middleware(Guard, host, limits), Middleware(UnexpectedErrors)]
    app = Starlette(routes=routes, middleware=before, exception_handlers=ON_ERROR, lifespan=lifespan)
    app.state.context = context
    return app
