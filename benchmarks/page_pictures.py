"""Page pictures: what `numnist serve` shows, as the pictures in docs/.

    python benchmarks/page_pictures.py                 # all, about a minute
    python benchmarks/page_pictures.py page-dark       # one of them

Starts the server on a free port with folders of its own, draws digits as one of the tests' hands does, and writes
docs/page.png, page-dark.png, page-phone.png and page-learning.png (a training under way).  Needs Chromium and
playwright.  With $NUMNIST_DATA the networks learn and are shown MNIST's pictures, else drawn strokes.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from records import ROOT

from numnist.support.errors import UsageError
from numnist.support.files import write_atomically

SMALL = 200_000  # bytes; a larger picture gets a palette
DESKTOP = {"width": 1360, "height": 940}
PATIENCE = 120_000  # milliseconds for what takes seconds

Page = Any


@contextmanager
def server() -> Iterator[str]:
    """`numnist serve` as a user starts it; answers its address."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "numnist", "serve", "--port", "0"]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment)
        try:
            yield next(line.split()[1] for line in running.stdout if line.startswith("Page"))
        finally:
            running.terminate()
            running.wait()


def draw(page: Page, digit: int, name: str) -> None:
    """Draw as that hand does, and wait for the answer."""
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


def settled(page: Page, name: str) -> None:
    """Have a panel at the window's top, with all that it waits for."""
    page.locator(f"#{name}").evaluate("panel => panel.scrollIntoView({block: 'start', behavior: 'instant'})")
    page.wait_for_function("name => !document.querySelector(`#${name} [aria-busy=true]`)", arg=name)


def first_view(page: Page) -> None:
    """A drawing, its answer, and what the network sees."""
    draw(page, 4, "open")


def inside(page: Page) -> None:
    """A layer's maps, with the gradients' switch off and one unit open."""
    draw(page, 3, "round")
    settled(page, "inside")
    page.locator("#layer canvas.units").click(position={"x": 150, "y": 30})
    page.wait_for_selector("#inside .unit .formula")
    settled(page, "inside")


def phone(page: Page) -> None:
    """The same page in one column."""
    draw(page, 7, "a bar")
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")


def learning(page: Page) -> None:
    """A training in its second epoch, and what it makes of the drawing so far."""
    draw(page, 5, "one stroke")
    settled(page, "learning")
    page.locator("#learning .order button[type=submit]").click()
    page.wait_for_function(
        "() => document.querySelectorAll('#learning .epochs tbody tr').length >= 1", timeout=PATIENCE
    )
    page.wait_for_selector("#learning .filters canvas")
    page.locator("#learning").evaluate("panel => panel.scrollIntoView({block: 'start', behavior: 'instant'})")


PICTURES: dict[str, tuple[Any, dict[str, Any]]] = {
    "page": (first_view, {"viewport": DESKTOP}),
    "page-dark": (inside, {"viewport": DESKTOP, "color_scheme": "dark"}),
    "page-phone": (
        phone,
        {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True},
    ),
    "page-learning": (learning, {"viewport": DESKTOP}),
}


def take(browser: Any, url: str, name: str) -> Image.Image:
    """The window's picture."""
    act, options = PICTURES[name]
    context = browser.new_context(**options)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#steps li")
    act(page)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return picture


def packed(picture: Image.Image) -> bytes:
    """The picture as a PNG, in 256 colours if it would be large otherwise."""
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    if out.tell() <= SMALL:
        return out.getvalue()
    out = io.BytesIO()
    picture.quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the pictures of the page in docs/.")
    parser.add_argument("names", nargs="*", choices=[*PICTURES, []], help="which; all where none is named")
    names = parser.parse_args().names or list(PICTURES)
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise UsageError("the pictures are taken in Chromium, which is not here: apt-get install chromium.")
    from playwright.sync_api import sync_playwright

    sys.path.append(str(ROOT))  # for the tests' hands
    with server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in names:
            path = ROOT / "docs" / f"{name}.png"
            content = packed(take(browser, url, name))
            write_atomically(path, content)
            print(f"{path.relative_to(ROOT)}  {len(content) / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
