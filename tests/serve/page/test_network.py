"""The panel that looks inside the network, in a real browser: every number on it is computed again here."""

from __future__ import annotations

import re

import numpy as np
import pytest

from numnist import load_model
from numnist.explain.units.blocks import block_names, block_words
from numnist.interpret.blocks import blocks
from numnist.interpret.trace import trace, trace_backward
from numnist.model.pretrained import pretrained_path
from tests.serve.drawings import digits_model, unpacked
from tests.serve.page.browser import FOUR, draw, said, tool

CLOSE = {"rel": 0.006}  # the page shows three digits: 1.00 may stand for anything up to 1.005
SUPER = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def numbers(text):
    """The numbers of a text, as the page writes them: 0.5, −12.3, +1.20×10⁻⁵."""
    found = re.findall(r"[+−]?\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", text)
    return [float(number.translate(SUPER).replace("−", "-").replace("×10", "e")) for number in found]


@pytest.fixture
def digits():
    return load_model(pretrained_path("digits"))


@pytest.fixture
def models(digits, context):
    """By name: the pretrained model, and one registered beside it that has the pooling which it lacks."""
    pooled = digits_model(seed=1)
    context.models.add("pooled", pooled, "kept")
    return {"digits": digits, "pooled": pooled}


@pytest.fixture
def drawn(models, open_page):
    """A page with a 4 on it and the panel in sight, and the picture that the model was given."""

    def open_(model="digits", **options):
        page, looks = open_page(**options), []
        page.select_option("#model", model)
        page.on("response", lambda response: looks.append(response) if "/api/look" in response.url else None)
        draw(page, FOUR)
        said(page, "a 4" if model == "digits" else "")  # the other one is untrained
        page.locator("#network").scroll_into_view_if_needed()
        ready(page)
        return page, unpacked(looks[-1].json()["picture"])[None]

    return open_


def ready(page):
    """Wait until the panel waits for nothing but the pictures that excite a unit, which are found in the background."""
    page.wait_for_function(
        """() => !document.querySelector('#network [aria-busy=true]:not(.exciting-pictures)')
          && document.querySelector('#network .layer-tab')"""
    )


def open_layer(page, place):
    """Open the block that has a layer, and in it the layer's tab, unless it is the only one."""
    for tab in page.locator("#network [id^=block-tab-]").all():
        tab.click()
        toggle = page.locator("#network .block-toggle")
        if toggle.is_visible() and toggle.get_attribute("aria-expanded") == "false":
            toggle.click()
        own = page.locator(f'[id="layer-tab-{place}"]')
        if own.count():
            if own.is_visible():
                own.click()
            return
    raise AssertionError(f"no block has layer {place}")


def unit_at(page, place, *index):
    """Open a layer by its tab and a unit by its index. Returns the unit's part of the page."""
    open_layer(page, place)
    page.locator("#network .layer canvas").press("Home")
    unit = page.locator("#network .unit")
    for axis, number in enumerate(index):
        field = unit.locator(".unit-fields input").nth(axis)
        field.fill(str(number))
        field.press("Enter")
    title = f"map {index[0]}, row {index[1]}, column {index[2]}" if len(index) == 3 else f"unit {index[0]}"
    unit.get_by_role("heading", name=re.compile(f"{title}(,|$)")).wait_for()
    ready(page)
    return unit


def outputs(unit):
    return [numbers(text)[0] for text in unit.locator("output").all_inner_texts()]


def test_every_block_has_a_tab_and_the_softmax_is_the_last(drawn, digits):
    page, _ = drawn()
    found = blocks(digits.plan)
    tabs = page.locator("#network [id^=block-tab-]")
    names = [name.replace("Convolution", "Conv") for name in map(str, block_names(found))]
    assert tabs.locator(".layer-kind").all_inner_texts() == [*names, "Softmax"]
    assert tabs.count() == 9
    for k in (0, 7):
        tabs.nth(k).click()
        assert page.locator("#block-title").inner_text() == f"Block {k + 1}: {block_names(found)[k]}"
        assert page.locator("#network .block-sentence").inner_text() == str(block_words(found, k))


