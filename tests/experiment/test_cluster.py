"""Sweeps on a Dask cluster: the results of one process, whoever dies."""

from __future__ import annotations

import socket
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("distributed")

import dask
from distributed import LocalCluster, Scheduler, SpecCluster

import numnist
from numnist import Adam, UsageError
from numnist.experiment.sweeps import cluster
from numnist.experiment.sweeps.cluster import connect, grid_on, mark, run_remotely, run_tasks, search_on
from numnist.experiment.sweeps.grid import Combination, sweep
from numnist.support.errors import RankError
from tests.experiment.searching import RECIPE, dies, dies_once, plan
from tests.small import dataset

NO_PAGE = "--no-dashboard"


def combinations(count: int = 3) -> list[Combination]:
    rates = [10.0**-n for n in range(1, count + 1)]
    return [Combination({"rate": rate}, replace(RECIPE, optimizer=Adam(rate))) for rate in rates]


def weights(results) -> dict[str, str]:
    return {result["name"]: result["weights_sha256"] for result in results}


@pytest.fixture
def workers(monkeypatch):
    """A function that starts a cluster of so many processes on this machine, and returns its address."""
    monkeypatch.setenv("PYTHONPATH", str(Path(numnist.__file__).parents[1]))
    started = []

    def start(count: int) -> str:
        started.append(LocalCluster(count, threads_per_worker=1, dashboard_address=":0", worker_dashboard_address=":0"))
        return started[-1].scheduler_address

    yield start
    for each in started:
        each.close()


def test_a_grid_on_two_workers_gives_the_results_of_one_process(workers):
    alone = weights(sweep(combinations(), dataset(), Path("alone"), 1))
    assert weights(grid_on(workers(2), combinations(), dataset(), Path("there"))) == alone
    assert all(Path("there", name, "model.safetensors").exists() for name in alone)
    assert not list(Path("there").glob(".*")), "no claim and no mark is left"


def test_the_workers_do_the_trials_of_a_search(workers):
    pytest.importorskip("optuna")
    address = workers(2)
    found = list(search_on(address, plan(count=3), dataset()))
    assert sorted(result["name"] for result in found) == ["trial-0000", "trial-0001", "trial-0002"]
    assert list(search_on(address, plan(count=3), dataset())) == []


def test_a_task_that_no_worker_survives_is_an_error_of_this_task(workers):
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        address = workers(2)
    with connect(address) as client, mark(Path("there")) as place:
        [(_, error)] = run_tasks(client, dies, combinations(1), dataset(), place)
    assert isinstance(error, RankError)
    assert "its workers have died" in str(error)


def test_workers_that_die_again_and_again_are_an_error(workers, monkeypatch):
    monkeypatch.setattr(cluster, "LOSSES", 1)
    with connect(workers(1)) as client, mark(Path("there")) as place, pytest.raises(RankError, match="again and again"):
        list(run_tasks(client, dies, combinations(1), dataset(), place))


def test_a_run_whose_only_worker_is_killed_goes_on_from_its_checkpoint(workers):
    """The data that the worker had is lost with it, and sent again."""
    alone = weights(sweep(combinations(2), dataset(), Path("alone"), 1))
    with connect(workers(1)) as client, mark(Path("there")) as place:
        found = [result for _, result in run_tasks(client, dies_once, combinations(2), dataset(), place)]
    assert weights(found) == alone
    for name in alone:
        made = tomllib.loads(Path("there", name, "config.toml").read_text())["environment"]
        assert "resumed_environment" in made


