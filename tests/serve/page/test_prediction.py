"""The prediction on the page: what the network is given, and how its prediction is put."""

from __future__ import annotations

import contextlib

import numpy as np

from numnist.serve.state import pictures
from tests.serve.page.browser import FOUR, ONE, SEVEN, draw, said, seen, settled, tool


def _percents(page) -> dict[str, float]:
    """The table of probabilities: class -> percent."""
    rows = page.locator("#bars tbody tr").all()
    return {row.locator("th").inner_text(): float(row.locator(".value").inner_text().strip("<>%")) for row in rows}


def test_stale_predictions_are_dropped(open_page):
    """The first request is held back until the second has its response: its prediction must not be shown."""
    page = open_page()
    asked = "async () => (await fetch('/api/look', { method: 'POST', body: looks.at(-1).body })).json()"
    wrong = page.evaluate(asked) | {"top": [{"label": "5", "probability": 1.0}]}
    wrong |= {"sure": True, "blank": False, "unknown": False, "parts": wrong["parts"][:1]}
    before = page.evaluate("looks.length")
    held = []
    page.route("**/api/look*", lambda route: held.append(route))
    draw(page, ONE)
    page.wait_for_function("before => looks.length > before", arg=before)
    page.unroute("**/api/look*")
    draw(page, [[(90, 50), (190, 50)], [(90, 230), (190, 230)]])
    words = settled(page)
    assert not words.startswith("A 5")
    for route in held:
        with contextlib.suppress(Exception):  # the browser has given up waiting for it already
            route.fulfill(json=wrong)
    page.evaluate("fetch('/healthz').then((answer) => answer.text())")  # long enough for what was let go
    assert settled(page) == words


def test_a_switch_changes_what_the_network_sees_and_back(open_page):
    page = open_page()
    small = [[(40 + x / 4, 30 + y / 4) for x, y in stroke] for stroke in FOUR]
    page.locator('[data-tool="width"]').fill("8")
    draw(page, small)
    said(page, "A 4,")
    right = seen(page)
    for switch in page.locator("#steps input").all():
        switch.uncheck()
        settled(page)
        assert page.locator("#steps li.off").count() == 1
        assert not np.array_equal(seen(page), right)
        switch.check()
        settled(page)
        assert np.array_equal(seen(page), right)


def test_without_preprocessing_a_small_digit_is_misclassified_and_with_it_not(open_page):
    page = open_page()
    page.locator('[data-tool="width"]').fill("8")
    draw(page, [[(10 + x / 3, 190 + y / 3) for x, y in stroke] for stroke in SEVEN])
    switches = page.locator("#steps input")
    said(page, "A 7,")
    for switch in switches.all():
        switch.uncheck()
    assert not settled(page).startswith("A 7")
    assert page.evaluate("() => new URLSearchParams(looks.at(-1).url.split('?')[1]).get('off').split(',').length") == 3


