"""A browser for tests: Chromium on a page of a real server; whatever the page complains about fails the test.

    def test_something(open_page):
        page = open_page(width=320)
        draw(page, [[(100, 60), (100, 220)]])
        said(page, "a 1")

conftest.py takes the fixtures from here.  Where there is no Chromium or no playwright the tests skip, saying so.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SIDE = 280  # units of the pad's side
ARGUMENTS = (
    "--host-resolver-rules=MAP evil.test 127.0.0.1",  # whose pages mean harm, see test_hostile.py
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 20_000  # milliseconds for what takes some, so that a busy machine fails no test
FOUR = [[(150, 50), (80, 160), (210, 160)], [(170, 110), (170, 235)]]
SEVEN = [[(80, 60), (200, 60), (130, 230)]]
ONE = [[(140, 50), (140, 230)]]

REMEMBER = """
  const fetched = window.fetch;
  window.looks = [];  // what was asked of /api/look, in turn: {url, body}
  window.fetch = (url, options) => {
    if (String(url).startsWith("/api/look")) window.looks.push({ url, body: options.body });
    return fetched(url, options);
  };
"""

Strokes = Iterable[Iterable[tuple[float, float]]]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where the browser is that the system has, if playwright is there to drive it."""
    pytest.importorskip("playwright", reason="needs playwright: pip install --group browser")
    if CHROMIUM is None:
        pytest.skip("needs Chromium: install your system's package `chromium`")
    return CHROMIUM


@pytest.fixture(scope="module")
def chromium(chromium_path) -> Iterator[Any]:
    """The system's browser, without a window."""
    from playwright.sync_api import sync_playwright  # here: without it the tests skip

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, start_server) -> Iterator[Callable[..., Any]]:
    """open_page(width=320, color_scheme="dark", ...) opens a page that is ready to be drawn on, at the test's server.

    width, height: of the window in CSS pixels; failures: words of what the test makes fail; the rest is the browser
    context's.  At the end of the test nothing else may have failed, been logged as an error, or been asked of another
    address.
    """
    wrong: list[str] = []
    expected: list[str] = []
    contexts = []
    url = start_server()

    def open_(width: int = 1280, height: int = 900, failures: Iterable[str] = (), **options: Any) -> Any:
        expected.extend(failures)
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=url, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REMEMBER)
        page = context.new_page()
        _listen(page, url, wrong)
        page.goto("/")
        page.wait_for_selector("#bars tbody tr")
        page.wait_for_selector("#steps li")  # the first prediction is there
        return page

    yield open_
    for context in contexts:
        context.close()
    unexpected = [text for text in wrong if not any(words in text for words in expected)]
    assert not unexpected, "\n".join(unexpected)


def _listen(page: Any, url: str, wrong: list[str]) -> None:
    """Note whatever goes wrong on the page, except requests that it cancels and 503 responses."""

    def logged(message: Any) -> None:
        if message.type == "error" and "503" not in message.text:
            wrong.append(f"console: {message.text}")

    def failed(request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":
            wrong.append(f"{request.method} {request.url}: {request.failure}")

    def asked(request: Any) -> None:
        if not request.url.startswith((url, "data:", "blob:")):
            wrong.append(f"asks another address: {request.url}")

    page.on("console", logged)
    page.on("pageerror", lambda error: wrong.append(f"page: {error}"))
    page.on("requestfailed", failed)
    page.on("request", asked)


def draw(page: Any, strokes: Strokes) -> None:
    """Draw with the mouse; points in units of the pad, 280 a side."""
    box = pad_box(page)
    for stroke in strokes:
        (x, y), *rest = [(box["x"] + box["width"] * x / SIDE, box["y"] + box["height"] * y / SIDE) for x, y in stroke]
        page.mouse.move(x, y)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(x, y, steps=6)
        page.mouse.up()


def pad_box(page: Any) -> Any:
    """Where the pad is in the window, scrolled into view: x, y, width, height."""
    pad = page.locator("#drawing")
    # At the end of the page it would still move while panels above it change their height; smoothly it would, too.
    pad.evaluate(
        """pad => {
          const { top, bottom } = pad.getBoundingClientRect();
          if (top < 0 || bottom > innerHeight) scrollTo({ top: 0, behavior: 'instant' });
          pad.scrollIntoView({ block: 'nearest', behavior: 'instant' });
        }"""
    )
    return pad.bounding_box()


def said(page: Any, words: str) -> None:
    """Wait until the newest drawing is classified, with these words in the headline."""
    page.wait_for_function(
        """words => {
          const headline = document.querySelector("#headline");
          return headline.ariaBusy === "false" && headline.textContent.toLowerCase().includes(words.toLowerCase());
        }""",
        arg=words,
    )


def settled(page: Any) -> str:
    """Wait until the newest drawing is classified. Returns the headline."""
    page.wait_for_selector("#headline[aria-busy=false]")
    return page.locator("#headline").inner_text()


def tool(page: Any, name: str) -> None:
    """Press a tool's button: undo, redo, erase, clear, test, upload."""
    page.locator(f'[data-tool="{name}"]').click()


def ink(page: Any) -> float:
    """How much of the pad is inked: from 0 to 1."""
    return page.evaluate(
        """async () => {
          const canvas = document.querySelector("#drawing");
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
          const copy = new OffscreenCanvas(280, 280);
          const context = copy.getContext("2d");
          context.drawImage(canvas, 0, 0, 280, 280);
          const { data } = context.getImageData(0, 0, 280, 280);
          let dark = 0;
          for (let i = 0; i < data.length; i += 4) dark += 255 - data[i];
          return dark / (255 * 280 * 280);
        }"""
    )


def seen(page: Any) -> NDArray[np.int64]:
    """The network's input, as the page shows it: (28, 28), 0 to 255."""
    values = page.evaluate(
        """() => {
          const canvas = document.querySelector("#input canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
        }"""
    )
    return np.array(values).reshape(28, 28)
