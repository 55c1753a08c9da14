"""The training panel in a real browser, on a few drawn digits."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from numnist import Dataset, Split, load_model
from numnist.data.strokes.drawing import draw as drawn_digits
from tests.serve.page.browser import FOUR, draw, said

CLASSES = tuple("0123456789")


def strokes(n):
    """Drawn digits, n of them for training."""
    x, labels = drawn_digits(n + 120, seed=1)
    parts = (slice(0, n), slice(n, n + 60), slice(n + 60, n + 120))
    return Dataset("strokes", *(Split(x[part][:, None], labels[part]) for part in parts), CLASSES, preparation="digits")


@pytest.fixture
def few(monkeypatch):
    """All data is 600 drawn digits."""
    data = strokes(600)
    monkeypatch.setattr("numnist.experiment.recipe.load", lambda name, **options: data)


@pytest.fixture
def opened(open_page):
    """The panel of a page with a 4 on it."""

    def open_(**options):
        page = open_page(**options)
        draw(page, FOUR)
        said(page, "a 4")
        panel = page.locator("#training")
        panel.scroll_into_view_if_needed()
        page.wait_for_function("() => document.querySelector('#training select').options.length > 0")
        return page, panel

    return open_


def start(panel, recipe="mlp-quick", epochs=2):
    panel.get_by_role("combobox", name="Recipe", exact=True).select_option(recipe)
    panel.get_by_label("Epochs", exact=True).fill(str(epochs))
    panel.get_by_role("button", name="Start").click()


def finished(panel, word="Finished"):
    panel.locator(".training-state").get_by_text(re.compile(f"^{word} after")).wait_for()


@pytest.mark.usefixtures("few")
def test_a_training_is_watched_to_its_end(opened):
    _, panel = opened()
    start(panel)
    finished(panel)
    assert "Test accuracy" in panel.locator(".training-state").inner_text()
    rows = panel.locator(".epochs tbody tr")
    assert [row.locator("th").inner_text() for row in rows.all()] == ["1", "2"]
    loss, accuracy = panel.get_by_role("img", name="Loss after"), panel.get_by_role("img", name="Accuracy after")
    assert loss.locator("circle").count() == accuracy.locator("circle").count() == 2  # validation, after each epoch
    assert loss.locator("path.mean").get_attribute("d").startswith("M")
    panel.locator(".filters canvas").first.wait_for()
    panel.locator(".history-verdict").get_by_text("Now: ").wait_for()
    panel.locator(".history-table .best").first.wait_for()


@pytest.mark.usefixtures("few")
def test_a_trained_model_is_saved_and_then_classifies_the_drawing(opened, context):
    page, panel = opened()
    start(panel)
    finished(panel)
    panel.get_by_label("Save this model as").fill("tiny")
    panel.get_by_role("button", name="Save model").click()
    panel.get_by_text("Saved as tiny").wait_for()
    panel.get_by_role("button", name="Use it").click()
    page.wait_for_function("() => document.querySelector('#model').value === 'tiny'")
    page.wait_for_function("() => document.querySelector('#headline').getAttribute('aria-busy') !== 'true'")
    assert load_model(context.runs / "tiny").weights_sha256 == context.models.get("tiny").sha256


@pytest.mark.usefixtures("few")
def test_a_finished_training_can_be_saved_by_a_page_that_comes_later(opened):
    page, panel = opened()
    start(panel)
    finished(panel)
    page.reload()
    panel.scroll_into_view_if_needed()
    finished(panel)
    assert panel.get_by_role("button", name="Save model").is_visible()
    assert panel.locator(".epochs tbody tr").count() == 2


@pytest.fixture
def many(monkeypatch):
    """Enough to train on for longer than a test takes: the same digits again and again."""
    data = strokes(3000)
    data = replace(data, train=data.train[np.tile(np.arange(3000), 20)])
    monkeypatch.setattr("numnist.experiment.recipe.load", lambda name, **options: data)


@pytest.mark.usefixtures("many")
def test_a_training_is_stopped_and_saved(opened, context):
    page, panel = opened()
    start(panel, "quick", epochs=20)
    panel.locator(".training-state").get_by_text("Step").wait_for()
    panel.get_by_role("button", name="Stop").click()
    finished(panel, "Stopped")
    panel.get_by_role("button", name="Save model").click()
    panel.get_by_text("Saved as mine-1").wait_for()
    assert "mine-1" in context.models.names()
    assert "mine-1" in page.locator("#model option").all_inner_texts()


@pytest.mark.usefixtures("many")
def test_a_page_that_comes_later_sees_the_training_under_way(opened):
    page, panel = opened()
    start(panel, "quick", epochs=20)
    panel.locator(".training-state").get_by_text("Step").wait_for()
    page.reload()
    panel.scroll_into_view_if_needed()
    panel.locator(".training-state").get_by_text("Step").wait_for()
    assert panel.get_by_role("button", name="Training …").is_disabled()
    panel.get_by_role("button", name="Stop").click()
    finished(panel, "Stopped")


@pytest.mark.usefixtures("many")
def test_another_page_watches_but_does_not_stop(opened):
    _, mine = opened()
    start(mine, "quick", epochs=20)
    mine.locator(".training-state").get_by_text("Step").wait_for()
    _, others = opened()
    others.locator(".training-state").get_by_text("Step").wait_for()
    others.get_by_text("Someone else is training; you can watch.").wait_for()
    assert not others.get_by_role("button", name="Stop").is_visible()
    others.locator(".history-verdict").get_by_text("Now: ").wait_for()  # for the drawing of this page
    mine.get_by_role("button", name="Stop").click()
    finished(mine, "Stopped")
    finished(others, "Stopped")
    assert mine.get_by_role("button", name="Save model").is_visible()
    assert not others.get_by_role("button", name="Save model").is_visible()
    assert others.get_by_role("button", name="Start").is_enabled()


@pytest.mark.usefixtures("few")
def test_too_many_epochs_are_refused_before_anything_is_asked(opened):
    _, panel = opened()
    start(panel, epochs=30)
    panel.get_by_text(re.compile("^Epochs: ")).wait_for()
    assert panel.get_by_role("button", name="Start").is_enabled()


def test_a_training_that_fails_says_why(opened, monkeypatch):
    def missing(name, **options):
        raise OSError("the disk is gone")

    monkeypatch.setattr("numnist.experiment.recipe.load", missing)
    _, panel = opened()
    start(panel)
    panel.get_by_text(re.compile("^The training failed: .*the disk is gone")).wait_for()
    assert panel.get_by_role("button", name="Start").is_enabled()


@pytest.mark.usefixtures("few")
def test_on_a_phone_it_fits(opened):
    page, panel = opened(width=320)
    start(panel, epochs=1)
    finished(panel)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
