"""Pictures of a sweep's page for docs/.

    numnist sweep quick --pictures 5000 --epochs 1 --search 24 --run sweep \\
        --set optimizer.learning_rate=1e-4..1e-1:log batch_size=32,128
    python benchmarks/sweep_pictures.py sweep

Writes docs/sweep.png (light, on a desktop) and docs/sweep-phone.png (dark, on a phone), both with the best
trial chosen.  Needs Chromium and playwright.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from page_pictures import SMALL
from PIL import Image
from records import ROOT, parser

from numnist.report.sweep.page import NAME
from numnist.support.files import write_atomically

VIEWS = {
    "sweep": {"viewport": {"width": 1100, "height": 1180}, "color_scheme": "light"},
    "sweep-phone": {"viewport": {"width": 390, "height": 1180}, "color_scheme": "dark"},
}


def main() -> None:
    options = parser(__doc__, table=False)
    options.add_argument("folder", type=Path, help="of the sweep")
    page_file = (options.parse_args().folder / NAME).resolve()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, view in VIEWS.items():
            page = browser.new_page(**view)
            page.goto(page_file.as_uri())
            page.locator("#lines [role=option][tabindex='0']").evaluate("best => best.focus({preventScroll: true})")
            page.locator("#fields").evaluate("part => part.scrollIntoView({block: 'start', behavior: 'instant'})")
            image = Image.open(io.BytesIO(page.screenshot()))
            out = io.BytesIO()
            image.convert("P", palette=Image.Palette.ADAPTIVE).save(out, "PNG", optimize=True)
            assert out.tell() < SMALL
            write_atomically(ROOT / "docs" / f"{name}.png", out.getvalue())
        browser.close()


if __name__ == "__main__":
    main()
