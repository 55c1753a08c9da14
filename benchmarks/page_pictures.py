"""Screenshots of the page of `numnist serve` for docs/.

    python benchmarks/page_pictures.py                 # all, about a minute
    python benchmarks/page_pictures.py page-dark       # one of them

Starts the server, draws digits as in the tests of the page, and writes docs/page.png, page-dark.png, page-phone.png and
page-learning.png (during a training).  Needs Chromium and playwright.  With $NUMNIST_DATA the networks are trained on
MNIST and its pictures are shown, else drawn strokes.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from typing import Any

from PIL import Image
from records import ROOT, server

from numnist.support.errors import UsageError
from numnist.support.files import write_atomically

SMALL = 200_000  # bytes; a larger file gets a palette
DESKTOP = {"width": 1360, "height": 940}
PATIENCE = 120_000  # milliseconds for what takes seconds

Page = Any


def draw(page: Page, digit: int, name: str) -> None:
    """Draw a digit in the handwriting of that name, and wait for the prediction."""
    from tests.serve.page.hands import hand

    sheet = page.locator("#drawing")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    for stroke in hand(digit, name).strokes:
        (x, y), *rest = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in stroke]
        page.mouse.move(x, y)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(x, y)
        page.mouse.up()
    page.mouse.move(0, 0)
    page.wait_for_selector("#headline[aria-busy=false]")


def show(page: Page, name: str) -> None:
    """Scroll to a panel, and wait until it is complete."""
    page.locator(f"#{name}").evaluate("panel => panel.scrollIntoView({block: 'start', behavior: 'instant'})")
    busy = "[aria-busy=true]:not(.exciting-pictures)"  # which may be out of sight, and then waits
    page.wait_for_function("([name, busy]) => !document.querySelector(`#${name} ${busy}`)", arg=[name, busy])


def first_view(page: Page) -> None:
    """A drawing, its prediction, and the network's input."""
    draw(page, 4, "open")


def network(page: Page) -> None:
    """A layer's activations, with one unit explained."""
    draw(page, 3, "round")
    show(page, "network")
    page.locator("#layer canvas.units").click(position={"x": 150, "y": 30})
    page.wait_for_selector("#network .unit .formula")
    show(page, "network")


def phone(page: Page) -> None:
    """The same page in one column."""
    draw(page, 7, "a bar")
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")


def training(page: Page) -> None:
    """A training in its second epoch, and its prediction for the drawing so far."""
    draw(page, 5, "one stroke")
    show(page, "training")
    page.locator("#training .training-form button[type=submit]").click()
    page.wait_for_function(
        "() => document.querySelectorAll('#training .epochs tbody tr').length >= 1", timeout=PATIENCE
    )
    page.wait_for_selector("#training .filters canvas")
    page.locator("#training").evaluate("panel => panel.scrollIntoView({block: 'start', behavior: 'instant'})")


PICTURES: dict[str, tuple[Any, dict[str, Any]]] = {
    "page": (first_view, {"viewport": DESKTOP}),
    "page-dark": (network, {"viewport": DESKTOP, "color_scheme": "dark"}),
    "page-phone": (
        phone,
        {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True},
    ),
    "page-learning": (training, {"viewport": DESKTOP}),
}


def take(browser: Any, url: str, name: str) -> Image.Image:
    """A screenshot of the window."""
    act, options = PICTURES[name]
    context = browser.new_context(reduced_motion="reduce", **options)  # else bars are caught on their way
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#steps li")
    act(page)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return picture


def compressed(picture: Image.Image) -> bytes:
    """The picture as a PNG file, in 256 colours if it would be larger than SMALL."""
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    if out.tell() <= SMALL:
        return out.getvalue()
    out = io.BytesIO()
    picture.quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the screenshots of the page in docs/.")
    parser.add_argument("names", nargs="*", choices=[*PICTURES, []], help="all by default")
    names = parser.parse_args().names or list(PICTURES)
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise UsageError("the screenshots need Chromium, which is not installed: apt-get install chromium.")
    from playwright.sync_api import sync_playwright

    sys.path.append(str(ROOT))  # for the drawings of the tests
    with server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in names:
            path = ROOT / "docs" / f"{name}.png"
            content = compressed(take(browser, url, name))
            write_atomically(path, content)
            print(f"{path.relative_to(ROOT)}  {len(content) / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
