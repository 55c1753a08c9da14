"""Training on the page: started, followed by server-sent events, stopped, and kept.

One training runs at a time.  All pages can watch it; to stop and to keep it belongs to the page that has started it.
"""

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
from numnist.serve.routes.visitor import Visitor, visitor_of
from numnist.serve.state.context import AppContext
from numnist.serve.training.feed import HEARTBEAT, Feed
from numnist.serve.training.request import TrainingRequest, parse_training_request, training_choices
from numnist.serve.training.trainer import Trainer
from numnist.support.workers import cores

READERS = 64  # of one training at the same time: each holds a connection
TO_KEEP = 16  # trainings that have ended and wait to be kept, one of each page
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # of a kept model: a folder, and a word on the command line
RETRY = b"retry: 1000\n\n"  # milliseconds after which a browser that was cut off asks again

FindData = Callable[[TrainingRequest], Dataset]


def find_data(request: TrainingRequest) -> Dataset:
    """The data set of the recipe, never downloaded.  Raises DataError."""
    return request.recipe.load_data(offline=True)


class TrainingRoutes:
    """The routes, and the trainings: one at a time, since it takes the whole machine, and the last of each page.

    reachable: whether other machines reach the server.  Then its own machine may stop what others have started.
    """

    def __init__(
        self,
        context: AppContext,
        find: FindData = find_data,
        heartbeat: float = HEARTBEAT,
        reachable: bool = False,
    ):
        self.context, self.find, self.heartbeat, self.reachable = context, find, heartbeat, reachable
        self.trainer: Trainer | None = None  # that was started last
        self._last: dict[str, Trainer] = {}  # of each page, the newest last
        self._choices: list[dict[str, Any]] | None = None  # computed once, since data on disk is identified by its hash
        context.on_shutdown(self.close)
        context.on_close(self._abandon)

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
        """End the training, and delete what was not kept."""
        for trainer in self._last.values():
            trainer.drop()

    def _abandon(self, timeout: float) -> None:
        """After `close`, at the very end; one training at most still runs."""
        for trainer in self._last.values():
            trainer.abandon(timeout)

    async def status(self, request: Request) -> dict[str, Any]:
        """GET: what can be trained, what is being trained and whether by this page, and what this page can keep."""
        visitor = visitor_of(request)
        if self._choices is None:
            self._choices = await self.context.in_thread(training_choices)
        one, own = self.trainer, self._last.get(visitor.page)
        running = one if one is not None and not one.ended else None
        return {
            "choices": self._choices,
            "running": None if running is None else running.name,
            "yours": running is not None and running is own,
            "may_stop": running is not None and self._may_stop(running, visitor),
            "to_keep": own.name if own is not None and own.can_be_kept else None,
        }

    async def start(self, request: Request) -> Response:
        """POST: start a training.  The one that this page had before is deleted unless it was kept."""
        visitor = visitor_of(request)
        fields = parse_object(await request_body(request))
        self._check_free(visitor)
        wanted = await self.context.in_thread(self._parse, fields, visitor)
        self._check_free(visitor)  # another request may have been faster
        self._forget(visitor.page)
        context, threads = self.context, max(1, cores() - 1)  # one core is left for predictions
        name = secrets.token_hex(8)
        self.trainer = Trainer(name, wanted, self.find, context.runs, context.clock, visitor.page, threads)
        self._last[visitor.page] = self.trainer
        self.trainer.start()
        return json_response({"id": name}, 201)

    async def follow(self, request: Request) -> Response:
        """PUT: the page's drawing, whose prediction is published to this page alone from now on."""
        trainer, visitor = self._trainer(request), visitor_of(request)
        trainer.follow(await self.context.in_thread(parse_picture, await request_body(request)), visitor.page)
        return json_response({"following": not trainer.ended}, 202)

    async def events(self, request: Request) -> Response:
        """GET: what happens, as server-sent events; resumed after Last-Event-ID.  ?page= is the page's token."""
        trainer, after, page = self._trainer(request), _last_event_id(request), visitor_of(request).page
        if trainer.feed.ended and not trainer.feed.since(after, page):
            return Response(status_code=204)  # tells a browser not to ask again
        if trainer.feed.readers >= READERS:
            raise busy(f"{READERS} readers are watching already: close a page.", 5)
        headers = {"Cache-Control": "no-store"}
        if request.method == "HEAD":  # the events would be thrown away, until the last
            return Response(None, 200, headers, "text/event-stream")
        events = _stream(trainer.feed, after, self.heartbeat, page)
        return StreamingResponse(events, 200, headers, "text/event-stream")

    async def stop(self, request: Request) -> Response:
        """POST: end after the current step.  Raises ApiError 403 for another page's training."""
        trainer = self._trainer(request)
        if not self._may_stop(trainer, visitor_of(request)):
            message = "someone else has started this training: you can watch it, but not stop it."
            raise ApiError(403, "not_yours", message)
        trainer.stop()
        return json_response({"id": trainer.name}, 202)

    async def keep(self, request: Request) -> dict[str, Any]:
        """POST {"name"}: register the model and move its run into the runs folder, under that name."""
        trainer, fields = self._trainer(request), parse_object(await request_body(request))
        if trainer.page != visitor_of(request).page:
            message = "someone else has started this training, and can keep its model: train one of your own."
            raise ApiError(403, "not_yours", message)
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

    def _parse(self, fields: dict[str, Any], visitor: Visitor) -> TrainingRequest:
        """The training that a request asks for, and the registered model it starts from."""
        name = fields.get("from")
        if name is None:
            return parse_training_request(fields)
        entry = self.context.models.get(str(name))
        drawings = self.context.drawings
        all_kept = drawings.folder(entry.model) if visitor.local else None
        return parse_training_request(fields, entry, drawings.own(entry.model, visitor.page), all_kept)

    def _check_free(self, visitor: Visitor) -> None:
        if self.context.stopping:
            raise busy("the server is being stopped.")
        if self.trainer is not None and not self.trainer.ended:
            own = self.trainer.page == visitor.page
            message = "a training is running already: watch it, or stop it first."
            other = "someone else is training: you can watch, and start yours when it has ended."
            raise ApiError(409, "running", message if own else other)

    def _forget(self, page: str) -> None:
        """Delete the training that a page had before, and the oldest of the others, if there are too many."""
        oldest = [other for other in self._last if other != page][: -TO_KEEP + 1]
        for name in (page, *oldest):
            trainer = self._last.pop(name, None)
            if trainer is not None:
                trainer.drop()

    def _may_stop(self, trainer: Trainer, visitor: Visitor) -> bool:
        return trainer.page == visitor.page or (self.reachable and visitor.local)

    def _trainer(self, request: Request) -> Trainer:
        """The training that the path names.  Raises ApiError 404."""
        for trainer in self._last.values():
            if trainer.name == request.path_params["id"]:
                return trainer
        raise ApiError(404, "no_such_training", "there is no such training any more: start one with /api/learning.")


async def _stream(feed: Feed, after: int, heartbeat: float, page: str) -> AsyncIterator[bytes]:
    """The events as bytes, and a comment after each silence."""
    yield RETRY
    async for message in feed.read(after, heartbeat, page):
        yield b": still here\n\n" if message is None else message.encode()


def _last_event_id(request: Request) -> int:
    """The number of the last event that the reader has, 0 if it has none.  Raises ApiError."""
    said = request.headers.get("last-event-id", "") or "0"
    if not re.fullmatch(r"[0-9]{1,15}", said):
        raise ApiError(400, "bad_event_id", f"Last-Event-ID is {said[:40]!r}, but must be an event's id: leave it out.")
    return int(said)
