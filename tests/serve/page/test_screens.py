"""Screens of all shapes: a phone upright and on its side, a projector, paper, and eyes without colour."""

from __future__ import annotations

import pytest

from tests.serve.page.browser import FOUR, ONE, SEVEN, draw, said, settled, tool

PHONE = {"has_touch": True, "is_mobile": True}


def in_sight(page, selector: str) -> bool:
    """Whether all of an element is inside the window."""
    return page.locator(selector).evaluate(
        """part => {
          const { left, top, right, bottom } = part.getBoundingClientRect();
          return left >= 0 && top >= 0 && right <= innerWidth + 0.5 && bottom <= innerHeight + 0.5;
        }"""
    )


@pytest.mark.parametrize(
    "size", [(844, 390), (667, 375), (568, 320), (390, 844), (320, 480), (1024, 600), (1280, 500), (1920, 1080)]
)
def test_sheet_and_prediction_are_in_sight_without_scrolling(open_page, size):
    page = open_page(*size)
    draw(page, FOUR)
    said(page, "A 4,")
    assert page.evaluate("scrollY") == 0
    assert in_sight(page, "#drawing")
    assert in_sight(page, "#headline .headline")
    pad = page.locator("#drawing").bounding_box()
    assert pad["width"] == pytest.approx(pad["height"], abs=1)
    assert pad["width"] >= 240  # units of CSS, of which a finger's breadth is some 40: there is room to draw
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_the_strip_shows_drawing_and_prediction_while_the_sheet_is_out_of_sight(open_page):
    page = open_page(390, 844, **PHONE)
    strip = page.locator("#strip")
    draw(page, SEVEN)
    said(page, "A 7,")
    assert not strip.is_visible()
    page.locator("#compare").evaluate("panel => panel.scrollIntoView({ behavior: 'instant' })")
    strip.wait_for()
    assert strip.locator(".strip-words").inner_text() == page.locator("#headline .headline").inner_text()
    assert in_sight(page, "#strip")
    dark = strip.locator("canvas").evaluate(
        """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
             .filter((value, i) => i % 4 === 0 && value < 128).length / (canvas.width * canvas.height)"""
    )
    assert 0.05 < dark < 0.5  # a stroke on paper: neither empty nor black
    page.keyboard.press("Control+z")
    page.wait_for_function("() => document.querySelector('.strip-words').textContent === 'Nothing drawn'")
    strip.click()
    strip.wait_for(state="hidden")
    page.wait_for_function("() => document.querySelector('#drawing').getBoundingClientRect().top >= 0")


def test_the_stage_shows_what_the_back_row_needs_and_nothing_else(open_page):
    page = open_page(1920, 1080)
    draw(page, FOUR)
    said(page, "A 4,")
    small = page.locator("#headline .headline").bounding_box()["height"]
    page.get_by_role("button", name="Stage").click()
    page.wait_for_selector("body.stage")
    page.wait_for_function("() => document.querySelector('#drawing').getBoundingClientRect().width > 600")
    for part in ("#drawing", "#headline .headline", "#bars table", "#input canvas", ".tools"):
        assert in_sight(page, part), part
    assert page.locator("#headline .headline").bounding_box()["height"] > 2 * small
    for part in (".top", "#network", "#training", "#steps", ".brush"):
        assert not page.locator(part).is_visible(), part
    tool(page, "clear")
    draw(page, ONE)
    said(page, "A 1,")
    page.keyboard.press("Escape")
    page.wait_for_selector("body:not(.stage)")
    assert page.locator(".top").is_visible()


def test_a_key_enters_the_stage_but_not_while_something_is_typed(open_page):
    page = open_page()
    page.keyboard.press("s")
    page.wait_for_selector("body.stage")
    assert page.get_by_role("button", name="Leave").get_attribute("aria-pressed") == "true"
    page.keyboard.press("s")
    page.wait_for_selector("body:not(.stage)")
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), { id: 'typed' }))")
    page.locator("#typed").press("s")
    assert page.locator("#typed").input_value() == "s"
    assert page.locator("body.stage").count() == 0


