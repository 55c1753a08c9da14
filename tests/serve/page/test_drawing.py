"""Drawing on the page with mouse, finger and pen; undo, redo, clear, eraser and brush."""

from __future__ import annotations

import pytest

from tests.serve.page.browser import FOUR, ONE, SEVEN, draw, ink, pad_box, said, tool


def _drag_by_touch(page, stroke):
    """A finger on the glass, as the browser's own input system reports it."""
    session = page.context.new_cdp_session(page)
    box = pad_box(page)
    points = [{"x": box["x"] + box["width"] * x / 280, "y": box["y"] + box["height"] * y / 280} for x, y in stroke]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for (x0, y0), (x1, y1) in zip([(p["x"], p["y"]) for p in points], [(p["x"], p["y"]) for p in points[1:]]):
        for t in range(1, 7):
            point = {"x": x0 + (x1 - x0) * t / 6, "y": y0 + (y1 - y0) * t / 6}
            session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _drag_by_pen(page, stroke):
    session = page.context.new_cdp_session(page)
    box = pad_box(page)
    places = [(box["x"] + box["width"] * x / 280, box["y"] + box["height"] * y / 280) for x, y in stroke]
    common = {"button": "left", "buttons": 1, "pointerType": "pen", "clickCount": 1}
    kinds = ["mousePressed"] + ["mouseMoved"] * (len(places) - 1) + ["mouseReleased"]
    for kind, (x, y) in zip(kinds, [*places, places[-1]]):
        session.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **common})


def test_a_drawing_is_classified_in_words(open_page):
    page = open_page()
    said(page, "Nothing drawn")
    draw(page, FOUR)
    said(page, "A 4,")
    assert page.locator("#headline").get_attribute("data-kind") == "sure"
    page.wait_for_function("() => document.querySelector('#announcements').textContent.startsWith('A 4, ')")


def test_the_prediction_comes_while_the_stroke_is_being_drawn(open_page):
    page = open_page()
    box = pad_box(page)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8, steps=12)
    said(page, "A 1,")
    page.mouse.up()


def test_a_finger_draws_and_does_not_scroll_the_page(open_page):
    page = open_page(width=320, height=640, has_touch=True, is_mobile=True)
    before = page.evaluate("scrollY") if pad_box(page) else None
    _drag_by_touch(page, SEVEN[0])
    said(page, "A 7,")
    assert page.evaluate("scrollY") == before
    assert page.evaluate("getComputedStyle(document.querySelector('#drawing')).touchAction") == "none"
    assert page.evaluate("getComputedStyle(document.body).touchAction") == "auto"


def test_a_finger_that_comes_from_the_margin_draws_from_the_edge_and_does_not_scroll_the_page(open_page):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    _drag_by_touch(page, [(-8, 60), (60, 60), (200, 60), (130, 230)])
    page.wait_for_function("() => sessionStorage.getItem('numnist.drawing') !== null")  # it is kept when it is done
    assert page.evaluate("scrollY") == 0
    (stroke,) = page.evaluate("JSON.parse(sessionStorage.getItem('numnist.drawing')).steps")
    assert stroke["points"][-1] == pytest.approx([130, 230], abs=1)
    assert stroke["points"][0] == pytest.approx([0, 60], abs=1)  # unit: a touch is placed on whole pixels


def test_a_second_finger_draws_nothing(open_page):
    page = open_page(has_touch=True)
    session = page.context.new_cdp_session(page)
    box = pad_box(page)
    first, second = ({"x": box["x"] + dx, "y": box["y"] + 60, "id": i} for i, dx in enumerate((60, 200)))
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [first]})
    page.wait_for_function("() => !document.querySelector('[data-tool=undo]').disabled")
    alone = ink(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [first, second]})
    assert ink(page) == alone > 0
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_pen_draws(open_page):
    page = open_page()
    _drag_by_pen(page, [(140, y) for y in range(50, 231, 20)])
    said(page, "A 1,")


def test_the_right_button_draws_nothing(open_page):
    page = open_page()
    page.locator("#drawing").click(button="right")
    assert ink(page) == 0


def test_a_drag_that_leaves_the_pad_continues_when_it_comes_back(open_page):
    page = open_page()
    box = pad_box(page)
    x, y = box["x"], box["y"] + box["height"] / 2
    page.mouse.move(x + 100, y)
    page.mouse.down()
    page.mouse.move(x - 30, y, steps=4)
    page.mouse.move(x + 200, y + 60, steps=4)
    drawn = ink(page)
    page.mouse.move(x + 250, y + 60, steps=4)
    assert ink(page) > drawn
    page.mouse.up()


