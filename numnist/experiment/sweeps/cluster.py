"""Runs of a sweep on a Dask cluster.

The data travels once; each worker that needs it gets it from another.  Workers that see the sweep's folder write their
runs there, so that a run whose worker dies goes on from its checkpoint on another one.  From others the finished run
travels back, and a run whose worker dies begins again.
"""

from __future__ import annotations

import asyncio
import platform
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numnist
from numnist.data.dataset import Dataset
from numnist.experiment.folder import read_result
from numnist.experiment.lines import read_metrics
from numnist.experiment.sweeps.grid import Combination, check_grid, run_combination
from numnist.experiment.sweeps.search import next_result
from numnist.experiment.sweeps.study import Search
from numnist.experiment.sweeps.trial import Result
from numnist.support.errors import RankError, UsageError
from numnist.support.extras import install
from numnist.support.files import write_atomically

if TYPE_CHECKING:
    from distributed import Client

CONNECT = 10.0  # seconds to reach a scheduler
SCHEMES = ("dask", "tcp", "tls")  # of its address; tcp and tls are Dask's own
EXAMPLE = "dask://scheduler:8786"
LOSSES = 5  # how often in a row all workers may die, without a result between
NOT_SENT = ("last.safetensors", "best.safetensors", "lock")  # of a finished run: its model travels alone


def grid_on(address: str, combinations: Sequence[Combination], data: Dataset, folder: Path) -> Iterator[Result]:
    """`sweep` on the cluster with this scheduler, with a thread for each run.

    Raises as `check_grid`, and UsageError where there is no scheduler, or none of numnist on its workers.
    """
    check_grid(combinations, data, folder)
    for each in combinations:
        if read_result(folder / each.name) is not None:
            yield run_combination(each, data, folder)
    todo = [each for each in combinations if read_result(folder / each.name) is None]
    with connect(address) as client, mark(folder) as place:
        for combination, found in run_tasks(client, run_remotely, todo, data, place):
            own = folder / combination.name
            if isinstance(found, RankError):
                named = {"name": combination.name, "choices": dict(combination.choices)}
                yield named | {"seed": combination.recipe.seed, "run": str(own), "error": str(found)}
                continue
            result, files = found
            for name, content in files.items():
                write_atomically(own / name, content)
            yield result | {"run": str(own), "history": read_metrics(own)}


def search_on(address: str, plan: Search, data: Dataset) -> Iterator[Result]:
    """`search` on the cluster with this scheduler, whose workers must see the folder.

    Raises UsageError as `grid_on`, and RankError where a task's workers have died again and again.
    """
    where = plan.storage if "://" in plan.storage else str(Path(plan.storage).resolve())
    plan = replace(plan, folder=plan.folder.resolve(), storage=where)
    with connect(address) as client, mark(plan.folder) as place:
        for _, found in run_tasks(client, search_remotely, [plan] * plan.count, data, place):
            if isinstance(found, RankError):
                raise found
            if found is not None:
                yield found


def check_cluster(address: str) -> None:
    """Raise UsageError unless a scheduler with workers answers at this address: dask://host:port.

    Dask's client would keep trying what answers otherwise, and its own end as well.
    """
    try:
        from distributed import rpc
    except ImportError:
        raise UsageError(f"--on needs Dask: {install('cluster')}, here and on the workers.") from None
    at = dask_address(address)
    begin = f"start it with `dask scheduler`, and on each machine `dask worker {at} --nthreads 1 --nworkers auto`."

    async def identity() -> Any:
        async with rpc(at, timeout=CONNECT) as scheduler:
            return await scheduler.identity()

    async def ask() -> Any:
        return await asyncio.wait_for(identity(), 1.5 * CONNECT)  # Dask's own words come first, where it has some

    try:
        with ThreadPoolExecutor(1) as thread:  # a notebook has a loop that runs already
            workers = thread.submit(asyncio.run, ask()).result()["workers"]
    except (OSError, TimeoutError, ValueError, TypeError, LookupError) as error:
        why = str(error) or f"what does is something else, or takes longer than {CONNECT:g} s"
        raise UsageError(f"--on {address}: no Dask scheduler answers there ({why}): {begin}") from None
    if not workers:
        raise UsageError(f"--on {address}: this scheduler has no workers: {begin}")


