"""Drawing without a pointer: a pen that arrow keys move, and keys for all that the buttons do."""

from __future__ import annotations

import pytest

from tests.serve.page.browser import ink, said


def test_the_keyboard_draws_undoes_and_clears(open_page):
    page = open_page(reduced_motion="reduce")  # so that the jump is over when it has begun
    pad = page.locator("#drawing")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link leads to the pad
    assert page.evaluate("document.activeElement.id") == "drawing"
    page.wait_for_function("() => getComputedStyle(document.querySelector('#pen')).display === 'block'")
    before = page.evaluate("scrollY")
    for key in [*["ArrowUp"] * 2, "Space", *["ArrowDown"] * 20, "Space", *["ArrowRight"] * 5]:
        pad.press(key)
    said(page, "A 1,")
    drawn = ink(page)
    pad.press("z")
    said(page, "Nothing drawn")
    pad.press("y")
    said(page, "A 1,")
    assert ink(page) == drawn  # moving the pen when it is up draws nothing
    pad.press("c")
    said(page, "Nothing drawn")
    assert page.evaluate("scrollY") == before  # arrows and space would scroll


def test_two_arrows_at_once_move_diagonally_and_shift_in_small_steps(open_page):
    page = open_page()
    page.locator("#drawing").focus()

    def place():
        return page.evaluate("['left', 'top'].map((side) => parseFloat(document.querySelector('#pen').style[side]))")

    page.keyboard.press("ArrowRight")
    left, top = place()
    page.keyboard.down("ArrowRight")
    page.keyboard.down("ArrowDown")
    page.keyboard.up("ArrowDown")
    page.keyboard.up("ArrowRight")
    # CSS writes percentages with some six digits
    assert place() == pytest.approx([left + 2 * 100 * 8 / 280, top + 100 * 8 / 280], rel=1e-4)
    left, top = place()
    page.keyboard.press("Shift+ArrowUp")
    assert place() == pytest.approx([left, top - 100 * 2 / 280], rel=1e-4)


def test_keys_change_the_brush_and_take_the_eraser(open_page):
    page = open_page()
    page.locator("#drawing").focus()
    page.keyboard.press("+")
    assert page.locator('[data-tool="width"]').input_value() == "28"
    page.keyboard.press("-")
    page.keyboard.press("-")
    assert page.locator('[data-tool="width"]').input_value() == "20"
    page.keyboard.press("e")
    assert page.locator('[data-tool="erase"]').get_attribute("aria-pressed") == "true"