def test_a_block_opens_to_its_layers(drawn, digits):
    page, _ = drawn()
    page.locator("[id=block-tab-2]").click()
    toggle = page.get_by_role("button", name="Its 4 layers")
    toggle.click()
    kinds = [type(layer).__name__ for layer in digits.network.layers[6:10]]
    assert page.locator("#block-layers .layer-kind").all_inner_texts() == kinds
    page.locator("[id=layer-tab-6]").click()
    assert page.locator("#layer-title").inner_text() == f"Layer 6: {digits.network.layers[6]!r}"
    toggle.click()
    assert page.locator("#layer-title").inner_text() == "What the block puts out"
    page.locator("[id=block-tab-7]").click()  # which is one layer
    assert not toggle.is_visible()
    assert page.locator("#layer-title").inner_text() == "Layer 25: Dense(10)"


def test_a_maps_ends_are_those_of_the_blocks_output(drawn, digits):
    page, picture = drawn()
    page.locator("#network .layer canvas").press("ArrowRight")
    output = trace(digits, picture)[2].output[0, 1]
    shown = numbers(page.locator("#network .layer .readout").inner_text())
    assert shown == pytest.approx([1, output.min(), output.max()], **CLOSE)


@pytest.mark.parametrize(
    ("model", "place", "index"),
    [("digits", "6", (7, 3, 5)), ("pooled", "2", (2, 6, 6)), ("digits", "25", (4,))],
    ids=["convolution", "pooling", "dense"],
)
def test_a_units_value_is_that_of_the_forward_pass(drawn, models, model, place, index):
    page, picture = drawn(model)
    unit = unit_at(page, place, *index)
    value = next(step for step in trace(models[model], picture) if step.place == place).output[0][index]
    assert outputs(unit) == pytest.approx([value], **CLOSE)
    source = unit.locator("details[open] pre").inner_text()
    assert "def forward(" in source


def test_the_table_of_a_sum_adds_up_to_the_unit(drawn):
    page, _ = drawn()
    unit = unit_at(page, "6", 7, 3, 5)
    amounts = [numbers(text)[0] for text in unit.locator(".sums td.number").all_inner_texts()]
    # up to eight amounts, each rounded to three digits (by 0.5% at most), whose errors partly cancel
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=0.02 * max(map(abs, amounts)))
    assert unit.locator(".sums tbody canvas").count() == 3 * 6


def test_a_click_on_a_map_opens_its_strongest_unit(drawn, digits):
    page, picture = drawn()
    canvas = page.locator("#network .layer canvas")
    canvas.click(position={"x": 5, "y": 5})
    output = trace(digits, picture)[2].output[0, 0]
    row, column = np.unravel_index(np.abs(output).argmax(), output.shape)
    page.get_by_role("heading", name=f"ReLU: map 0, row {row}, column {column}").wait_for()
    page.get_by_role("button", name="Close").click()
    assert not page.locator("#network .unit").is_visible()


