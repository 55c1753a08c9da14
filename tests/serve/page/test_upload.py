"""Your own pictures, from a file, the clipboard or dropped on the page, and the model's test pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from numnist.data.strokes.drawing import draw as digits
from numnist.serve.http.arrays import packed
from tests.serve.page.browser import FOUR, ONE, SEVEN, draw, said, seen, settled, tool

PUT = """([bytes, type, name, how]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const options = { bubbles: true, cancelable: true };
  const event = how === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
    : new DragEvent("drop", { ...options, dataTransfer: transfer });
  return document.body.dispatchEvent(event);  // false: the page has taken it
}"""


def _png(width: int, height: int, strokes, paper=235, ink=40) -> bytes:
    """A picture of strokes, in units of 280 from its middle's square."""
    picture = Image.new("L", (width, height), paper)
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    for stroke in strokes:
        points = [(left + x * side / 280, top + y * side / 280) for x, y in stroke]
        ImageDraw.Draw(picture).line(points, fill=ink, width=round(side / 14), joint="curve")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _upload(page, name: str, content: bytes) -> None:
    page.set_input_files("#draw input[type=file]", {"name": name, "mimeType": "image/*", "buffer": content})


def test_an_uploaded_picture_is_classified(open_page):
    page = open_page()
    page.set_input_files(
        "#draw input[type=file]", {"name": "7.png", "mimeType": "image/png", "buffer": _png(400, 400, SEVEN)}
    )
    said(page, "A 7,")


def test_a_picture_that_is_not_square_keeps_its_proportions_and_its_border(open_page):
    """Paper put beside a photo of grey paper would be an edge, and the edge would be taken for ink."""
    page = open_page()
    picture = _png(600, 300, FOUR, paper=170)
    _upload(page, "4.png", picture)
    said(page, "A 4,")
    size = page.evaluate(
        "async () => { const b = await createImageBitmap(looks.at(-1).body); return [b.width, b.height]; }"
    )
    assert size == [560, 280]


def test_you_can_draw_on_a_picture(open_page):
    page = open_page()
    picture = _png(280, 280, [FOUR[0]])
    _upload(page, "l.png", picture)
    settled(page)
    draw(page, [FOUR[1]])
    said(page, "A 4,")
    tool(page, "undo")
    tool(page, "undo")
    said(page, "Nothing drawn")


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(open_page, how):
    page = open_page()
    assert page.evaluate(PUT, [list(_png(300, 300, SEVEN)), "image/png", "7.png", how]) is False
    said(page, "A 7,")


def test_a_file_that_is_no_picture_is_refused_and_changes_nothing(open_page):
    page = open_page()
    draw(page, ONE)
    said(page, "A 1,")
    page.evaluate(PUT, [[1, 2, 3], "image/png", "broken.png", "paste"])
    page.wait_for_selector("#failed:not([hidden])")
    assert "broken.png is not a picture" in page.locator("#failed").inner_text()
    said(page, "A 1,")


def test_a_test_digit_comes_with_its_label_and_is_seen_as_it_is(open_page):
    page = open_page()
    pictures, labels = digits(8, 0)
    given = {"data": "strokes", "index": 6}
    page.route("**/api/gallery*", lambda route: route.fulfill(json=given))
    for picture, label in zip(pictures, labels):
        given.update({"label": str(label), "picture": packed(picture)})
        tool(page, "test")
        page.wait_for_function("(end) => document.querySelector('#source').innerText.endsWith(end)", arg=f"is {label}.")
        settled(page)
        assert np.array_equal(seen(page), picture)


def test_clothes_are_shown_not_drawn(open_page):
    page = open_page()
    page.select_option("#model", "fashion")
    page.wait_for_function("() => document.querySelectorAll('#steps li').length === 3")
    said(page, "Nothing drawn")
    assert "photo" in page.locator("#hint").inner_text()
    assert page.locator("#bars tbody th").all_inner_texts()[-1] == "Ankle boot"
    top = {name: page.locator(f'[data-tool="{name}"]').bounding_box()["y"] for name in ("test", "undo")}
    assert top["test"] < top["undo"]  # what matters here comes first
    shirt = Image.new("RGB", (300, 400), (250, 250, 250))
    outline = [(60, 60), (120, 40), (180, 40), (240, 60), (290, 150), (250, 170), (225, 130), (225, 370)]
    outline += [(75, 370), (75, 130), (50, 170), (10, 150)]
    ImageDraw.Draw(shirt).polygon(outline, fill=(60, 80, 140))
    file = io.BytesIO()
    shirt.save(file, "JPEG")
    page.set_input_files(
        "#draw input[type=file]", {"name": "shirt.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    settled(page)
    assert page.locator("#bars tr.best th").inner_text() in ("T-shirt/top", "Shirt", "Pullover")
    page.select_option("#model", "digits")
    page.wait_for_function("() => document.querySelectorAll('#steps li').length === 4")


@pytest.mark.mnist
def test_a_test_picture_of_clothes_is_classified(open_page):
    page = open_page()
    page.select_option("#model", "fashion")
    tool(page, "test")
    page.wait_for_selector("#headline:not([data-kind=blank])")
    assert "Fashion-MNIST" in page.locator("#source").inner_text()