def dask_address(address: str) -> str:
    """tcp://host:port, which is how Dask says dask://host:port or host:port.  Raises UsageError."""
    kind, separator, place = address.rpartition("://")
    host, _, port = place.rpartition(":")
    if separator and kind not in SCHEMES:
        raise UsageError(f"--on {address}: a Dask cluster's address begins with dask://, as in {EXAMPLE}.")
    if not host or "/" in place or not (port.isascii() and port.isdecimal() and 0 < int(port) < 2**16):
        raise UsageError(f"--on {address}: give the scheduler's host and its port (1 to 65535), as in {EXAMPLE}.")
    return f"{'tls' if kind == 'tls' else 'tcp'}://{place}"


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """A client of the scheduler at this address.  Raises UsageError as `check_cluster`."""
    check_cluster(address)
    from distributed import Client

    with Client(dask_address(address), timeout=CONNECT, set_as_default=False) as client:
        yield client


@contextmanager
def mark(folder: Path) -> Iterator[Path]:
    """A file in the folder by which a worker knows that it sees this folder, until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder.resolve() / f".{uuid.uuid4().hex}.here"
    place.touch()
    try:
        yield place
    finally:
        place.unlink(missing_ok=True)


def run_tasks(
    client: Client, function: Callable[..., Any], items: Sequence[Any], data: Dataset, place: Path
) -> Iterator[tuple[Any, Any]]:
    """(item, function(item, data, place, version)) for each item, as they are done.

    Instead of a result it is a RankError where worker after worker has died with a task.
    """
    from distributed import KilledWorker, as_completed

    losses, todo = 0, list(items)
    while todo:
        sent = client.scatter(data, broadcast=True, hash=False)
        futures = {client.submit(function, each, sent, place, numnist.__version__, pure=False): each for each in todo}
        todo = []
        try:
            for future in as_completed(list(futures), loop=client.loop):
                item = futures.pop(future)
                try:
                    result = future.result()
                    losses = 0
                    yield item, result
                except CancelledError:  # every worker that had the data has died
                    todo.append(item)
                except KilledWorker as error:
                    yield item, RankError(f"its workers have died, perhaps because memory was short: {error}.")
                except ModuleNotFoundError as error:
                    raise UsageError(f"a worker lacks {error.name}: {install('cluster')} there.") from None
        finally:
            if futures:
                client.cancel(list(futures))
        losses += bool(todo)
        if losses > LOSSES:
            raise RankError("all workers of the cluster have died again and again, perhaps because memory was short.")


def run_remotely(combination: Combination, data: Dataset, place: Path, version: str) -> tuple[Result, dict[str, bytes]]:
    """On a worker: a run's result, and its files by name unless the worker sees the sweep's folder."""
    check_version(version)
    if place.exists():
        return run_combination(combination, data, place.parent), {}
    with TemporaryDirectory() as temporary:
        result = run_combination(combination, data, Path(temporary))
        files = (path for path in (Path(temporary) / combination.name).iterdir() if path.name not in NOT_SENT)
        return result, {path.name: path.read_bytes() for path in files}


def search_remotely(plan: Search, data: Dataset, place: Path, version: str) -> Result | None:
    """On a worker: the result of the study's next trial.  Raises UsageError where it does not see the folder."""
    check_version(version)
    if not place.exists():
        raise UsageError(
            f"the worker on {platform.node()} does not see {place.parent}: a search on Dask needs a folder that all "
            "workers share. Without one, start the same search with a database as --storage on each machine."
        )
    return next_result(plan, data)


def check_version(version: str) -> None:
    """Raise UsageError where the worker has another numnist than the client."""
    if numnist.__version__ != version:
        raise UsageError(
            f"the worker on {platform.node()} has numnist {numnist.__version__}, but this is {version}: "
            "install the same version on all machines."
        )
