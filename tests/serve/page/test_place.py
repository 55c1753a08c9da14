"""Reloading, linking and saving: the drawing and the place stay, and can be passed on."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from tests.serve.page.browser import FOUR, ONE, draw, ink, said, seen, settled, tool


def place(page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).fragment).items()}


def ready(page) -> None:
    page.wait_for_selector("#steps li")


def test_a_reload_keeps_the_drawing_and_what_can_be_undone(open_page):
    page = open_page()
    draw(page, FOUR)
    tool(page, "clear")
    draw(page, ONE)
    tool(page, "undo")
    tool(page, "undo")
    said(page, "A 4,")
    drawn, input_ = ink(page), seen(page)
    page.reload()
    ready(page)
    said(page, "A 4,")
    assert ink(page) == drawn
    assert np.array_equal(seen(page), input_)
    tool(page, "redo")
    said(page, "Nothing drawn")
    tool(page, "redo")
    said(page, "A 1,")


def test_a_reload_keeps_a_test_picture_bit_for_bit(open_page):
    page = open_page()
    tool(page, "test")
    page.wait_for_function("() => document.querySelector('#source').textContent.startsWith('Test picture')")
    settled(page)
    page.wait_for_selector("#headline:not([data-kind=blank])")
    words, label, input_ = settled(page), page.locator("#source").inner_text(), seen(page)
    page.reload()
    ready(page)
    page.wait_for_selector("#headline:not([data-kind=blank])")
    assert settled(page) == words
    assert page.locator("#source").inner_text() == label
    assert np.array_equal(seen(page), input_)


def test_another_tab_has_a_sheet_of_its_own(open_page):
    draw(open_page(), ONE)
    page = open_page()
    assert settled(page).startswith("Nothing drawn")


def test_a_session_that_cannot_be_read_is_forgotten(open_page):
    page = open_page()
    page.evaluate("sessionStorage.setItem('numnist.drawing', '{\"steps\": 7}')")
    page.reload()
    ready(page)
    assert settled(page).startswith("Nothing drawn")
    assert page.evaluate("sessionStorage.getItem('numnist.drawing')") is None
    draw(page, ONE)
    said(page, "A 1,")


def test_a_reload_keeps_model_and_section(open_page):
    page = open_page()
    page.locator("#model").select_option("lesson-0")
    page.wait_for_function("() => location.hash.includes('model=lesson-0')")
    page.get_by_role("link", name="Compare").click()
    page.wait_for_function("() => location.hash.includes('at=compare')")
    page.reload()
    page.wait_for_selector("#bars tbody tr")
    page.wait_for_function("() => document.querySelector('#compare').getBoundingClientRect().top < innerHeight / 2")
    assert page.locator("#model").input_value() == "lesson-0"
    assert place(page) == {"model": "lesson-0", "at": "compare"}


def test_a_reload_keeps_the_open_block(open_page):
    page = open_page()
    draw(page, FOUR)
    said(page, "A 4,")
    page.locator("#network").scroll_into_view_if_needed()
    page.locator("#network [role=tab]").nth(2).click()
    page.wait_for_function("() => location.hash.includes('layer=')")
    title = page.locator("#block-title").inner_text()
    page.reload()
    page.locator("#network").scroll_into_view_if_needed()
    page.wait_for_function("title => document.querySelector('#block-title')?.textContent === title", arg=title)
    assert page.locator("#network [id^=block-tab-][aria-selected=true]").count() == 1


@pytest.mark.parametrize("again", [False, True])
def test_an_address_with_a_model_that_is_not_here_says_so(open_page, again):
    """Typed on the open page, and loaded anew."""
    page = open_page()
    if again:
        page.goto("about:blank")
    page.goto("/#model=nowhere")
    page.wait_for_selector("#failed:not([hidden])")
    assert page.locator("#failed").inner_text() == "There is no model “nowhere” here: this is digits."
    assert place(page)["model"] == "digits"


def test_a_link_leads_another_page_to_the_same_drawing_and_model(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.locator("#model").select_option("lesson-0")
    draw(page, FOUR)
    said(page, "4")
    words = settled(page)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied", exact=True).wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert len(link) < 1000
    other = open_page()
    other.goto("about:blank")
    other.goto(link)
    other.wait_for_selector("#steps li")
    other.wait_for_selector("#headline:not([data-kind=blank])")
    assert settled(other) == words
    assert other.locator("#model").input_value() == "lesson-0"
    assert "drawing" not in place(other)  # the session keeps it from here on, with what is drawn next
    other.reload()
    other.wait_for_selector("#headline[data-kind]:not([data-kind=blank])")
    assert settled(other) == words


def test_where_nothing_can_be_copied_the_link_is_in_the_address_bar(open_page):
    page = open_page()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    draw(page, ONE)
    said(page, "A 1,")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("In the address bar", exact=True).wait_for()
    assert place(page)["drawing"].startswith("24p")


def test_a_link_that_cannot_be_read_says_so(open_page):
    page = open_page()
    page.goto("about:blank")
    page.goto("/#model=digits&drawing=24p1")
    page.wait_for_selector("#failed:not([hidden])")
    assert "cannot be read" in page.locator("#failed").inner_text()


def test_strokes_travel_as_text_to_half_a_unit(open_page):
    page = open_page()
    steps = [
        {"kind": "stroke", "points": [[0, 280], [12.3, -40], [390.25, 1e9]], "width": 8, "erase": False},
        {"kind": "stroke", "points": [[140, 140.5]], "width": 48, "erase": True},
    ]
    text, back, none = page.evaluate(
        """async (steps) => {
          const { read, written } = await import("/page/drawing/memory.js");
          const text = written(steps);
          return [text, read(text), written([{ kind: "picture" }])];
        }""",
        steps,
    )
    assert none is None
    assert text.count(".") == 1
    assert [step["points"] for step in back] == [[[0, 280], [12.5, -40], [390.5, 547.5]], [[140, 140.5]]]
    assert [(step["width"], step["erase"]) for step in back] == [(8, False), (48, True)]


def test_the_drawing_is_saved_as_it_is_sent(open_page, tmp_path):
    page = open_page()
    assert page.get_by_role("button", name="Save picture").is_disabled()
    draw(page, FOUR)
    said(page, "A 4,")
    with page.expect_download() as found:
        page.get_by_role("button", name="Save picture").click()
    assert found.value.suggested_filename == "numnist-4.png"
    found.value.save_as(tmp_path / "saved.png")
    pixels = np.asarray(Image.open(tmp_path / "saved.png").convert("L"))
    assert pixels.shape == (280, 280)
    assert pixels[0, 0] == 255
    assert pixels[160, 140] == 0  # on the bar of the 4
    sent = page.evaluate("async () => [...new Uint8Array(await looks.at(-1).body.arrayBuffer())]")
    assert bytes(sent) == (tmp_path / "saved.png").read_bytes()


@pytest.mark.parametrize(("start", "edge"), [((-60, 100), (0, 120)), ((140, -40), (140, 0)), ((-50, -50), (0, 0))])
def test_a_stroke_from_beside_the_sheet_counts_from_where_it_enters(open_page, start, edge):
    page = open_page(1280, 900)
    box = page.locator("#drawing").bounding_box()

    def at(x, y):
        return box["x"] + box["width"] * x / 280, box["y"] + box["height"] * y / 280

    page.evaluate("document.querySelector('#headline').style.pointerEvents = 'auto'")
    page.mouse.move(*at(*start))
    page.mouse.down()
    end = (2 * edge[0] - start[0] + 60, 2 * edge[1] - start[1] + 60) if edge == (0, 0) else (
        edge[0] + (edge[0] - start[0]), edge[1] + (edge[1] - start[1]))  # fmt: skip
    page.mouse.move(*at(*end))  # in one leap
    page.mouse.up()
    page.wait_for_function("() => !document.querySelector('[data-tool=undo]').disabled")
    stored = page.evaluate("JSON.parse(sessionStorage.getItem('numnist.drawing')).steps")
    assert len(stored) == 1
    first = stored[0]["points"][0]
    assert min(abs(first[0]), abs(first[1])) == pytest.approx(0, abs=0.01)  # on the edge
    assert first == pytest.approx(edge, abs=3)  # units: the mouse is placed on whole pixels
    assert page.evaluate("getSelection().toString()") == ""


def test_a_press_on_a_button_that_is_dragged_onto_the_sheet_draws_nothing(open_page):
    page = open_page(1280, 900)
    page.locator('[data-tool="erase"]').hover()
    page.mouse.down()
    box = page.locator("#drawing").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100, steps=3)
    page.mouse.up()
    assert ink(page) == 0
