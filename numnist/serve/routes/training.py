"""Watch it learn: a training is started, followed by server-sent events, stopped and kept."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from numnist.data import load
from numnist.data.dataset import Dataset
from numnist.serve.http.payload import json_of, picture_of
from numnist.serve.http.responses import Refused, answer, busy
from numnist.serve.state.context import Desk
from numnist.serve.state.drawings import Kept
from numnist.serve.training.feed import HEARTBEAT, Feed
from numnist.serve.training.request import Order, choices, order
from numnist.serve.training.trainer import Learner
from numnist.support.workers import cores

READERS = 16  # of one training at a time: each holds a connection
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # of a kept model: a folder, and a word on the command line
RETRY = b"retry: 1000\n\n"  # milliseconds after which a browser that was cut off comes back

Find = Callable[[Order], Dataset]


def find_data(order: Order) -> Dataset:
    """The data set of an order's recipe, never downloaded.  Raises DataError."""
    recipe = order.recipe
    data = load(recipe.dataset, offline=True, validation=recipe.validation, size=recipe.size)
    return data if recipe.pictures is None else data.first(recipe.pictures)


def routes(desk: Desk, find: Find = find_data, heartbeat: float = HEARTBEAT) -> list[Route]:
    """POST and GET /api/learning, and what belongs to one training: drawing, events, stop, keep."""
    return Learning(desk, find, heartbeat).routes()


class Learning:
    """The training under way, or the last one: there is one at a time, since it uses the machine."""

    def __init__(self, desk: Desk, find: Find, heartbeat: float):
        self.desk, self.find, self.heartbeat = desk, find, heartbeat
        self.learner: Learner | None = None
        self._choices: list[dict[str, Any]] | None = None  # found once: data on disk is known by its hash
        desk.on_closing(self.close)

    def routes(self) -> list[Route]:
        one = "/api/learning/{id}"
        return [
            Route("/api/learning", self.start, methods=["POST"]),
            Route("/api/learning", self.offered),
            Route(f"{one}/drawing", self.follow, methods=["PUT"]),
            Route(f"{one}/events", self.events),
            Route(f"{one}/stop", self.stop, methods=["POST"]),
            Route(f"{one}/keep", self.keep, methods=["POST"]),
        ]

    def close(self) -> None:
        """The server stops: so does the training, and what is not kept is thrown away."""
        if self.learner is not None:
            self.learner.drop()

    async def offered(self, request: Request) -> Response:
        """GET: what may be trained, what is being trained, and what has ended and can still be kept."""
        if self._choices is None:
            self._choices = await self.desk.work(choices)
        one = self.learner
        running = one.name if one is not None and not one.ended else None
        to_keep = one.name if one is not None and one.can_be_kept else None
        return answer({"choices": self._choices, "running": running, "to_keep": to_keep})

    async def start(self, request: Request) -> Response:
        """POST: start a training; what the one before has learnt and nobody kept is thrown away."""
        asked = await json_of(request)
        self._check_free()
        wanted = await self.desk.work(self._order, asked)
        self._check_free()  # somebody may have been faster meanwhile
        self.close()
        desk, threads = self.desk, max(1, cores() - 1)  # the core that is left answers whoever draws meanwhile
        self.learner = Learner(secrets.token_hex(8), wanted, self.find, desk.runs, desk.clock, threads)
        self.learner.start()
        return answer({"id": self.learner.name}, 201)

    async def follow(self, request: Request) -> Response:
        """PUT: the drawing whose answer is told from now on."""
        learner, picture = self._learner(request), await picture_of(request)
        learner.follow(picture)
        return answer({"following": not learner.ended}, 202)

    async def events(self, request: Request) -> Response:
        """GET: what happens, as server-sent events; from where the reader was cut off, if it says so."""
        learner, after = self._learner(request), _last_event_id(request)
        if learner.feed.ended and not learner.feed.since(after):
            return Response(status_code=204)  # a browser takes this for the end, and does not ask again
        if learner.feed.readers >= READERS:
            raise busy(f"{READERS} readers are watching already: close a page.", 5)
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(_stream(learner.feed, after, self.heartbeat), 200, headers, "text/event-stream")

    async def stop(self, request: Request) -> Response:
        """POST: end after the step under way."""
        learner = self._learner(request)
        learner.stop()
        return answer({"id": learner.name}, 202)

    async def keep(self, request: Request) -> Response:
        """POST {"name"}: put the model on the shelf, and its run among the runs, under that name."""
        learner, asked = self._learner(request), await json_of(request)
        name = asked.get("name")
        if set(asked) != {"name"} or not isinstance(name, str) or not NAME.fullmatch(name):
            raise Refused(400, "bad_name", 'give a name of letters, digits, - and _, at most 64: {"name": "mine"}.')
        if not learner.ended:
            raise Refused(409, "running", "it is still being trained: wait for its end, or stop it.")
        await self.desk.work(self._keep, learner, name)
        return answer({"model": name})

    def _keep(self, learner: Learner, name: str) -> None:
        desk = self.desk
        folder = desk.runs / name
        if name in desk.shelf.names() or folder.exists():
            raise Refused(409, "name_taken", f"there is a model or a run {name!r} already: choose another name.")
        desk.shelf.add(name, learner.keep(folder), "kept", folder)

    def _order(self, asked: dict[str, Any]) -> Order:
        """What a request asks for, with the model on the shelf that it starts from."""
        name = asked.get("from")
        if name is None:
            return order(asked)
        held = self.desk.shelf.get(str(name))
        return order(asked, held, Kept(self.desk.kept).folder(held.model))

    def _check_free(self) -> None:
        if self.desk.stopping:
            raise busy("the server is being stopped.")
        if self.learner is not None and not self.learner.ended:
            raise Refused(409, "running", "a training is running already: watch it, or stop it first.")

    def _learner(self, request: Request) -> Learner:
        """The training that the address names.  Raises Refused 404."""
        if self.learner is None or self.learner.name != request.path_params["id"]:
            raise Refused(404, "no_such_training", "there is no such training any more: start one with /api/learning.")
        return self.learner


async def _stream(feed: Feed, after: int, heartbeat: float) -> AsyncIterator[bytes]:
    """The events as bytes; a comment is the sign of life."""
    yield RETRY
    async for message in feed.read(after, heartbeat):
        yield b": still here\n\n" if message is None else message.encode()


def _last_event_id(request: Request) -> int:
    """The number of the last event that the reader has, 0 if it has none.  Raises Refused."""
    said = request.headers.get("last-event-id", "") or "0"
    if not re.fullmatch(r"[0-9]{1,15}", said):
        raise Refused(400, "bad_event_id", f"Last-Event-ID is {said[:40]!r}, but must be an event's id: leave it out.")
    return int(said)