def test_pixels_are_chosen_by_pointing_and_by_arrow_keys(open_page):
    page = open_page()
    draw(page, ONE)
    said(page, "A 1,")
    values = seen(page)
    canvas = page.locator("#input canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    row, column = np.unravel_index(values.argmax(), values.shape)
    canvas.hover(position={"x": (column + 0.5) * box["width"] / 28, "y": (row + 0.5) * box["height"] / 28})
    reading = page.locator(".pixel-value")
    assert reading.inner_text() == f"Row {row + 1}, column {column + 1}: {values[row, column]}"
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    assert reading.inner_text() == f"Row {row + 1}, column {column}: {values[row, column - 1]}"
    page.wait_for_function(
        "(text) => document.querySelector('#announcements').textContent.includes(text)", arg=reading.inner_text()
    )


def test_bars_are_a_table_of_all_classes_and_mark_the_best_not_by_colour_alone(open_page):
    page = open_page()
    draw(page, FOUR)
    said(page, "A 4,")
    percents = _percents(page)
    assert list(percents) == list("0123456789")
    assert max(percents, key=percents.get) == "4"
    best = page.locator("#bars tr.best")
    assert best.count() == 1
    assert int(best.locator("th").evaluate("(cell) => getComputedStyle(cell).fontWeight")) >= 600
    assert page.get_by_role("table", name="Probability of each class").count() == 1


def test_an_unsure_prediction_says_so(open_page):
    page = open_page()
    answer = {
        "blank": False, "sure": False, "unknown": False, "threshold": 0.9, "label": "4", "probability": 0.5,
        "parts": [{"label": "4", "probability": 0.5, "probabilities": [{"label": "4", "probability": 0.5}]}],
        "top": [{"label": "4", "probability": 0.5}, {"label": "9", "probability": 0.3}],
    }  # fmt: skip
    words = page.evaluate("async (answer) => (await import('/page/panels/prediction.js')).inWords(answer)", answer)
    assert words == {
        "verdict": "Not sure: perhaps a 4 or a 9",
        "share": "",
        "rest": "4: 50%, 9: 30%; sure above 90%.",
    }
    answer["top"][1:] = [{"label": "8", "probability": 0.05}]
    words = page.evaluate("async (answer) => (await import('/page/panels/prediction.js')).inWords(answer)", answer)
    assert words["verdict"] == "Not sure: perhaps a 4"
    answer |= {"unknown": True, "none": 0.93}
    words = page.evaluate("async (answer) => (await import('/page/panels/prediction.js')).inWords(answer)", answer)
    assert words == {"verdict": "Like no digit I know", "share": "", "rest": "Nearest: 4. None of these: 93%."}


def test_times_are_told_of_a_drawing_and_not_of_an_empty_sheet(open_page):
    page = open_page()
    said(page, "Nothing drawn")
    assert page.locator("#times dd").all_inner_texts() == ["–"] * 3
    draw(page, ONE)
    said(page, "A 1,")
    names = page.locator("#times dt").all_inner_texts()
    assert names == ["preprocessing", "forward pass", "round trip"]
    values = [float(text.removesuffix(" ms")) for text in page.locator("#times dd").all_inner_texts()]
    assert values[2] >= values[0] + values[1] - 0.2  # 0.2: each of the three is rounded to a tenth
    tool(page, "clear")
    said(page, "Nothing drawn")
    assert page.locator("#times dd").all_inner_texts() == ["–"] * 3


def test_the_theme_changes_while_the_page_is_open(open_page):
    page = open_page(color_scheme="light")
    draw(page, ONE)
    said(page, "A 1,")
    is_drawn = """(dark) => {
      const sheet = document.querySelector("#drawing");
      const at = (x, y) => sheet.getContext("2d").getImageData(x * sheet.width, y * sheet.height, 1, 1).data[0];
      const [ink, paper] = [at(0.5, 0.5), at(0.02, 0.02)];
      return dark ? paper < 64 && ink > 192 : ink < 64 && paper > 192;
    }"""
    page.wait_for_function(is_drawn, arg=False)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(is_drawn, arg=True)


HEART = [[(140, 230), (60, 130), (60, 80), (100, 60), (140, 100), (180, 60), (220, 80), (220, 130), (140, 230)]]


def test_of_what_is_no_digit_the_nearest_training_picture_is_shown_once_somebody_asks(open_page, context, monkeypatch):
    monkeypatch.setitem(pictures.DRAWN, "train", 300)
    page = open_page()
    draw(page, FOUR)
    said(page, "a 4")
    offer = page.get_by_role("button", name="Show the nearest training picture")
    assert not offer.is_visible()
    tool(page, "clear")
    draw(page, HEART)
    said(page, "like no digit")
    assert context._results == {}
    offer.click()
    page.locator("#bars .nearest-one canvas[aria-label^='Picture of']").wait_for()
    assert page.locator("#bars .nearest-one .note").inner_text().count("strokes") == 1
    tool(page, "clear")
    draw(page, FOUR)
    said(page, "a 4")
    assert not page.locator("#bars .nearest-unknown").is_visible()
    tool(page, "clear")
    draw(page, HEART)
    said(page, "like no digit")
    page.locator("#bars .nearest-one canvas").wait_for()  # without asking again
