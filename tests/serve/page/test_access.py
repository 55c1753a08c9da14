"""The page for everybody: without mouse or eyes, on a narrow screen, in the dark, without motion, without a network."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest

from numnist.serve.assets.files import PAGE
from numnist.serve.state import pictures
from tests.serve.page.browser import FOUR, ONE, SEVEN, draw, ink, said

PANELS = ("prediction", "preprocessing", "network", "compare", "training", "drawings")
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"width": 375, "height": 812, "has_touch": True, "is_mobile": True},
    "narrow, dark": {"width": 320, "height": 640, "color_scheme": "dark"},
}


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Fewer strokes than the page works with, so that no test waits for neighbours."""
    monkeypatch.setattr(pictures, "DRAWN", {"train": 300, "test": 100})


def show_everything(page: Any) -> None:
    """Draw a 4, open a unit and all details, and wait for every panel."""
    draw(page, FOUR)
    said(page, "a 4")
    # below the head of its panel, which in large letters fills the screen
    page.locator("#network .network-content").evaluate("part => part.scrollIntoView({behavior: 'instant'})")
    page.locator("#layer canvas.units").click(position={"x": 20, "y": 20})
    page.wait_for_selector("#network .unit .formula")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    for name in PANELS:
        for part in page.locator(f"#{name} > *").all():
            if part.is_visible():
                part.scroll_into_view_if_needed()
                settle(page)


def settle(page: Any) -> None:
    """Wait until no part is at work, going to each that is: they ask only while they can be seen."""
    while at_work := page.query_selector("[aria-busy=true]"):
        at_work.evaluate("part => part.scrollIntoView({block: 'center', behavior: 'instant'})")
        page.wait_for_function("part => part.getAttribute('aria-busy') !== 'true'", arg=at_work)


# ---- axe: what a machine can tell about access ------------------------------------------------------------


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_serious_anywhere(open_page, look):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = open_page(**LOOKS[look], reduced_motion="reduce")
    show_everything(page)
    found = axe.Axe().run(page).response["violations"]
    serious = [
        f"{one['id']}: {one['help']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert serious == []


# ---- the keyboard ------------------------------------------------------------------------------------------


def pressed(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Any, selector: str, most: int = 200) -> None:
    """Go on with the Tab key until the focus is there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the Tab key does not lead to {selector}")


def test_all_can_be_done_with_the_keyboard(open_page):
    page = open_page()
    pressed(page, "Tab")
    assert page.evaluate("document.activeElement.matches('a.skip')")
    pressed(page, "Enter")
    page.wait_for_selector("#drawing:focus")
    pressed(page, "Space", *["ArrowDown"] * 18, "Space")
    said(page, "a 1")
    one = ink(page)
    pressed(page, "z")
    said(page, "nothing drawn")
    pressed(page, "y")
    said(page, "a 1")
    assert ink(page) == one > 0

    tab_to(page, '[data-tool="undo"]')
    pressed(page, "Enter")
    said(page, "nothing drawn")
    page.keyboard.press("Control+Shift+z")
    said(page, "a 1")

    tab_to(page, "#model")
    before = page.locator("#model").input_value()
    pressed(page, "ArrowDown")
    page.wait_for_function("before => document.querySelector('#model').value !== before", arg=before)
    pressed(page, "ArrowUp")
    said(page, "a 1")

    tab_to(page, "#network input")
    page.wait_for_selector("#layer canvas.units")
    tab_to(page, "#layer canvas.units")
    pressed(page, "ArrowRight", "Enter")
    page.wait_for_selector("#network .unit .formula")


def test_the_tab_key_goes_through_the_page_and_shows_where_it_is(open_page):
    page = open_page()
    show_everything(page)
    page.locator("a.skip").focus()  # the first of all
    seen = ["a.skip"]
    for _ in range(400):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
              const here = document.activeElement;
              if (here === document.body) return null;
              const style = getComputedStyle(here);
              const box = here.getBoundingClientRect();
              const lined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
              const shown = lined && box.width * box.height > 0;
              return {name: `${here.outerHTML.slice(0, 160)}, outline ${style.outline}`, shown};
            }"""
        )
        if here is None:
            break
        assert here["shown"], f"no outline shows that the focus is on {here['name']}"
        seen.append(here["name"])
    else:
        raise AssertionError("the Tab key never comes to the page's end")
    can_be_reached = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, select, input, summary, [tabindex='0']")].filter(
             (part) => !part.disabled && part.checkVisibility({visibilityProperty: true}) && part.tabIndex >= 0
           ).length"""
    )
    assert len(seen) >= can_be_reached


# ---- sizes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 375, 768, 1024])
def test_nothing_makes_the_page_scroll_sideways(open_page, width):
    page = open_page(width=width, height=640)
    show_everything(page)
    wide = page.evaluate(
        """width => [...document.querySelectorAll("body *")].filter((part) => {
             const box = part.getBoundingClientRect();
             return box.width && box.right > width + 1 && !part.closest(".hidden-words, .skip") && !scrolled(part);
             function scrolled(part) {
               for (let up = part.parentElement; up; up = up.parentElement) {
                 if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return true;
               }
               return false;
             }
           }).map((part) => part.outerHTML.slice(0, 100))""",
        width,
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_letters_twice_as_large_still_fit(open_page):
    page = open_page(width=640, height=800)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    show_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_everything_that_is_pressed_is_large_enough_for_a_finger(open_page):
    page = open_page(width=375, height=812, has_touch=True, is_mobile=True)
    show_everything(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, summary, input:not([type=file])")].filter((part) => {
             const box = (part.closest("label") ?? part).getBoundingClientRect();
             return part.checkVisibility() && box.width && (box.height < 24 || box.width < 24);
           }).map((part) => part.outerHTML.slice(0, 120))"""
    )
    assert small == []


