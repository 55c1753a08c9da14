"""The report in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from numnist import Dataset, Split
from numnist.data.strokes.drawing import draw
from numnist.report.page.html import write_report
from tests.report.browser import opened
from tests.report.sample_runs import FOLDER, blobs, made


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
