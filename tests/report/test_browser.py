"""The report in a real browser; skipped, saying why, where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from numnist import Dataset, Split
from numnist.data.strokes.drawing import draw
from numnist.report.page.html import write_report
from numnist.report.sweep.page import write_sweep_page
from tests.report.sample_runs import FOLDER, blobs, made

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: install your system's package `chromium`")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def strokes() -> Dataset:
    """A few drawn digits."""
    x, labels = draw(260, seed=4)
    x = x[:, None]
    parts = (slice(0, 160), slice(160, 180), slice(180, 260))
    return Dataset("strokes", *(Split(x[part], labels[part]) for part in parts), tuple("0123456789"))


@pytest.fixture
def page(browser, tmp_path) -> Iterator[Any]:
    """The report of a small run on strokes, opened; afterwards nothing was complained of or asked for."""
    made(strokes())
    yield from opened(browser, write_report(FOLDER, strokes()).resolve())


def opened(browser: Any, path: Path, **options: Any) -> Iterator[Any]:
    page = browser.new_page(**options)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: request.url.startswith(("file:", "data:")) or complaints.append(request.url))
    page.goto(path.as_uri())
    yield page
    page.close()
    assert complaints == []


def shown(page: Any) -> tuple[str, int]:
    """The chosen cell's heading, and how many of its pictures can be seen."""
    images = page.locator("#cell img")
    assert images.evaluate_all("images => images.every(image => image.complete && image.naturalWidth)")
    return page.locator("#cell h3").inner_text(), images.count()


def test_at_first_the_most_frequent_mistake_is_shown(page):
    counts = {b.get_attribute("aria-label"): int(b.inner_text()) for b in page.locator(".wrong button").all()}
    heading, count = shown(page)
    assert count == min(24, max(counts.values()))
    assert counts[f"{heading}: {max(counts.values())}"] == max(counts.values())


def test_a_click_on_a_cell_shows_its_pictures(page):
    cell = page.locator(".correct button").first
    cell.click()
    digit = cell.get_attribute("aria-label").split()[0]
    assert shown(page) == (f"{digit} classified correctly", min(24, int(cell.inner_text())))
    assert cell.get_attribute("aria-pressed") == "true"
    assert page.locator("[aria-pressed=true]").count() == 1


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_shows_them_too(page, key):
    cell = page.locator(".wrong button").last
    cell.focus()
    page.keyboard.press(key)
    assert cell.get_attribute("aria-pressed") == "true"
    assert shown(page)[0] == cell.get_attribute("aria-label").rpartition(":")[0]


def test_the_switch_changes_the_colours_and_is_remembered(page):
    def background() -> str:
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    light = background()
    page.get_by_role("button", name="Switch to dark colours").click()
    dark = background()
    assert dark != light
    page.reload()
    assert background() == dark
    page.get_by_role("button", name="Switch to light colours").click()
    assert background() == light


def test_the_system_may_choose_dark(browser):
    made(strokes())
    path = write_report(FOLDER, strokes()).resolve()
    pictures = []
    for scheme in ("light", "dark"):
        for page in opened(browser, path, color_scheme=scheme):
            pictures.append(page.screenshot())
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("kind", ["digits", "many long names"])
def test_no_page_scrolls_sideways(browser, width, kind):
    names = tuple(f"a class with a rather long name, and{'out' * 9} a space: {k}" for k in range(30))
    data = strokes() if kind == "digits" else blobs(30, names)
    made(data)
    for page in opened(browser, write_report(FOLDER, data).resolve(), viewport={"width": width, "height": 800}):
        page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_without_script_the_numbers_remain(browser):
    made(strokes())
    path = write_report(FOLDER, strokes()).resolve()
    for page in opened(browser, path, java_script_enabled=False):
        assert page.get_by_text("Test accuracy").is_visible()
        assert page.locator(".confusion button").first.is_visible()
        assert not page.locator("#theme").is_visible()
        page.get_by_text("The numbers").first.click()
        assert page.get_by_role("table", name="Every epoch").is_visible()


def test_the_page_of_a_sweep_sorts_its_table(browser, tmp_path):
    rows = [(0.1, "SGD", 0.90, 12.0), (0.01, "Adam", 0.95, 3.0), (0.2, "RMSProp", 0.85, 100.0)]
    trials = [
        {
            "name": f"trial-{k}", "choices": {"optimizer.learning_rate": rate, "optimizer.type": kind},
            "state": "complete", "validation_accuracy": accuracy, "test_accuracy": accuracy, "train_seconds": seconds,
            "epochs": 2, "seed": 0, "run": f"runs/{k}",
            "history": [{"epoch": e, "validation_accuracy": accuracy - 0.1 / e} for e in (1, 2)],
        }
        for k, (rate, kind, accuracy, seconds) in enumerate(rows)
    ]  # fmt: skip
    record = {
        "schema": "numnist.sweep/1", "recipe": "quick", "dataset": "mnist", "objective": "validation_accuracy",
        "logarithmic": ["optimizer.learning_rate"], "fields": ["optimizer.learning_rate", "optimizer.type"],
        "trials": trials,
    }  # fmt: skip
    for page in opened(browser, write_sweep_page(tmp_path, record), viewport={"width": 390, "height": 800}):
        kinds = page.locator("#settings tbody tr td:nth-child(2)")
        assert kinds.all_text_contents() == ["Adam", "SGD", "RMSProp"]  # the best first
        for _ in range(2):
            page.get_by_role("button", name="time").click()
        assert page.locator("#settings th[aria-sort]").text_content() == "time"
        assert kinds.all_text_contents() == ["Adam", "SGD", "RMSProp"]  # 3.0 s, 12.0 s, 2 min
        page.get_by_role("button", name="optimizer.learning_rate").click()
        assert kinds.all_text_contents() == ["RMSProp", "SGD", "Adam"]
        assert page.evaluate("document.documentElement.scrollWidth") == 390