# ---- colours and motion ------------------------------------------------------------------------------------


def colours(page: Any) -> dict[str, tuple[float, float, float]]:
    """The page's ground and letters, and the pad's paper and ink as they are on the screen, each as (r, g, b)."""
    return page.evaluate(
        """async () => {
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
          const style = getComputedStyle(document.documentElement);
          const rgb = (text) => text.match(/[0-9.]+/g).slice(0, 3).map(Number);
          const canvas = document.querySelector("#drawing");
          const context = canvas.getContext("2d");
          const at = (x, y) => [...context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3);
          const [ground, letters] = [rgb(style.backgroundColor), rgb(style.color)];
          return {ground, letters, paper: at(0.05, 0.05), ink: at(0.5, 0.5)};
        }"""
    )


def contrast(one: Any, other: Any) -> float:
    """WCAG 2's contrast ratio of two colours, 1 to 21."""

    def light(colour: Any) -> float:
        linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_dark_page_is_dark_and_its_drawing_is_still_sent_as_ink_on_paper(open_page):
    found, sent = {}, {}
    for scheme in ("light", "dark"):
        page, looks = open_page(color_scheme=scheme), []
        page.on(
            "response", lambda response, looks=looks: looks.append(response) if "/api/look" in response.url else None
        )
        draw(page, ONE)
        said(page, "a 1")
        page.wait_for_selector("#headline[aria-busy=false]")
        found[scheme], answer = colours(page), looks[-1].json()
        sent[scheme] = answer["preparation"]["steps"][0]["picture"], answer["probabilities"]
        assert answer["preparation"]["polarity"] == "dark-on-light"
        assert contrast(found[scheme]["ground"], found[scheme]["letters"]) >= 7  # WCAG 2 asks this of text at level AAA
        assert contrast(found[scheme]["paper"], found[scheme]["ink"]) >= 7
    # of 765, the sum of white: each channel on average above 200, or below 67
    assert sum(found["light"]["ground"]) > 600 > 200 > sum(found["dark"]["ground"])
    assert sum(found["light"]["paper"]) > 600 > 200 > sum(found["dark"]["paper"])
    assert sent["light"] == sent["dark"]


