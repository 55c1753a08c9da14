"""The app: all routes behind the guard, and what happens when it starts and stops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware

from numnist.serve.http.guard import Guard
from numnist.serve.http.limits import LIMITS, Limits
from numnist.serve.http.responses import ON_ERROR, Mistakes
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
from numnist.serve.routes.metrics import Measures
from numnist.serve.state.context import Desk
from numnist.support.workers import Workers

MODULES = (
    static, api, metrics, live, layers, units, counterfactual, neighbours, evaluation, gallery, training, drawings,
)  # fmt: skip


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The time in which an app answers."""
    with Workers(1):  # BLAS on one thread: requests run side by side, and the results do not depend on the others
        yield
        app.state.desk.close()


def create_app(desk: Desk, host: str = "127.0.0.1", limits: Limits = LIMITS) -> Starlette:
    """The ASGI application of a desk, which it closes when it ends.  host: where it will be reached."""
    routes = [route for module in MODULES for route in module.routes(desk)]
    before = [Middleware(Measures, desk), Middleware(Guard, host, limits), Middleware(Mistakes)]
    app = Starlette(routes=routes, middleware=before, exception_handlers=ON_ERROR, lifespan=lifespan)
    app.state.desk = desk
    return app
