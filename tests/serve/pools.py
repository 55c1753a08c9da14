"""A pool of processes for a test, in an event loop of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from numnist.serve.processes.pool import ProcessPool
from tests.serve.conftest import PATIENCE

HERE = os.getpid()


@asynccontextmanager
async def pool_of(most: int, ready: int | None = None) -> AsyncIterator[ProcessPool]:
    """A pool of at most so many processes, all or so many of them ready."""
    with ThreadPoolExecutor(2) as threads:
        pool = ProcessPool(most, threads)
        try:
            for _ in range(most if ready is None else ready):
                await pool.start()
            yield pool
        finally:
            await pool.close()
            assert not any(map(lives, pool.processes()))


def lives(pid: int) -> bool:
    """Whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def with_pool(test: Callable[[ProcessPool], Any], most: int = 1, ready: int | None = None) -> Any:
    """What a test returns that runs in an event loop, with patience."""

    async def run() -> Any:
        async with asyncio.timeout(PATIENCE), pool_of(most, ready) as pool:
            return await test(pool)

    return asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)