def test_a_change_to_the_dark_is_followed_at_once(open_page):
    page = open_page(color_scheme="light")
    draw(page, ONE)
    said(page, "a 1")
    before = colours(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "() => document.querySelector('#drawing').getContext('2d').getImageData(9, 9, 1, 1).data[0] < 100"
    )
    after = colours(page)
    assert all(contrast(before[part], after[part]) > 7 for part in before)


def test_nothing_moves_with_reduced_motion(open_page):
    page = open_page(reduced_motion="reduce")
    show_everything(page)
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((part) => {
             const {transitionDuration, animationName, scrollBehavior} = getComputedStyle(part);
             return /[1-9]/.test(transitionDuration) || animationName !== "none" || scrollBehavior === "smooth";
           }).map((part) => part.outerHTML.slice(0, 100))"""
    )
    assert moving == []
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_predicted_class_is_marked_by_more_than_colour(open_page):
    page = open_page()
    draw(page, SEVEN)
    said(page, "a 7")
    weights = page.locator("#bars tr").evaluate_all(
        "rows => rows.map((row) => [row.cells[0].textContent, Number(getComputedStyle(row.cells[0]).fontWeight)])"
    )
    assert [label for label, weight in weights if weight >= 600] == ["7"]


# ---- a screen reader ---------------------------------------------------------------------------------------


def test_a_screen_reader_hears_each_prediction_once_and_politely(open_page):
    page = open_page()
    region = page.locator("#announcements")
    assert region.get_attribute("aria-live") == "polite"
    assert page.locator("[aria-live=assertive]").count() == 0
    page.evaluate(
        """() => {
          window.heard = [];
          const region = document.querySelector("#announcements");
          const note = () => region.textContent && window.heard.push(region.textContent);
          new MutationObserver(note).observe(region, {childList: true, characterData: true, subtree: true});
        }"""
    )
    for strokes, words in ((SEVEN, "A 7"), (ONE, "A 1")):
        page.locator('[data-tool="clear"]').evaluate("button => button.click()")
        draw(page, strokes)  # classified many times before it is done
        page.wait_for_function("words => window.heard.some((text) => text.includes(words))", arg=words)
    heard = page.evaluate("window.heard")
    assert [sum(words in text for text in heard) for words in ("A 7", "A 1")] == [1, 1]
    assert len(heard) <= 4  # nothing is told of the strokes on the way


def test_landmarks_headings_and_names_say_what_is_where(open_page):
    page = open_page()
    show_everything(page)
    assert page.locator("main").count() == page.locator("h1").count() == 1
    levels = page.locator("h1, h2, h3, h4, h5").evaluate_all(
        "all => all.filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]))"
    )
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    for name in PANELS:
        title = page.locator(f"#{name}").get_attribute("aria-labelledby")
        assert page.locator(f"#{title}").inner_text().strip()
    nameless = page.locator("button, select, input:not([hidden]), canvas[tabindex]").evaluate_all(
        """all => all.filter((one) => one.checkVisibility() && !(
             one.getAttribute("aria-label") || one.textContent.trim() || one.labels?.length
           )).map((one) => one.outerHTML.slice(0, 100))"""
    )
    assert nameless == []


# ---- no network --------------------------------------------------------------------------------------------


def test_the_page_asks_nobody_but_its_own_server(open_page):
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.reload()
    page.wait_for_selector("#steps li")
    show_everything(page)
    assert {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))} == {
        urlsplit(page.url).netloc
    }


def test_the_pages_files_name_no_other_address():
    names = {"http://www.w3.org/2000/svg"}  # of a language, not of a place
    for path in sorted(PAGE.rglob("*")):
        if path.suffix in (".html", ".css", ".js", ".svg"):
            assert set(re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s\"'`)]*", path.read_text())) <= names, path
