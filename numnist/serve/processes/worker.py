"""The server's side of a worker process: starts it, sends it calls, and ends it.

    call      (function, number, {number: object} to add, numbers to drop, arguments)
    answer    ("result", value)        what function(the object of that number, *arguments) returned
              ("refused", ...)         the ApiError that it raised
              ("mistake", traceback)   any other error
              ("unknown", why)         the call could not be read: nothing was done

A function travels by its name.  An object that many calls share, such as a model, is sent once and then referred to by
number.  Objects never change, and each has a number of its own: a new model is another object, so a worker process
cannot answer by an old one.
"""

from __future__ import annotations

import asyncio
import pickle
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, cast

from numnist.serve.http.errors import ApiError
from numnist.serve.processes.ready import READY
from numnist.support import children
from numnist.support.frames import frame, frames

HOLD = 8  # shared objects in a process at most; a model with its weights takes some megabytes


class WorkerDiedError(Exception):
    """A worker process ended, or did not start.  What it was asked may not have been computed."""


class UnknownError(Exception):
    """A worker process cannot know an object or a function."""


class Worker(asyncio.SubprocessProtocol):
    """A worker process of the running event loop, which computes its calls one after the other.

    The process ends when its pipe is closed, so when this one ends, however that happens.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[bytes] = loop.create_future()
        self._answers = deque([self._ready])  # that are to come
        self._ahead = False  # whether a call may be sent before the one at work is answered
        self._ended: asyncio.Future[None] = loop.create_future()
        self._received = bytearray()
        self._numbers: dict[Any, int] = {}  # of the shared objects it holds; the one used last is last
        self._before: dict[Any, int] = {}  # the same before the call that it has
        self._next = count()

    @classmethod
    async def start(cls) -> Worker:
        """A process that is ready.  Raises WorkerDiedError."""
        loop = asyncio.get_running_loop()
        try:
            _, worker = await loop.subprocess_exec(
                cls, *children.command("numnist.serve.processes"), stderr=None, **children.options()
            )
        except (OSError, ValueError) as error:
            raise WorkerDiedError(f"no process could be started ({error})") from error
        try:
            if await worker._ready == READY:
                return worker
            raise WorkerDiedError("a process wrote something else than numnist would")
        except BaseException:
            await worker.end()
            raise

    @property
    def pid(self) -> int:
        pid: int = self._transport.get_pid()
        return pid

    @property
    def alive(self) -> bool:
        return not self._ended.done()

    @property
    def idle(self) -> bool:
        return self.alive and not self._answers

    def takes_more(self, shared: Any) -> bool:
        """Whether a quick call with this object may be sent although another is not answered yet."""
        return self._ahead and self.alive and len(self._answers) == 1 and shared in self._numbers

    def ask(
        self, function: Callable[..., Any], shared: Any, arguments: tuple[Any, ...], quick: bool = False
    ) -> asyncio.Future[bytes]:
        """Begin to compute function(shared, *arguments); for what the future holds, see `result`.

        quick: whether another call need not wait until this one is answered.
        Raises UnknownError if function or object cannot be sent.
        """
        self._before = dict(self._numbers)
        number = self._numbers.pop(shared, None)
        added = {}
        if number is None:
            number = next(self._next)
            added[number] = shared
        self._numbers[shared] = number
        dropped = [self._numbers.pop(old) for old in list(self._numbers)[:-HOLD]]
        try:
            call = pickle.dumps((function, number, added, dropped, arguments))
        except Exception as error:  # pickle raises nearly anything
            self._numbers = self._before
            raise UnknownError(f"{type(error).__name__}: {error}") from error
        self._ahead = quick and not added  # after an object has arrived: it may turn out to be unknown
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        if self.alive:
            self._calls.write(frame(call))
        else:
            self._fail()
        return answer

    def result(self, answer: asyncio.Future[bytes]) -> Any:
        """What the function returned, by the answer that has come.

        Raises ApiError as the function did; RuntimeError, with its traceback, for any other error; UnknownError if the
        process cannot know function or object; and WorkerDiedError.
        """
        kind, value = pickle.loads(answer.result())  # noqa: S301  (from our own process)
        if kind == "unknown":
            self._numbers = self._before
            raise UnknownError(value)
        if kind == "refused":
            raise ApiError(*value)
        if kind == "mistake":
            raise RuntimeError(f"in a worker process:\n{value}")
        return value

    async def end(self) -> None:
        """End the process at once, since it has nothing to lose, and wait until it has ended."""
        self._transport.close()
        await asyncio.shield(self._ended)

    def _fail(self) -> None:
        how = f"exit code {self._transport.get_returncode()}"
        while self._answers:
            answer = self._answers.popleft()
            if not answer.cancelled():  # as READY is if the server stops while a process starts
                answer.set_exception(WorkerDiedError(f"the worker process {self.pid} ended ({how})"))

    # ---- called by the event loop --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.SubprocessTransport, transport)
        self._calls = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._received += data
        for content in frames(self._received):
            answer = self._answers.popleft()
            if not answer.cancelled():
                answer.set_result(content)

    def connection_lost(self, error: Exception | None) -> None:
        """The process has ended, and all that it wrote was received."""
        self._ended.set_result(None)
        if hasattr(self, "_transport"):  # else it was stopped before its pipes were there
            self._transport.close()
            self._fail()
