"""The site in a browser, from disk: no request elsewhere, no sideways scroll, light and dark, search, the demo."""

from __future__ import annotations

import pytest

from tests.serve.page.browser import PATIENCE

pytestmark = pytest.mark.slow

PAGES = (
    "index", "try", "tutorial/first-network", "how-to/windows-and-mac", "reference/commands", "reference/python/layers",
    "reference/python/data", "reference/files", "troubleshooting", "performance", "data", "explanation/chapters/conv2d",
    "reference/python/nn.functional",
)  # fmt: skip


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(show, name, width):
    page = show(name, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_pages_are_light_and_dark(show):
    def ground(scheme: str) -> int:
        colour = show("index", color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        return int(colour.partition("(")[2].partition(",")[0])

    assert ground("light") > 240
    assert ground("dark") < 40


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "how-to/export", "reference/python/layers", "reference/commands"])
def test_axe_finds_nothing_serious(show, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install --group browser")
    found = axe.Axe().run(show(name, color_scheme=scheme), options={"preload": False}).response["violations"]
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert not serious, [(each["id"], [node["html"] for node in each["nodes"][:4]]) for each in serious]


def test_search_works_from_disk(show):
    page = show("index")
    page.locator("input[name=q]").first.fill("Conv2d")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a", timeout=PATIENCE)
    assert page.locator("#search-results li a", has_text="Conv2d").count() >= 2
    page.locator("#search-results li a", has_text="numnist.Conv2d").first.click()
    page.wait_for_url("**/reference/python/layers.html**", timeout=PATIENCE)


def test_the_demo_reads_a_drawing(show):
    page = show("try")
    frame = page.frame_locator("iframe.try")
    pad = frame.locator("canvas").first
    pad.scroll_into_view_if_needed(timeout=PATIENCE)
    box = pad.bounding_box()
    x, y, height = box["x"] + box["width"] / 2, box["y"] + box["height"] / 5, box["height"] * 3 / 5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + height, steps=8)
    page.mouse.up()
    frame.get_by_text("1", exact=True).first.wait_for(timeout=PATIENCE)


def test_a_menu_leads_through_the_site_on_a_phone(show):
    page = show("index", 390)
    page.locator("label[for=__navigation]:visible").first.click()
    page.locator(".sidebar-tree a", has_text="Commands").click()
    page.wait_for_url("**/reference/commands.html", timeout=PATIENCE)