def test_strokes_are_smooth_and_antialiased(open_page):
    """Few points on a circle: the curve between them has the ink that a circle has, and soft edges."""
    page = open_page()
    shares = page.evaluate(
        """async () => {
          const { render } = await import("/page/drawing/render.js");
          const at = (angle) => [140 + 90 * Math.sin(angle), 140 - 90 * Math.cos(angle)];
          const points = Array.from({ length: 13 }, (_, i) => at((i * Math.PI) / 6));
          const canvas = new OffscreenCanvas(280, 280);
          const context = canvas.getContext("2d");
          render(context, [{ kind: "stroke", points, width: 24, erase: false }], { ink: "#000", paper: "#fff" });
          const { data } = context.getImageData(0, 0, 280, 280);
          let inside = 0, outside = 0, soft = 0;
          for (let i = 0; i < 280 * 280; i++) {
            const far = Math.abs(Math.hypot((i % 280) + 0.5 - 140, Math.floor(i / 280) + 0.5 - 140) - 88);
            if (far < 6 && data[4 * i] > 0) inside++;
            if (far > 18 && data[4 * i] < 255) outside++;
            if (data[4 * i] > 0 && data[4 * i] < 255) soft++;
          }
          return { inside, outside, soft };
        }"""
    )
    assert shares["inside"] == shares["outside"] == 0
    assert shares["soft"] > 500  # about one for each pixel of the two edges, each some 500 long


def test_undo_takes_back_one_stroke_and_redo_brings_it_again(open_page):
    page = open_page()
    draw(page, FOUR)
    both = ink(page)
    tool(page, "undo")
    one = ink(page)
    assert 0 < one < both
    page.keyboard.press("Control+z")
    assert ink(page) == 0
    assert page.locator('[data-tool="undo"]').is_disabled()
    page.keyboard.press("Control+Shift+z")
    assert ink(page) == one
    tool(page, "redo")
    assert ink(page) == both
    assert page.locator('[data-tool="redo"]').is_disabled()
    said(page, "A 4,")


def test_a_new_stroke_ends_what_could_be_redone(open_page):
    page = open_page()
    draw(page, FOUR)
    tool(page, "undo")
    draw(page, ONE)
    assert page.locator('[data-tool="redo"]').is_disabled()


def test_clear_can_be_undone(open_page):
    page = open_page()
    draw(page, ONE)
    said(page, "A 1,")
    drawn = ink(page)
    tool(page, "clear")
    said(page, "Nothing drawn")
    assert ink(page) == 0
    tool(page, "undo")
    said(page, "A 1,")
    assert ink(page) == drawn


def test_the_eraser_takes_ink_away_until_nothing_is_drawn(open_page):
    page = open_page()
    draw(page, ONE)
    drawn = ink(page)
    tool(page, "erase")
    draw(page, [[(100, 50), (180, 50)]])
    assert 0 < ink(page) < drawn
    page.locator('[data-tool="width"]').fill("48")
    draw(page, [[(140, 30), (140, 250)]])
    said(page, "Nothing drawn")
    assert ink(page) == pytest.approx(0, abs=1e-4)  # 8 of 78,400 pixels: soft edges of the strokes leave a trace


def test_the_brush_has_the_width_that_is_set(open_page):
    page = open_page()
    shares = {}
    for width in ("12", "40"):
        page.locator('[data-tool="width"]').fill(width)
        draw(page, ONE)
        shares[width] = ink(page)
        tool(page, "clear")
    assert shares["40"] > 3 * shares["12"]


def test_the_pad_does_not_move_while_predictions_change(open_page):
    for width in (320, 1280):
        page = open_page(width=width)
        before = pad_box(page)
        draw(page, [[(100, 100), (110, 110)]])
        page.wait_for_selector("#headline:not([data-kind=blank])")
        assert pad_box(page) == before
        draw(page, FOUR)
        assert pad_box(page) == before


def test_the_picture_that_is_sent_is_dark_ink_on_white_whatever_the_theme(open_page):
    corners = []
    for scheme in ("light", "dark"):
        page = open_page(color_scheme=scheme)
        draw(page, ONE)
        said(page, "A 1,")
        corners.append(
            page.evaluate(
                """async () => {
                  const { body } = looks.at(-1);
                  const bitmap = await createImageBitmap(body);
                  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
                  context.drawImage(bitmap, 0, 0);
                  const at = (x, y) => context.getImageData(x, y, 1, 1).data[0];
                  return [body.type, bitmap.width, bitmap.height, at(0, 0), at(140, 51)];
                }"""
            )
        )
    assert corners == [["image/png", 280, 280, 255, 0]] * 2


def test_the_pad_stays_where_it_is_while_panels_wait_for_an_answer(open_page):
    """Near the end of the page: what collapses above it would move it under the next stroke."""
    page = open_page(width=1280, height=900)
    draw(page, FOUR)
    page.evaluate("document.querySelector('#network').scrollIntoView({ behavior: 'instant' })")
    page.wait_for_selector(".network-content:not(.is-empty) canvas")
    page.evaluate("document.querySelector('#compare').scrollIntoView({ block: 'start', behavior: 'instant' })")
    place = "() => [document.querySelector('#drawing').getBoundingClientRect().top, document.body.scrollHeight]"
    before = page.evaluate(place)
    page.evaluate("document.querySelector('[data-tool=clear]').click()")
    page.wait_for_selector(".network-content.is-empty", state="attached")
    top, height = page.evaluate(place)
    assert top == before[0]
    assert height > before[1] - 120  # a few lines of the prediction
    draw(page, ONE)
    said(page, "A 1,")
    assert page.evaluate(place)[0] == before[0]
