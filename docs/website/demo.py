"""The live demo: the one-file page of `digits`, and the page of the site that shows it."""

from __future__ import annotations

from pathlib import Path

from numnist import export_model

PAGE = """# Try it

Draw a digit, or open a picture of some. This is the file that `numnist export digits --to digits.html` writes
([One file, no Python](one-file.md)): the pretrained model and all that reads pictures, in one page. Nothing that you
draw leaves your machine.

<p><a class="try" href="digits.html">Open it in a window of its own</a></p>

<iframe class="try" src="digits.html" title="A page on which you draw a digit" loading="lazy"></iframe>
"""


def demo(folder: Path) -> str:
    """Write the demo into a folder, whose files the site has at its top, and return the page that shows it."""
    folder.mkdir(parents=True, exist_ok=True)
    export_model("digits", folder / "digits.html")
    return PAGE
