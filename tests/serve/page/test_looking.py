"""Looking inside: pictures that excite a unit, attribution, the tour, and a simple network, in a real browser."""

from __future__ import annotations

import re

import numpy as np
import pytest

from numnist.data.strokes.drawing import draw as draw_strokes
from numnist.interpret.trace import trace
from numnist.serve.state import pictures
from tests.serve.drawings import digits_model
from tests.serve.page.browser import FOUR, draw, said, settled
from tests.serve.page.test_network import CLOSE, numbers, ready


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Fewer strokes than the page works with."""
    monkeypatch.setattr(pictures, "DRAWN", {"train": 200, "test": 100})


@pytest.fixture
def small(context):
    return context.models.add("small", digits_model(seed=1), "kept").model


@pytest.fixture
def drawn(open_page):
    """A page with a 4 on it and the network in sight."""

    def open_(model="digits", **options):
        page = open_page(**options)
        page.select_option("#model", model)
        draw(page, FOUR)
        settled(page)
        page.locator("#network").scroll_into_view_if_needed()
        ready(page)
        return page

    return open_


# ---- the pictures that excite a unit -----------------------------------------------------------------------------


def test_the_pictures_that_excite_a_unit_are_shown_strongest_first(drawn, small):
    page = drawn("small")
    page.locator("#network .layer canvas").press("ArrowRight")
    part = page.locator("#network .exciting-pictures")
    part.scroll_into_view_if_needed()
    part.locator("li").first.wait_for()
    part.locator("canvas").first.wait_for()
    x, labels = draw_strokes(200)
    strongest = trace(small, x)[2].output[:, 1].reshape(200, -1).max(axis=1)
    order = np.argsort(-strongest, kind="stable")[:9]
    shown = [numbers(text) for text in part.locator("li").all_inner_texts()]
    assert [int(each[0]) for each in shown] == labels[order].tolist()
    assert [each[1] for each in shown] == pytest.approx(strongest[order].tolist(), **CLOSE)
    assert part.get_by_role("img", name=re.compile("^Picture of an? .*, rows .* to .*, columns")).count() == 9
    page.get_by_role("button", name="Close").click()
    assert not part.is_visible()


# ---- attribution -------------------------------------------------------------------------------------------------


def test_the_pixels_that_would_change_the_score_are_those_of_the_chosen_class(drawn):
    page = drawn()
    part = page.locator("#network .attribution")
    part.scroll_into_view_if_needed()
    gradient = part.get_by_role("img", name=re.compile("^Pixels that would change the score of a 4, mostly at the"))
    gradient.wait_for()
    assert part.get_by_label("Class").input_value() == "4"
    assert re.search("covered the probability of “4” falls from >99.9% to", part.inner_text())
    before = gradient.evaluate("canvas => canvas.toDataURL()")
    part.get_by_label("Class").select_option("9")
    other = part.get_by_role("img", name=re.compile("^Pixels that would change the score of a 9, mostly at the"))
    other.wait_for()
    assert other.evaluate("canvas => canvas.toDataURL()") != before
    assert part.get_by_role("img", name=re.compile("^What covering each pixel does to the probability of a 9")).count()
    page.select_option("#model", "lesson-0")
    part.get_by_role("img", name=re.compile("the score of a 4")).wait_for()  # the predicted one again


# ---- the tour ----------------------------------------------------------------------------------------------------

STOPS = ["Your drawing", "What the network sees", "Convolution 1", "Deeper", "Scores", "Softmax"]


def test_the_tour_has_six_stops_and_goes_back(drawn):
    page = drawn(reduced_motion="reduce")
    page.get_by_role("button", name="Take the tour").click()
    card = page.get_by_role("dialog")
    for k, name in enumerate(STOPS):
        assert card.get_by_role("heading").inner_text() == f"{k + 1} of 6: {name}"
        assert page.evaluate("document.activeElement.id") == "tour-title"  # so that a screen reader reads it
        assert page.locator(".tour-here").count() == 1
        card.get_by_role("button", name="End" if k == 5 else "Next", exact=True).click()
    assert not card.is_visible()
    assert page.locator("#softmax-title").is_visible()
    assert page.locator(".tour-here").count() == 0
    page.get_by_role("button", name="Take the tour").click()
    card.get_by_role("button", name="Next").click()
    card.get_by_role("button", name="Back").click()
    assert card.get_by_role("heading").inner_text() == "1 of 6: Your drawing"


def test_escape_leaves_the_tour_to_where_it_began(drawn):
    page = drawn(reduced_motion="reduce")
    start = page.get_by_role("button", name="Take the tour")
    start.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not page.locator(".tour").is_visible()
    assert start.evaluate("button => button === document.activeElement")
    page.keyboard.press("Escape")  # nothing is left to be left


def test_without_a_drawing_the_tour_waits_for_one(open_page):
    page = open_page(reduced_motion="reduce")
    page.get_by_role("button", name="Take the tour").click()
    card = page.get_by_role("dialog")
    card.get_by_role("button", name="Next").press("Enter")
    assert card.get_by_role("heading").inner_text() == "1 of 6: Your drawing"
    card.get_by_role("button", name="Take a test picture").click()
    page.wait_for_function("() => document.querySelector('.tour .primary').ariaDisabled === 'false'")
    card.get_by_role("button", name="Next").click()
    assert card.get_by_role("heading").inner_text() == "2 of 6: What the network sees"


def test_the_tour_tells_of_the_network_that_is_shown(drawn):
    page = drawn("lesson-0", reduced_motion="reduce")
    page.get_by_role("button", name="Take the tour").click()
    card = page.get_by_role("dialog")
    texts = []
    for _ in range(5):
        card.get_by_role("button", name="Next").click()
        texts.append(card.locator("#tour-text").inner_text())
    assert "50 units each weigh all 784 inputs" in texts[1]
    assert "100 units each weigh all 50 numbers" in texts[2]
    assert "The highest is that of “4”." in texts[3]
    assert re.search(r"“4” gets >?\d\d\.\d\d%\. Switch Backward on", texts[4])


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_card_fits(drawn, width):
    page = drawn(width=width, height=700, reduced_motion="reduce")
    page.get_by_role("button", name="Take the tour").click()
    for _ in range(6):
        box = page.locator(".tour").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] <= 0.5 * 700  # what it is about stays in sight
        page.locator(".tour .primary").click()


# ---- a simple network --------------------------------------------------------------------------------------------


def test_a_simple_network_is_offered_and_leads_back(drawn):
    page = drawn()
    line = page.locator("#network .simple")
    assert "Begin with a simple network of 3 blocks" in line.inner_text()
    line.get_by_role("button", name="lesson-0").click()
    said(page, "a 4")
    page.get_by_role("tab", name=re.compile("^Block 3: Scores")).wait_for()
    assert page.locator("#model").input_value() == "lesson-0"
    assert page.locator("#network [id^=block-tab-]").count() == 4
    line.get_by_role("button", name="digits").click()
    page.get_by_role("tab", name=re.compile("^Block 8: Scores")).wait_for()


def test_where_there_is_no_simple_network_of_these_classes_none_is_offered(open_page):
    page = open_page()
    line = page.locator("#network .simple")
    line.wait_for()
    page.select_option("#model", "fashion")
    line.wait_for(state="hidden")