def test_the_arrow_keys_walk_through_blocks_layers_and_units(drawn):
    page, _ = drawn("pooled")
    page.locator("[id=block-tab-0]").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert page.locator("#softmax-title").is_visible()
    assert not page.locator("#layer").is_visible()
    page.keyboard.press("Home")
    page.get_by_role("button", name="Its 4 layers").press("Enter")
    page.locator("[id=layer-tab-2]").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    assert page.locator("#layer-title").inner_text().startswith("Layer 2: MaxPool2d")
    page.locator("#network .layer canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name=re.compile("^MaxPool2d: map 2,")).wait_for()
    assert page.locator("#network .unit .window td").count() == 4


def test_backward_shows_the_gradients_of_the_same_units(drawn, digits):
    page, picture = drawn()
    page.get_by_role("switch", name="Backward").check()
    page.get_by_label("of the loss for the label").select_option("9")
    page.wait_for_function("() => document.querySelector('#network .loss').textContent.includes('for the label “9”')")
    back = trace_backward(digits, picture, [9])
    loss = numbers(page.locator("#network .loss strong").inner_text())[0]
    assert loss == pytest.approx(float(back.loss), **CLOSE)
    unit = unit_at(page, "6", 7, 3, 5)
    page.wait_for_function("() => document.querySelectorAll('#network .unit output').length === 2")
    passed = next(passed for passed in back.layers if passed.place == "6")
    assert outputs(unit) == pytest.approx([float(passed.y[7, 3, 5, 0]), float(passed.dy[7, 3, 5, 0])], **CLOSE)
    assert "def backward(" in unit.locator("details[open] pre").inner_text()
    assert unit.locator(".sums tbody canvas").count() == 4 * 6
    assert "gradient" in page.locator("#network .layer .legend").inner_text()


def test_what_would_make_it_a_9_can_be_stepped_through(drawn):
    page, _ = drawn(reduced_motion="reduce")
    part = page.locator("#network .counterfactual")
    part.get_by_role("button", name="9", exact=True).click()
    caption = part.locator(".counterfactual-caption")
    caption.get_by_text("a 9").wait_for()  # with little motion the last frame stands there at once
    last = numbers(caption.inner_text())
    assert last[0] == last[1]
    assert part.get_by_role("button", name="Next frame").is_disabled()
    part.get_by_role("button", name="Previous frame").click()
    assert numbers(caption.inner_text())[0] == last[0] - 1
    part.get_by_role("slider").press("Home")
    assert "a 4" in caption.inner_text()


def test_frames_play_by_themselves_and_end(drawn):
    page, _ = drawn()
    part = page.locator("#network .counterfactual")
    part.get_by_role("button", name="9", exact=True).click()
    part.locator(".counterfactual-caption").get_by_text("a 9").wait_for()
    part.get_by_role("button", name="Play").wait_for()


def test_without_a_drawing_it_says_so(drawn):
    page, _ = drawn()
    tool(page, "clear")
    page.get_by_text("Draw something to see the output of every layer.").wait_for()
    assert not page.locator("#network .layer-tabs").is_visible()


def test_nothing_is_asked_while_the_panel_is_out_of_sight(open_page):
    page = open_page(height=500)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    draw(page, FOUR)
    said(page, "a 4")
    page.locator("#network").scroll_into_view_if_needed()
    ready(page)
    first = next(i for i, url in enumerate(asked) if "/api/inside" in url)
    assert any("/api/look" in url for url in asked[:first])
    assert sum("/api/inside" in url for url in asked) == 1  # not once a stroke


@pytest.fixture
def failing(chromium, start_server):
    """A page where questions about what is inside are answered as told, and what it logs does not matter."""
    page = chromium.new_page(viewport={"width": 1280, "height": 500})
    answers = []

    def route(route):
        if answers:
            route.fulfill(**answers.pop(0))
        else:
            route.continue_()

    page.route("**/api/inside*", route)

    def open_(*told):
        page.goto(start_server())
        page.wait_for_selector("#steps li")
        draw(page, FOUR)
        said(page, "a 4")
        answers.extend(told)
        page.locator("#network").scroll_into_view_if_needed()
        return page

    yield open_
    page.close()


def error(status, message, **headers):
    body = f'{{"error": {{"code": "x", "message": "{message}"}}}}'
    return {"status": status, "content_type": "application/json", "body": body, "headers": headers}


def test_a_server_that_is_not_ready_is_asked_again(failing):
    page = failing(error(503, "Still counting.", **{"Retry-After": "1"}))
    page.get_by_text("Still counting; it will appear here.").wait_for()
    ready(page)
    assert page.locator("#network .layer-tabs").is_visible()


def test_an_error_is_told_and_can_be_tried_again(failing):
    page = failing(error(400, "That is no picture."))
    page.locator("#network").get_by_text("That is no picture.").wait_for()
    page.locator("#network").get_by_role("button", name="Try again").click()
    ready(page)
    assert page.locator("#network .layer-tabs").is_visible()
