"""Several digits on the page: read as a number, each in its box, and one of them shown by the panels."""

from __future__ import annotations

import numpy as np

from tests.serve.page.browser import draw, said, seen, settled

SEVEN_FOUR = [
    [(30, 90), (100, 90), (60, 200)],
    [(200, 80), (160, 150), (240, 150)],
    [(220, 110), (220, 210)],
]


def test_several_digits_are_a_number_in_boxes(open_page):
    page = open_page()
    draw(page, SEVEN_FOUR)
    said(page, "74,")
    assert page.locator(".digit-box b").all_inner_texts() == ["7", "4"]
    assert page.locator(".digit-box.shown b").inner_text() == "4"
    pad = page.locator("#drawing").bounding_box()
    box = page.locator(".digit-box").first.bounding_box()
    # of the 7, with half of a brush of 24 around; 3: pixels of rounding and of the outline
    assert abs((box["x"] - pad["x"]) * 280 / pad["width"] - 18) < 3
    assert abs(box["width"] * 280 / pad["width"] - 94) < 3


def test_the_panels_show_the_digit_that_is_chosen(open_page):
    page = open_page()
    draw(page, SEVEN_FOUR)
    said(page, "74,")
    four = seen(page)
    best = page.locator("#bars .best th")
    assert best.inner_text() == "4"
    page.get_by_role("button", name="Digit 1: 7").click()
    page.wait_for_function("() => document.querySelector('#bars .best th').textContent === '7'")
    assert settled(page).startswith("74")
    assert "digit 1 of 2" in page.locator("#which-digit").inner_text()
    assert not np.array_equal(seen(page), four)
    page.locator('[data-tool="undo"]').click()
    page.locator('[data-tool="undo"]').click()
    said(page, "A 7,")
    assert page.locator(".digit-box").count() == 0
    assert not page.locator(".digit-choice").is_visible()
