"""Playing: hands are drawn on the page with a scripted mouse, in a browser of their own.

A browser hands its pages one mouse move a frame, with those between as "coalesced" ones.  So a stroke is sent at once
and not move by move: as quick as a person's, and as with a person's the page must take all points of it.  Playwright's
blocking interface waits for each move, hence its other one, in a thread, where a test's own browser is not in its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.serve.page.browser import SIDE
from tests.serve.page.hands import Hand, Stroke

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page, Response

SETTLED = "#headline[aria-busy=false]"  # the words are those for the drawing as it stands


@dataclass(frozen=True)
class Read:
    """What the page made of a drawing: its words, the server's last response, where the pad was (left, top, width)."""

    hand: Hand
    words: str
    answer: dict[str, Any]
    pad: tuple[float, float, float]

    @property
    def right(self) -> bool:
        """Whether the predicted class is the digit that was drawn."""
        return self.answer["label"] == str(self.hand.digit)

    @property
    def probabilities(self) -> list[float]:
        """Of the classes, in their order."""
        return [one["probability"] for one in self.answer["probabilities"]]


def play(chromium: str, url: str, drawings: Iterable[Hand], viewport: tuple[int, int] = (1200, 900)) -> list[Read]:
    """Draw one after the other on a cleared pad.  viewport: width and height in CSS pixels."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_play(chromium, url, list(drawings), viewport))).result()


async def _play(chromium: str, url: str, drawings: list[Hand], viewport: tuple[int, int]) -> list[Read]:
    from playwright.async_api import async_playwright  # here: the tests that need no browser run without it

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": viewport[0], "height": viewport[1]})
        looks: list[Response] = []
        page.on("response", lambda response: "/api/look" in response.url and looks.append(response))
        await page.goto(url)
        await page.wait_for_selector(SETTLED)
        mouse = await page.context.new_cdp_session(page)
        reads = []
        for drawing in drawings:
            pad = await _draw(page, mouse, drawing)
            await page.wait_for_selector(SETTLED)
            words = await page.inner_text("#headline")
            reads.append(Read(drawing, words, await looks[-1].json(), pad))
            looks.clear()
        await browser.close()
    return reads


async def _draw(page: Page, mouse: CDPSession, drawing: Hand) -> tuple[float, float, float]:
    await page.keyboard.press("c")  # while the pad has the focus: from the second drawing on
    await page.fill("[data-tool=width]", str(2 * round(SIDE * drawing.width / 2)))
    left, top, width = await page.evaluate(
        "(({left, top, width}) => [left, top, width])(document.querySelector('#drawing').getBoundingClientRect())"
    )
    for points in drawing.strokes:
        await _stroke(mouse, tuple((_place(left + x * width), _place(top + y * width)) for x, y in points))
    return left, top, width


def _place(pixels: float) -> float:
    """As finely as browsers lay out their pages, so that a drawing moved by whole pixels keeps its fractions."""
    return round(64 * pixels) / 64


async def _stroke(mouse: CDPSession, points: Stroke) -> None:
    def event(kind: str, point: tuple[float, float], buttons: int) -> Any:
        x, y = point
        given = {"type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1}
        return mouse.send("Input.dispatchMouseEvent", given)

    first, last = points[0], points[-1]
    moves = [event("mouseMoved", point, 1) for point in points[1:]]
    events = [event("mouseMoved", first, 0), event("mousePressed", first, 1), *moves, event("mouseReleased", last, 0)]
    await asyncio.gather(*events)
