"""The pool of worker processes, which computes requests on all cores.

Threads of one process hand its interpreter lock over at every short NumPy call, so that two of them are hardly faster
than one.  Processes share no lock.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from weakref import WeakSet

from numnist.serve.processes.worker import UnknownError, Worker, WorkerDiedError

T = TypeVar("T")
LOG = logging.getLogger("numnist.serve")
TRIES = 2  # of a call, if the process that computes it dies


@dataclass(eq=False)
class Job:
    """A call that waits or is computed."""

    function: Callable[..., Any]
    shared: Any
    arguments: tuple[Any, ...]
    quick: bool
    result: asyncio.Future[Any]
    tries: int = 0

    def end(self, outcome: Callable[[], Any]) -> None:
        """Its result is what this returns or raises."""
        try:
            self.result.set_result(outcome())
        except Exception as error:
            self.result.set_exception(error)


class ProcessPool:
    """At most `most` worker processes of the event loop that first asks for one; with 0 the threads compute all.

    Processes are started as they are needed.  Nobody waits for their start: until all have been started, a thread
    computes what no process is free for.  The results are the same to the bit.
    """

    def __init__(self, most: int, threads: Executor):
        self.most, self._threads = most, threads
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []  # the one used last is last, and is used first
        self._waiting: deque[Job] = deque()
        self._starting: asyncio.Task[None] | None = None
        self._thread_busy = self._closed = False
        self._unknown: WeakSet[Any] = WeakSet()  # objects that only this process can know

    def submit(
        self, function: Callable[..., T], shared: Any, *arguments: Any, quick: bool = False
    ) -> asyncio.Future[T]:
        """function(shared, *arguments), computed by a worker process if possible.

        function: of a module;  shared: an object that never changes, hashed by identity, and sent to a process once;
        quick: it takes milliseconds.  If all processes are at work, one with a quick call gets the next such ahead, so
        that it need not wait until the server has a core again; behind a long call nothing waits.
        The future raises what the function raises; RuntimeError, with a traceback, for an unexpected error in a
        process; and WorkerDiedError if two processes, one after the other, died of it.
        """
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        if not self.most or self._closed or loop is not self._loop or shared in self._unknown:
            return loop.run_in_executor(self._threads, function, shared, *arguments)
        result: asyncio.Future[T] = loop.create_future()
        self._waiting.append(Job(function, shared, arguments, quick, result))
        self._dispatch()
        return result

    async def start(self) -> None:
        """Start one process more, and wait until it is ready.  Raises WorkerDiedError."""
        self._loop = asyncio.get_running_loop()
        worker = await Worker.start()
        if self._closed:
            await worker.end()
            return
        self._workers.append(worker)
        self._idle.append(worker)

    def processes(self) -> list[int]:
        """The numbers of the processes that are ready or at work."""
        return [worker.pid for worker in self._workers]

    async def close(self) -> None:
        """End all processes, in the event loop that they belong to, and forget what waits."""
        self._closed = True
        for job in self._waiting:
            job.result.cancel()
        self._waiting.clear()
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await asyncio.gather(*(worker.end() for worker in self._workers))

    def _dispatch(self) -> None:
        """Give waiting jobs to who is free."""
        while self._waiting:
            if self._idle:
                self._to_process(self._idle.pop(), self._waiting.popleft())
            elif (worker := self._one_that_takes_more(self._waiting[0])) is not None:
                self._to_process(worker, self._waiting.popleft())
            else:
                if len(self._workers) < self.most and self._starting is None and not self._closed:
                    self._starting = asyncio.get_running_loop().create_task(self._start())
                if not self._thread_may_take(self._waiting[0]):
                    return
                self._to_thread(self._waiting.popleft())

    def _one_that_takes_more(self, job: Job) -> Worker | None:
        """A process to which a quick job is sent ahead, once all are started.  Nothing waits behind what killed one."""
        if not job.quick or job.tries or len(self._workers) < self.most:
            return None
        return next((worker for worker in self._workers if worker.takes_more(job.shared)), None)

    def _thread_may_take(self, job: Job) -> bool:
        """A thread helps until all processes have been started, but not with what may have killed one."""
        return not self.most or (len(self._workers) < self.most and not self._thread_busy and not job.tries)

    def _to_process(self, worker: Worker, job: Job) -> None:
        try:
            answer = worker.ask(job.function, job.shared, job.arguments, job.quick and not job.tries)
        except UnknownError as error:
            self._give_back(worker)
            self._keep_here(job, error)
        else:
            answer.add_done_callback(partial(self._answered, worker, job))

    def _answered(self, worker: Worker, job: Job, answer: asyncio.Future[bytes]) -> None:
        self._give_back(worker)
        try:
            value = worker.result(answer)
        except UnknownError as error:
            self._keep_here(job, error)
        except WorkerDiedError as error:
            job.tries += 1
            if self._closed or job.tries == TRIES:
                job.end(answer.result)
            else:
                LOG.warning("%s: another computes its request", error)
                self._waiting.appendleft(job)
        except Exception:
            job.end(partial(worker.result, answer))
        else:
            job.end(lambda: value)
        self._dispatch()

    def _give_back(self, worker: Worker) -> None:
        """After an answer: it is idle, has another call, or has ended."""
        if worker.idle and worker not in self._idle:
            self._idle.append(worker)
        elif not worker.alive and worker in self._workers:
            self._workers.remove(worker)

    def _keep_here(self, job: Job, error: UnknownError) -> None:
        """From now on compute with this object in the server's own process."""
        LOG.warning("worker processes cannot have %r: the server's own process computes (%s)", job.shared, error)
        self._unknown.add(job.shared)
        self._to_thread(job)

    def _to_thread(self, job: Job) -> None:
        self._thread_busy = True
        loop = asyncio.get_running_loop()
        call = loop.run_in_executor(self._threads, job.function, job.shared, *job.arguments)
        call.add_done_callback(partial(self._computed, job))

    def _computed(self, job: Job, call: asyncio.Future[Any]) -> None:
        self._thread_busy = False
        job.end(call.result)
        self._dispatch()

    async def _start(self) -> None:
        """Start one process more; if that fails, do with those that there are."""
        try:
            await self.start()
        except WorkerDiedError as error:
            self.most = len(self._workers)
            LOG.warning("%d worker processes must do, beside the server's own: %s", self.most, error)
            if not self.most:
                self._give_up()
        self._starting = None
        self._dispatch()

    def _give_up(self) -> None:
        """End the jobs that killed a process, rather than let them kill this one."""
        for job in [job for job in self._waiting if job.tries]:
            self._waiting.remove(job)
            job.end(partial(_raise, WorkerDiedError("the process that computed it died, and no other can be started")))


def _raise(error: Exception) -> None:
    raise error
