"""Chromium for the exported page; tests that need it skip, saying why, where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.export.script import Script
from tests.serve.page.browser import PATIENCE, chromium, chromium_path  # noqa: F401


@pytest.fixture(scope="module")
def script(chromium) -> Iterator[Script]:  # noqa: F811
    """The page's JavaScript without the page, in a browser without a network."""
    context = chromium.new_context(offline=True)
    yield Script(context.new_page())
    context.close()


@pytest.fixture
def open_file(chromium) -> Iterator[Callable[..., Any]]:  # noqa: F811
    """open_file(path, width=320, ...) opens a file from disk, without a network.

    width, height: of the window in CSS pixels; the rest is the browser context's.  At the end of the test nothing may
    have failed, been logged, or been asked for.
    """
    wrong: list[str] = []
    contexts = []

    def open_(path: Any, width: int = 1280, height: int = 900, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        address = path.resolve().as_uri()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request", lambda request: request.url in (address, "data:,") or wrong.append(f"asks for {request.url}")
        )
        page.goto(address)
        page.wait_for_selector("#headline[data-kind]")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(wrong)
