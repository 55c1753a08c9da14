"""Training on the page: started, followed by server-sent events, stopped, and kept."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from numnist.data.dataset import Dataset
from numnist.serve.http.errors import ApiError, busy
from numnist.serve.http.payload import parse_object, parse_picture
from numnist.serve.http.responses import json_response, json_route
from numnist.serve.routes.request import request_body
from numnist.serve.state.context import AppContext
from numnist.serve.training.feed import HEARTBEAT, Feed
from numnist.serve.training.request import TrainingRequest, parse_training_request, training_choices
from numnist.serve.training.trainer import Trainer
from numnist.support.workers import cores

READERS = 16  # of one training at the same time: each holds a connection
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # of a kept model: a folder, and a word on the command line
RETRY = b"retry: 1000\n\n"  # milliseconds after which a browser that was cut off asks again

FindData = Callable[[TrainingRequest], Dataset]


def find_data(request: TrainingRequest) -> Dataset:
    """The data set of the recipe, never downloaded.  Raises DataError."""
    return request.recipe.load_data(offline=True)


class TrainingRoutes:
    """The routes, and the training that runs or ran last: one at a time, since it takes the whole machine."""

    def __init__(self, context: AppContext, find: FindData = find_data, heartbeat: float = HEARTBEAT):
        self.context, self.find, self.heartbeat = context, find, heartbeat
        self.trainer: Trainer | None = None
        self._choices: list[dict[str, Any]] | None = None  # computed once, since data on disk is identified by its hash
        context.on_shutdown(self.close)

    def routes(self) -> list[Route]:
        one = "/api/learning/{id}"
        return [
            json_route("POST", "/api/learning", self.start),
            json_route("GET", "/api/learning", self.status),
            json_route("PUT", f"{one}/drawing", self.follow),
            json_route("GET", f"{one}/events", self.events),
            json_route("POST", f"{one}/stop", self.stop),
            json_route("POST", f"{one}/keep", self.keep),
        ]

    def close(self) -> None:
        """End the training, and delete it unless it was kept."""
        if self.trainer is not None:
            self.trainer.drop()

    async def status(self, request: Request) -> dict[str, Any]:
        """GET: what can be trained, what is being trained, and what has ended and can still be kept."""
        if self._choices is None:
            self._choices = await self.context.in_thread(training_choices)
        one = self.trainer
        running = one.name if one is not None and not one.ended else None
        to_keep = one.name if one is not None and one.can_be_kept else None
        return {"choices": self._choices, "running": running, "to_keep": to_keep}

    async def start(self, request: Request) -> Response:
        """POST: start a training.  The one before is deleted unless it was kept."""
        fields = parse_object(await request_body(request))
        self._check_free()
        wanted = await self.context.in_thread(self._parse, fields)
        self._check_free()  # another request may have been faster
        self.close()
        context, threads = self.context, max(1, cores() - 1)  # one core is left for predictions
        self.trainer = Trainer(secrets.token_hex(8), wanted, self.find, context.runs, context.clock, threads)
        self.trainer.start()
        return json_response({"id": self.trainer.name}, 201)

    async def follow(self, request: Request) -> Response:
        """PUT: the drawing whose prediction is published from now on."""
        trainer = self._trainer(request)
        trainer.follow(await self.context.in_thread(parse_picture, await request_body(request)))
        return json_response({"following": not trainer.ended}, 202)

    async def events(self, request: Request) -> Response:
        """GET: what happens, as server-sent events; resumed after Last-Event-ID."""
        trainer, after = self._trainer(request), _last_event_id(request)
        if trainer.feed.ended and not trainer.feed.since(after):
            return Response(status_code=204)  # tells a browser not to ask again
        if trainer.feed.readers >= READERS:
            raise busy(f"{READERS} readers are watching already: close a page.", 5)
        headers = {"Cache-Control": "no-store"}
        if request.method == "HEAD":  # the events would be thrown away, until the last
            return Response(None, 200, headers, "text/event-stream")
        return StreamingResponse(_stream(trainer.feed, after, self.heartbeat), 200, headers, "text/event-stream")

    async def stop(self, request: Request) -> Response:
        """POST: end after the current step."""
        trainer = self._trainer(request)
        trainer.stop()
        return json_response({"id": trainer.name}, 202)

    async def keep(self, request: Request) -> dict[str, Any]:
        """POST {"name"}: register the model and move its run into the runs folder, under that name."""
        trainer, fields = self._trainer(request), parse_object(await request_body(request))
        name = fields.get("name")
        if set(fields) != {"name"} or not isinstance(name, str) or not NAME.fullmatch(name):
            raise ApiError(400, "bad_name", 'give a name of letters, digits, - and _, at most 64: {"name": "mine"}.')
        if not trainer.ended:
            raise ApiError(409, "running", "it is still being trained: wait for its end, or stop it.")
        await self.context.in_thread(self._keep, trainer, name)
        return {"model": name}

    def _keep(self, trainer: Trainer, name: str) -> None:
        context = self.context
        folder = context.runs / name
        if name in context.models.names() or folder.exists():
            raise ApiError(409, "name_taken", f"there is a model or a run {name!r} already: choose another name.")
        context.models.add(name, trainer.keep(folder), "kept", folder)

    def _parse(self, fields: dict[str, Any]) -> TrainingRequest:
        """The training that a request asks for, and the registered model it starts from."""
        name = fields.get("from")
        if name is None:
            return parse_training_request(fields)
        entry = self.context.models.get(str(name))
        return parse_training_request(fields, entry, self.context.drawings.folder(entry.model))

    def _check_free(self) -> None:
        if self.context.stopping:
            raise busy("the server is being stopped.")
        if self.trainer is not None and not self.trainer.ended:
            raise ApiError(409, "running", "a training is running already: watch it, or stop it first.")

    def _trainer(self, request: Request) -> Trainer:
        """The training that the path names.  Raises ApiError 404."""
        if self.trainer is None or self.trainer.name != request.path_params["id"]:
            raise ApiError(404, "no_such_training", "there is no such training any more: start one with /api/learning.")
        return self.trainer


async def _stream(feed: Feed, after: int, heartbeat: float) -> AsyncIterator[bytes]:
    """The events as bytes, and a comment after each silence."""
    yield RETRY
    async for message in feed.read(after, heartbeat):
        yield b": still here\n\n" if message is None else message.encode()


def _last_event_id(request: Request) -> int:
    """The number of the last event that the reader has, 0 if it has none.  Raises ApiError."""
    said = request.headers.get("last-event-id", "") or "0"
    if not re.fullmatch(r"[0-9]{1,15}", said):
        raise ApiError(400, "bad_event_id", f"Last-Event-ID is {said[:40]!r}, but must be an event's id: leave it out.")
    return int(said)
