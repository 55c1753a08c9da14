"""For tests of the page: an app inside this process, and a real server on a free port."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from numnist.serve.app import create_app
from numnist.serve.http.limits import LIMITS
from numnist.serve.server import Server, address, listen
from numnist.serve.state.context import Desk
from numnist.serve.state.models import Shelf
from tests.serve.page.browser import chromium, chromium_path, open_page  # noqa: F401

with warnings.catch_warnings():  # Starlette would rather have httpx's successor
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HERE = "http://127.0.0.1"
PATIENCE = 30.0  # seconds for what takes milliseconds, so that a busy machine fails no test


@pytest.fixture
def desk(tmp_path) -> Iterator[Desk]:
    """With the ready models, and empty folders for runs and drawings."""
    desk = Desk(Shelf(runs=tmp_path / "runs"), tmp_path / "runs", tmp_path / "drawn", threads=2)
    yield desk
    desk.close()


@pytest.fixture
def make_client() -> Iterator[Callable[..., TestClient]]:
    """make_client(desk) asks that desk's whole app, guard included, as if from the page; settings as TestClient's."""
    with ExitStack() as stack:

        def make(desk: Desk, **settings: Any) -> TestClient:
            return stack.enter_context(TestClient(create_app(desk), base_url=HERE, **settings))

        yield make


@pytest.fixture
def client(make_client, desk) -> TestClient:
    """Asks the app of `desk`; a mistake of ours is raised in the test."""
    return make_client(desk)


@pytest.fixture
def start_server(desk) -> Iterator[Callable[..., str]]:
    """start_server(desk=..., header=0.2) answers the address of a server, which ends with the test; limits as named."""
    servers = []

    def start(desk: Desk = desk, **limits: float) -> str:
        changed = replace(LIMITS, **limits)
        listening = listen("127.0.0.1", 0)
        server = Server(create_app(desk, limits=changed), changed)
        thread = threading.Thread(target=server.run, args=[listening], daemon=True)
        thread.start()
        servers.append((server, thread))
        return address("127.0.0.1", listening)

    yield start
    for server, _ in servers:
        server.stop()
    for _, thread in servers:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server did not stop"
