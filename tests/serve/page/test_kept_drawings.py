"""The panel that saves drawings with their true labels, in a real browser."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.data.formats.image import read_picture
from numnist.serve.state.drawings import LEAST
from tests.serve.page.browser import FOUR, ONE, SEVEN, draw, said, tool

HANDS = ((FOUR, "a 4"), (ONE, "a 1"), (SEVEN, "a 7"))


@pytest.fixture
def page(open_page):
    page = open_page()
    draw(page, FOUR)
    said(page, "a 4")
    return page


def label(page, name):
    return page.get_by_role("button", name=f"It was {name}", exact=True)


def kept(context):
    """All that lie together; each page has copies of its own."""
    return sorted(path.relative_to(context.kept).as_posix() for path in context.kept.glob("digits/*/*.png"))


def test_it_was_a_4_keeps_the_picture_that_the_network_saw(page, context):
    label(page, "a 4").click()
    page.get_by_text("Saved as a 4.").wait_for()
    assert kept(context) == ["digits/4/000001.png"]
    picture = read_picture(context.kept / "digits/4/000001.png")
    assert picture.shape[:2] == (28, 28)
    assert np.asarray(picture).any()
    page.get_by_text("1 saved").wait_for()
    assert page.locator("#drawings .amount").all_inner_texts() == ["4 × 1"]


def test_one_drawing_is_kept_once_and_undo_takes_it_back(page, context):
    label(page, "a 9").click()
    page.get_by_text("Saved as a 9.").wait_for()
    assert label(page, "a 4").get_attribute("aria-disabled") == "true"
    assert label(page, "a 9").get_attribute("aria-pressed") == "true"
    page.locator("#drawings").get_by_role("button", name="Undo").click()
    page.get_by_text("Removed.").wait_for()
    page.get_by_text("0 saved").wait_for()
    assert kept(context) == []
    assert label(page, "a 4").get_attribute("aria-disabled") == "false"


def test_without_a_drawing_nothing_can_be_kept(page):
    tool(page, "clear")
    page.locator("#drawings").get_by_text("Draw something first.").wait_for()
    assert label(page, "a 4").get_attribute("aria-disabled") == "true"


def test_the_keyboard_keeps_too(page, context):
    label(page, "a 4").press("Enter")
    page.get_by_text("Saved as a 4.").wait_for()
    assert len(kept(context)) == 1


def keep_enough(page, labels=("a 4", "a 1", "a 7")):
    """Save as many drawings as can be trained on, with these labels in turn."""
    for n in range(LEAST):
        if n:
            tool(page, "clear")
            strokes, words = HANDS[n % len(HANDS)]
            draw(page, strokes)
            said(page, words)
        page.locator("#headline[aria-busy=false]").wait_for()
        label(page, labels[n % len(labels)]).click()
        page.get_by_text(f"{n + 1} saved").wait_for()


def test_with_enough_pictures_come_the_commands_to_train_with_them(page, context):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keep_enough(page)
    page.locator("#drawings summary").click()
    lines = page.locator("#drawings .command code")
    lines.first.wait_for()
    first = lines.first.inner_text()
    assert first.startswith(f"numnist data import {context.kept / 'digits'}")
    assert any("--from" in line for line in lines.all_inner_texts())
    page.get_by_role("button", name=f"Copy the command {first}").click()
    page.get_by_role("button", name=f"Copy the command {first}").get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == first


def test_with_fewer_it_says_how_many_are_missing(page):
    label(page, "a 4").click()
    page.get_by_text(f"{LEAST - 1} to go").wait_for()
    assert page.locator("#drawings").get_by_role("button", name="Learn from").count() == 0


def test_of_one_label_alone_there_is_nothing_to_learn(page):
    keep_enough(page, labels=["a 4"])
    page.get_by_text("at least two different labels").wait_for()
    assert page.locator("#drawings").get_by_role("button", name="Learn from").count() == 0
    assert page.locator("#drawings .command").count() == 0


def test_learn_from_these_starts_the_training_and_shows_it(page):
    keep_enough(page)
    page.get_by_role("button", name=f"Learn from these {LEAST}").click()
    state = page.locator("#training .training-state")
    state.get_by_text("Finished after").wait_for()
    assert page.get_by_role("button", name="Save model").is_visible()
    assert page.get_by_role("button", name=f"Learn from these {LEAST}").is_enabled()


def test_another_page_neither_counts_nor_takes_back_what_this_one_keeps(page, open_page):
    other = open_page()  # of another browser context, as of another person
    label(page, "a 4").click()
    page.get_by_text("1 saved").wait_for()
    other.locator("#drawings").scroll_into_view_if_needed()
    other.get_by_text("0 saved").wait_for()
    assert other.locator("#drawings").get_by_role("button", name="Undo").count() == 0
    page.reload()
    page.locator("#drawings").scroll_into_view_if_needed()
    page.get_by_text("1 saved").wait_for()  # it is the same page still
