"""The comparing panel in a real browser: nearest neighbours, confusion matrix, two models on one drawing."""

from __future__ import annotations

import pytest

from numnist import Dense, Flatten, Model, ReLU, Sequential
from numnist.serve.state import pictures
from tests.serve.page.browser import FOUR, SEVEN, draw, said, tool

CLASSES = tuple("0123456789")
MLP = Sequential(Flatten(), Dense(16), ReLU(), Dense(10))


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Some hundred drawn digits stand in for the data."""
    monkeypatch.setitem(pictures.DRAWN, "train", 300)
    monkeypatch.setitem(pictures.DRAWN, "test", 200)


@pytest.fixture
def drawn(open_page):
    """A page with a 4 on it and the panel in sight."""

    def open_(asked=True, **options):
        page = open_page(**options)
        draw(page, FOUR)
        said(page, "a 4")
        page.locator("#network").scroll_into_view_if_needed()
        page.locator("#network .layer-tabs").wait_for()  # it stands above, and grows
        page.locator("#compare").evaluate("panel => panel.scrollIntoView({ behavior: 'instant' })")
        if asked:
            for words in ("Find them", "Evaluate the model"):
                page.locator("#compare").get_by_role("button", name=words).click()
        return page

    return open_


def test_nothing_is_computed_before_somebody_asks(drawn, context):
    page = drawn(asked=False)
    page.locator("#compare").get_by_role("button", name="Evaluate the model").wait_for()
    page.locator("#training").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#training select').options.length > 0")
    assert context._results == {}


def test_the_nearest_pictures_are_shown_nearest_first(drawn):
    page = drawn()
    items = page.locator("#compare .neighbours li")
    items.nth(9).wait_for()
    distances = [float(text) for text in items.locator(".note").all_inner_texts()]
    assert distances == sorted(distances)
    assert len(distances) == 10
    assert page.locator("#compare .neighbours canvas[aria-label='Picture of a 4']").count() > 5
    for item in items.all():
        same = item.locator(".neighbour-label").inner_text() == "4"
        assert same or "other" in item.inner_text()  # not by its frame alone


def test_what_somebody_asked_for_is_asked_again_out_of_sight_too(drawn):
    page = drawn(asked=False)
    asked = []

    def busy_at_first(route):
        asked.append(route.request.url)
        busy = {"error": {"code": "busy", "message": "the confusion matrix is being worked out: ask again."}}
        route.fulfill(status=503, json=busy, headers={"Retry-After": "1"}) if len(asked) == 1 else route.continue_()

    page.route("**/api/confusion*", busy_at_first)
    page.locator("#compare").get_by_role("button", name="Evaluate the model").click()
    page.locator("#compare").get_by_text("it will appear here").wait_for()
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    page.get_by_role("table", name="Test pictures by label").wait_for()
    assert len(asked) > 1


def test_the_confusion_matrix_marks_the_row_and_column_of_the_prediction(drawn):
    page = drawn()
    table = page.get_by_role("table", name="Test pictures by label")
    table.wait_for()
    rows = table.locator("tbody tr")
    counts = [row.locator("td").all_inner_texts() for row in rows.all()]
    counted = [[0 if n == "·" else int(n) for n in row] for row in counts]
    assert sum(map(sum, counted)) == 200
    assert table.get_by_role("columnheader", name="4 , this prediction").count() == 1
    assert table.get_by_role("rowheader", name="4 , this prediction").count() == 1
    assert table.locator(".in-row").count() == table.locator(".in-column").count() == 10
    column = sum(row[4] for row in counted)
    words = page.locator("#compare .confusion-words")
    assert f"When it predicts “4”, it is right {counted[4][4]} times in {column}" in words.inner_text()
    tool(page, "clear")
    draw(page, SEVEN)
    said(page, "a 7")
    words.get_by_text("When it predicts “7”").wait_for()
    assert table.get_by_role("rowheader", name="7 , this prediction").count() == 1


def test_two_models_stand_side_by_side_on_one_drawing(drawn, context):
    model = Model(MLP, (1, 28, 28), classes=CLASSES, preparation="digits", seed=1)
    context.models.add("mine", model, "kept")
    page = drawn()
    page.get_by_label("Compare with").select_option("mine")
    table = page.get_by_role("table", name="Probability of each class by digits and by mine")
    table.wait_for()
    for side in (".left", ".right"):
        shares = [float(text.strip("<>%")) for text in table.locator(f"{side} .number").all_inner_texts()]
        assert sum(shares) == pytest.approx(100, abs=1)  # ten shares, each off by up to 0.1 where it reads "<0.1%"
    heads = table.locator("thead th").all_inner_texts()
    assert "digits\n4\n" in heads[0]
    assert f"{model.plan.size:,} parameters" in heads[1]
    by_mine = table.locator(".right.best").locator("xpath=preceding-sibling::th").inner_text()
    other = f"digits predicts a 4, mine predicts a{'n' * (by_mine == '8')} {by_mine}."
    verdict = page.locator("#compare .second-verdict").inner_text()
    assert verdict == ("Both predict a 4." if by_mine == "4" else other)


def test_models_of_other_classes_are_compared_too(drawn):
    page = drawn()
    page.get_by_label("Compare with").select_option("fashion")
    table = page.get_by_role("table", name="The five most probable classes by fashion")
    table.wait_for()
    assert table.locator("tbody tr").count() == 5
    assert page.get_by_text("These models have different classes").is_visible()


def test_a_model_is_not_compared_with_itself(drawn):
    page = drawn()
    page.locator("#model").select_option("fashion")
    page.wait_for_function("() => document.querySelector('#second-model option:nth-child(2)').value === 'digits'")
    assert page.locator("#second-model option").all_inner_texts() == ["none", "digits", "lesson-0"]
    page.get_by_text("No other model has these classes").wait_for()  # digits is offered, but not chosen for clothes


def test_a_phone_shows_the_whole_matrix(drawn):
    page = drawn(width=320)
    page.get_by_role("table", name="Test pictures by label").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.locator("#compare .scrolls").evaluate("box => box.scrollWidth <= box.clientWidth")