def test_a_scheduler_and_a_worker_that_do_not_share_the_folder(tmp_path, monkeypatch):
    """Started by their commands.  The finished runs travel back."""
    monkeypatch.setattr(cluster, "mark", unseen)
    monkeypatch.setenv("PYTHONPATH", str(Path(numnist.__file__).parents[1]))
    dask = [sys.executable, "-m", "dask"]
    options = [NO_PAGE, "--host", "127.0.0.1"]
    with subprocess.Popen(
        [*dask, "scheduler", "--port", "0", *options], stderr=subprocess.PIPE, text=True
    ) as scheduler:
        try:
            address = after_words(scheduler, "Scheduler at:").split()[-1]
            limit = ["--nworkers", "1", "--nthreads", "1", "--local-directory", str(tmp_path / "dask")]
            with subprocess.Popen(
                [*dask, "worker", address, *options, *limit], stderr=subprocess.PIPE, text=True
            ) as worker:
                try:
                    after_words(worker, "Registered to:")
                    at = address.replace("tcp://", "dask://")
                    found = list(grid_on(at, combinations(2), dataset(), Path("here")))
                    again = list(grid_on(at, combinations(2), dataset(), Path("here")))
                finally:
                    worker.terminate()
                    worker.communicate()
        finally:
            scheduler.terminate()
            scheduler.communicate()
    assert weights(found) == weights(again) == weights(sweep(combinations(2), dataset(), Path("alone"), 1))
    for result in found:
        assert Path(result["run"]) == Path("here", result["name"])
        assert len(result["history"]) == RECIPE.epochs
        assert numnist.load_model(result["run"]).weights_sha256 == result["weights_sha256"]


def after_words(process: subprocess.Popen[str], words: str) -> str:
    """The first line of its log that has these words."""
    for line in process.stderr:
        if words in line:
            return line
    raise AssertionError(f"it ended before it said {words!r}")


def unseen(folder):
    """`mark`, in a folder that the workers do not see."""
    from contextlib import nullcontext

    return nullcontext(folder.resolve() / "nowhere" / "mark")


def test_where_nobody_answers_the_commands_are_named(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 0.2)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers .* `dask scheduler`.*`dask worker tcp://127"):
        list(grid_on("dask://127.0.0.1:1", combinations(1), dataset(), Path("here")))


@pytest.mark.parametrize(
    ("address", "at"),
    [
        ("dask://scheduler:8786", "tcp://scheduler:8786"),
        ("scheduler:8786", "tcp://scheduler:8786"),
        ("tcp://10.0.0.1:1", "tcp://10.0.0.1:1"),
        ("tls://10.0.0.1:65535", "tls://10.0.0.1:65535"),
        ("dask://[::1]:8786", "tcp://[::1]:8786"),
    ],
)
def test_addresses_of_schedulers(address, at):
    assert cluster.dask_address(address) == at


@pytest.mark.parametrize("address", ["http://x", "http://x:8786", "inproc://x:1", "a://dask://x:1"])
def test_other_kinds_of_addresses_are_refused(address):
    with pytest.raises(UsageError, match=r"begins with dask://, as in dask://scheduler:8786\.$"):
        cluster.check_cluster(address)


@pytest.mark.parametrize(
    "address",
    ["dask://", "dask://:8786", "dask://localhost", "dask://localhost:port", "localhost", "", "dask://x:0", "x:65536",
     "dask://x:1/status", "dask://x:-1", "dask://x:\N{SUPERSCRIPT TWO}"],
)  # fmt: skip
def test_addresses_without_host_or_port_are_refused(address):
    with pytest.raises(UsageError, match="give the scheduler's host and its port"):
        cluster.check_cluster(address)


def test_a_server_of_another_kind_is_no_scheduler(monkeypatch):
    """It takes the connection and says nothing, as a web server does that waits for a request."""
    monkeypatch.setattr(cluster, "CONNECT", 0.3)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(UsageError, match="something else"),
    ):
        cluster.check_cluster(f"dask://127.0.0.1:{server.getsockname()[1]}")


def test_a_scheduler_without_workers_is_refused():
    scheduler = {"cls": Scheduler, "options": {"host": "127.0.0.1", "port": 0, "dashboard": False}}
    with SpecCluster(workers={}, scheduler=scheduler) as empty:
        address = empty.scheduler_address
        with pytest.raises(UsageError, match=rf"has no workers: .*`dask worker {address} "):
            cluster.check_cluster(address)


def test_another_version_on_a_worker_is_refused(tmp_path):
    with pytest.raises(UsageError, match="install the same version on all machines"):
        run_remotely(combinations(1)[0], dataset(), tmp_path / "mark", "0.0.0")


def test_a_search_whose_workers_do_not_see_the_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="needs a folder that all workers share"):
        cluster.search_remotely(plan(), dataset(), tmp_path / "mark", numnist.__version__)