def test_paper_has_one_column_in_the_light_without_controls(open_page):
    page = open_page(1280, 900, color_scheme="dark")
    draw(page, FOUR)
    said(page, "A 4,")
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 794, "height": 1123})  # of A4 in CSS pixels
    page.wait_for_function(
        "() => document.querySelector('#drawing').getContext('2d').getImageData(9, 9, 1, 1).data[0] === 255"
    )
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    shown = page.locator("button, select, input, summary, nav").evaluate_all(
        "all => all.filter((one) => one.checkVisibility() && !one.matches('.layer-tab')).map((one) => one.outerHTML)"
    )
    assert shown == []
    pad, panel = (page.locator(part).bounding_box() for part in ("#drawing", "#prediction"))
    assert panel["y"] > pad["y"] + pad["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    assert page.locator("#headline").is_visible()
    assert page.locator("#bars table").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signs_differ_without_colour(open_page, scheme):
    """In grey, plus is further from the paper than minus; and negative cells carry a minus in the paper's colour."""
    page = open_page(color_scheme=scheme)
    pixels = page.evaluate(
        """async () => {
          const { palette, picture } = await import("/page/base/pictures.js");
          const grey = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
          const { paper, plus, minus } = Object.fromEntries(Object.entries(palette()).map(([k, v]) => [k, grey(v)]));
          const cells = [3, 8].map((cell) => {
            const canvas = picture(Float32Array.of(-1, 1), 1, 2, { label: "", cell, most: 1 });
            const { data } = canvas.getContext("2d").getImageData(0, 0, 2 * cell, cell);
            const marked = [0, 0];
            for (let i = 0; i < data.length / 4; i++) {
              const level = grey(data.subarray(4 * i, 4 * i + 3));
              if (Math.abs(level - paper) < 2) marked[i % (2 * cell) < cell ? 0 : 1] += 1;
            }
            return marked;
          });
          return { paper, plus, minus, cells };
        }"""
    )
    paper, plus, minus = (pixels[name] for name in ("paper", "plus", "minus"))
    assert abs(plus - minus) > 40  # of 255: two greys that stand side by side are told apart from 10 on, twice over
    assert abs(plus - paper) > abs(minus - paper)
    (small, none), (large, also_none) = pixels["cells"]
    assert none == also_none == 0
    assert small >= 1
    assert large >= 3


def test_the_maps_of_a_layer_carry_their_signs_too(open_page):
    page = open_page()
    marked = page.evaluate(
        """async () => {
          const { paintMaps, palette } = await import("/page/base/pictures.js");
          const context = new OffscreenCanvas(40, 20).getContext("2d");
          context.imageSmoothingEnabled = false;
          const maps = { values: Float32Array.of(1, 1, 1, 1, -1, -1, -1, -1), shape: [2, 2, 2], signed: true, most: 1 };
          paintMaps(context, maps, { columns: 2, tile: [20, 20], gap: 0 });
          const [paper] = palette().paper;
          return [0, 20].map((x) => {
            const { data } = context.getImageData(x, 0, 20, 20);
            return data.filter((value, i) => i % 4 === 0 && value === paper).length;
          });
        }"""
    )
    assert marked[0] == 0
    assert marked[1] == 4 * 4 * 1  # in each of four cells of 10 pixels a line, 4 long and 1 thick
    assert settled(page)


def test_letters_of_a_lost_server_fit_above_the_sheet(open_page):
    page = open_page(320, 640, failures=["ERR_CONNECTION_REFUSED"], **PHONE)
    page.route("**/api/**", lambda route: route.abort("connectionrefused"))
    draw(page, ONE)
    said(page, "The server does not respond")
    room, words = (page.locator(part).bounding_box() for part in ("#headline", "#headline .headline"))
    assert words["y"] >= room["y"]
