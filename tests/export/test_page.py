"""The exported page in a browser: opened from disk, offline, by mouse, finger and keyboard, on every width."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from numnist import Dense, Flatten, Model, Sequential, export_model, read
from numnist.export.exported import Exported
from numnist.export.one_file import LIBRARY, PAGE, page as page_of
from numnist.support.rng import keyed_rng
from tests.ink.kinds import clothes, grounds
from tests.serve.page.browser import FOUR, draw

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"width": 390, "height": 844, "has_touch": True, "is_mobile": True},
    "narrow, dark": {"width": 320, "height": 640, "color_scheme": "dark"},
}
GRID = [[(60, y), (220, y)] for y in (60, 140, 220)] + [[(x, 60), (x, 220)] for x in (60, 140, 220)]
NUMBER = [[(40, 90), (40, 190)], [(100, 90), (150, 90), (120, 190)]]


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Path:
    return export_model("digits", tmp_path_factory.mktemp("page") / "digits.html")


def said(page: Any, words: str) -> None:
    page.wait_for_function("words => document.querySelector('#headline').innerText.includes(words)", arg=words)


def show_everything(page: Any) -> None:
    draw(page, FOUR)
    said(page, "4")
    page.wait_for_selector("#inside[aria-busy=false] canvas")  # what is drawn later would close what is opened
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    page.wait_for_selector("#inside .layer canvas")


# ---- what it is ---------------------------------------------------------------------------------------------


def test_it_is_small_and_asks_for_nothing(digits):
    text = digits.read_text("utf-8")
    assert len(text.encode()) <= 1_200_000
    assert "default-src 'none'" in text
    script = page_of(Exported.of("digits")).decode().partition('<script>"use strict";')[2]
    assert len(script) > 20_000
    for word in (r"\beval\b", r"\bFunction\(", r"\bimport\b", r"\bfetch\b", "XMLHttpRequest", "https?:", r"innerHTML"):
        assert not re.search(word, re.sub(r"/\*.*?\*/|//[^\n]*", "", script, flags=re.DOTALL)), word


def test_every_source_is_in_the_page():
    from numnist.export import page as folder

    sources = {path.relative_to(Path(folder.__file__).parent).with_suffix("").as_posix()
               for path in Path(folder.__file__).parent.rglob("*.js")}  # fmt: skip
    assert sources == {*LIBRARY, *PAGE}


def test_it_says_which_model_it_has(open_file, digits):
    page = open_file(digits)
    facts, known = page.locator("#facts").inner_text(), Exported.of("digits")
    assert known.model.weights_sha256 in facts
    assert f"{100 * known.model.about['result']['test_accuracy']:.2f}% of the test pictures of mnist" in facts
    assert "digits" in page.locator("#about").inner_text()
    pad = page.locator("#headline").inner_text()
    assert "Nothing drawn yet" in pad


def test_names_from_the_file_are_text_and_nothing_else(open_file, tmp_path):
    bad = "</script><img src=x onerror=alert(1)>"
    model = Model(Sequential(Flatten(), Dense(2)), (1, 12, 12), classes=(bad, "<b>two</b>"), preparation="plain")
    model.about = {"recipe": {"name": bad, "title": "{{script}}"}, "result": {"test_accuracy": 0.5}}
    page = open_file(export_model(model, tmp_path / "page.html"))
    draw(page, FOUR)
    page.wait_for_selector("#bars tr")
    assert bad in page.locator("#bars").inner_text()
    assert page.locator("img, b").count() == 0
    assert "{{script}}" in page.locator("#facts").inner_text()


@pytest.mark.parametrize(
    "about", [{}, {"recipe": 3, "result": {"test_accuracy": "high"}}, {"result": {"test_accuracy": 7}}]
)
def test_what_a_file_does_not_say_is_not_made_up(open_file, tmp_path, about):
    model = Model(Sequential(Flatten(), Dense(2)), (1, 12, 12), preparation="digits")
    model.about = about
    page = open_file(export_model(model, tmp_path / "page.html"))
    facts = page.locator("#facts").inner_text()
    assert "its file does not say" in facts
    assert "no name" in facts
    draw(page, FOUR)
    page.wait_for_selector("#bars tr")
    assert "it was not measured how sure it must be" in page.locator("#remark").inner_text()


def test_a_damaged_file_says_so(chromium, digits, tmp_path):
    text = digits.read_text("utf-8")
    start = text.index('id="model-file">') + 400_000
    other = "A" if text[start] != "A" else "B"
    (tmp_path / "damaged.html").write_text(text[:start] + other + text[start + 1 :], "utf-8")
    page = chromium.new_page()
    page.goto((tmp_path / "damaged.html").as_uri())
    page.wait_for_selector("#failed:not([hidden])")
    assert "damaged" in page.locator("#failed").inner_text()
    assert page.locator("#headline").inner_text() == "No model"
    page.close()


# ---- what it says -------------------------------------------------------------------------------------------


def pixels(page: Any) -> Any:
    """What the page reads: (h, w, channels) uint8."""
    *shape, text = page.evaluate(
        """() => {
          const { h, w, channels, data } = strokes.pixels();
          const letters = Array.from(data, (byte) => String.fromCharCode(byte));
          return [h, w, channels, btoa(letters.join(""))];
        }"""
    )
    return np.frombuffer(b64decode(text), np.uint8).reshape(shape)


@pytest.mark.parametrize("strokes", [FOUR, NUMBER, GRID, [[(140, 140)]]])
def test_a_drawing_is_read_as_python_reads_it(open_file, digits, strokes):
    page = open_file(digits)
    page.locator("#brush").fill("12")
    draw(page, strokes)
    (reading,) = read("digits", pixels(page))
    said(page, reading.label)
    kind = "unknown" if reading.unknown else "sure" if reading.sure else "unsure"
    assert page.locator("#headline").get_attribute("data-kind") == kind
    assert page.locator("#softmax tbody tr").count() == 11  # with "none of these"


def test_several_digits_and_each_of_them(open_file, digits):
    page = open_file(digits)
    draw(page, NUMBER)
    said(page, "17")
    assert page.locator("#boxes span").count() == 2
    page.locator("#parts button").nth(1).click()
    assert page.locator("#bars tr.best th").inner_text() == "7"
    assert page.locator("#boxes span.chosen").count() == 1


def test_pictures_of_ones_own(open_file, digits, tmp_path):
    page = open_file(digits)
    for i, kind in enumerate(list(grounds.KINDS)[:3]):
        picture = grounds.KINDS[kind](4, keyed_rng(0, kind, 4))
        Image.fromarray(picture).save(tmp_path / f"{i}.png")
        page.locator("#file").set_input_files(tmp_path / f"{i}.png")
        page.wait_for_function("count => strokes.steps.length === count", arg=i + 1)
        said(page, read("digits", picture)[0].label)
        plain = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
        assert np.array_equal(pixels(page), plain)
    Image.new("L", (50, 40), 230).save(tmp_path / "blank.png")
    page.locator("#file").set_input_files(tmp_path / "blank.png")
    said(page, "No ink")
    (tmp_path / "no.png").write_bytes(b"no picture")
    page.locator("#file").set_input_files(tmp_path / "no.png")
    page.wait_for_selector("#failed:not([hidden])")
    assert "not a picture" in page.locator("#failed").inner_text()


def test_clothes(open_file, tmp_path):
    page = open_file(export_model("fashion", tmp_path / "fashion.html"))
    kind = next(iter(clothes.KINDS))
    picture = clothes.KINDS[kind](1, keyed_rng(0, kind, 1))
    Image.fromarray(picture).save(tmp_path / "piece.png")
    page.locator("#file").set_input_files(tmp_path / "piece.png")
    said(page, read("fashion", picture)[0].label)
    page.locator("#clear").click()
    said(page, "Nothing drawn yet")


def test_undo_redo_and_clear(open_file, digits):
    page = open_file(digits)
    draw(page, NUMBER)
    said(page, "17")
    page.locator("#undo").click()
    said(page, "1")
    page.locator("#redo").click()
    said(page, "17")
    page.locator("#clear").click()
    said(page, "Nothing drawn yet")
    page.locator("#undo").click()
    said(page, "17")


# ---- for everybody ------------------------------------------------------------------------------------------


def test_all_can_be_done_with_the_keyboard(open_file, digits):
    page = open_file(digits)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('a.skip')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawing:focus")
    for key in ("Space", *["ArrowDown"] * 14, "Space"):
        page.keyboard.press(key)
    said(page, "1")
    page.keyboard.press("z")
    said(page, "Nothing drawn yet")
    page.keyboard.press("y")
    said(page, "1")
    for wanted in ("#undo", "#clear", "#choose", "#brush"):
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", wanted):
                break
        else:
            raise AssertionError(f"the Tab key does not lead to {wanted}")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_serious(open_file, digits, look):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = open_file(digits, **LOOKS[look], reduced_motion="reduce", bypass_csp=True)
    show_everything(page)
    found = axe.Axe().run(page).response["violations"]
    serious = [
        f"{one['id']}: {one['help']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert serious == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_makes_the_page_scroll_sideways(open_file, digits, width):
    page = open_file(digits, width=width, height=640)
    show_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_phone_draws_with_a_finger_without_scrolling(open_file, digits):
    page = open_file(digits, **LOOKS["phone"])
    assert page.evaluate("getComputedStyle(document.querySelector('#drawing')).touchAction") == "none"
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([hidden]), summary")].filter((part) => {
             const { height } = part.getBoundingClientRect();
             return height && height < 44;
           }).map((part) => part.outerHTML.slice(0, 80))"""
    )
    assert small == []
