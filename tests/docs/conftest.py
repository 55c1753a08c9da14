"""The site, built once, and a browser to look at it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import DOCS
from tests.report.conftest import browser  # noqa: F401


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The folder of the site, as `python docs/make.py` builds it; tests skip without the group `docs`."""
    for module in ("sphinx", "myst_parser", "furo", "sklearn"):
        pytest.importorskip(module, reason="needs the group docs: pip install --group docs")
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run([sys.executable, DOCS / "make.py", out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture
def show(browser, site) -> Iterator[Any]:  # noqa: F811
    """show("index", width=390, ...) opens a page from disk; at the end nothing was complained of or asked of a host."""
    complaints: list[str] = []
    contexts = []

    def open_(name: str, width: int = 1280, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 844}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: local(asked.url) or complaints.append(asked.url))
        page.goto((site / f"{name}.html").as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints, complaints


def local(url: str) -> bool:
    return url.startswith(("file:", "data:", "blob:"))
