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
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelRegistry
from tests.serve.page.browser import chromium, chromium_path, open_page  # noqa: F401

with warnings.catch_warnings():  # Starlette would rather have httpx's successor
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HERE = "http://127.0.0.1"
PATIENCE = 30.0  # seconds for what takes milliseconds, so that a busy machine fails no test


@pytest.fixture
def context(tmp_path) -> Iterator[AppContext]:
    """With the pretrained models, and empty folders for runs and drawings; for processes see test_processes.py."""
    context = AppContext(
        ModelRegistry(runs=tmp_path / "runs"), tmp_path / "runs", tmp_path / "drawn", threads=2, processes=0
    )
    yield context
    context.close()


@pytest.fixture
def make_client() -> Iterator[Callable[..., TestClient]]:
    """make_client(context, token=None) returns a client of that context's whole app; settings as TestClient's."""
    with ExitStack() as stack:

        def make(context: AppContext, token: str | None = None, **settings: Any) -> TestClient:
            here = {"base_url": HERE, "client": ("127.0.0.1", 50_000)} | settings
            return stack.enter_context(TestClient(create_app(context, token=token), **here))

        yield make


@pytest.fixture
def client(make_client, context) -> TestClient:
    """A client of the app of `context`; an error in numnist is raised in the test."""
    return make_client(context)


@pytest.fixture
def start_server(context) -> Iterator[Callable[..., str]]:
    """start_server(context=..., token=None, header=0.2) returns the address of a server that ends with the test.

    The last are limits by name.
    """
    servers = []

    def start(context: AppContext = context, token: str | None = None, **limits: float) -> str:
        changed = replace(LIMITS, **limits)
        listening = listen("127.0.0.1", 0)
        server = Server(create_app(context, limits=changed, token=token), changed)
        thread = threading.Thread(target=server.run, args=[listening], daemon=True)
        thread.start()
        servers.append((server, thread))
        return address("127.0.0.1", listening, token)

    yield start
    for server, _ in servers:
        server.stop()
    for _, thread in servers:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server did not stop"
