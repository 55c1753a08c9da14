"""/metrics: what Prometheus is told about this server."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from numnist.serve.state.context import AppContext

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class MetricsMiddleware:
    """ASGI middleware that counts and times requests, in the registry of its app's context."""

    def __init__(self, app: ASGIApp, context: AppContext):
        self.app, self.clock, self.registry = app, context.clock, context.registry
        ProcessCollector(registry=self.registry)  # memory, processor seconds, open files
        labels = ("route", "method", "status")
        self.requests = Counter("numnist_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "numnist_request_seconds", "Until the answer began.", ("route",), registry=self.registry, buckets=BUCKETS
        )
        pending = Gauge("numnist_work", "Pieces of work waiting or under way.", registry=self.registry)
        pending.set_function(lambda: context.pending)
        model = Gauge("numnist_model", "The default model: always 1.", ("name", "sha256"), registry=self.registry)
        entry = context.models.get(None)
        model.labels(entry.name, entry.sha256).set(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = self.clock()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")  # "none": refused by the guard, or not found
                method = scope["method"] if scope["method"] in METHODS else "other"  # clients may invent some
                self.requests.labels(route, method, message["status"]).inc()
                self.seconds.labels(route).observe(self.clock() - start)
            await send(message)

        await self.app(scope, receive, measured)


async def metrics(context: AppContext, request: Request) -> Response:
    """GET /metrics, in Prometheus's text format."""
    return Response(generate_latest(context.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
