"""The pages of docs/ whose snippets run: what is in them, and a folder in which they find what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from numnist.data.strokes.drawing import draw

DOCS = Path(__file__).parents[2] / "docs"
FOLDERS = ("tutorial", "how-to", "reference")
PAGES = sorted(path for folder in FOLDERS for path in (DOCS / folder).glob("*.md"))
BLOCK = re.compile(r"(?:<!-- ([^\n]*) -->\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Snippet(NamedTuple):
    """A block of code.   marker: the comment above it, such as "run" """

    marker: str
    language: str
    text: str


def snippets(page: str) -> Iterator[Snippet]:
    """The blocks of a page that can be run, in order."""
    for marker, language, text in BLOCK.findall(page):
        if language in ("python", "console", "c", "toml"):
            yield Snippet(marker, language, text)


def furnish() -> None:
    """Put into the working folder what the pages name: digit.png, scans/, my-digits/, runes/, my-pictures/, tables."""
    x, labels = draw(120, seed=5)
    np.savez("small.npz", x_train=x[:100], y_train=labels[:100], x_test=x[100:], y_test=labels[100:])
    rows = np.column_stack([labels, x.reshape(len(x), -1)])
    names = ["label", *(f"pixel{i}" for i in range(784))]
    np.savetxt("digits.csv", rows, "%d", delimiter=",", header=",".join(names), comments="")
    digit = np.pad(255 - x[0], 20, constant_values=255)  # dark on light, as on paper
    Image.fromarray(digit).save("digit.png")
    for i, (picture, label) in enumerate(zip(x, labels)):
        if i < 3:
            save(picture, f"scans/{i}.png")
        save(picture, f"my-digits/{label}/{i}.png")
        save(picture, f"runes/{'ansuz' if label % 2 else 'fehu'}/{i}.png")
        save(picture, f"my-pictures/{'cat' if label < 5 else 'dog'}/{i}.png")


def save(picture: NDArray[np.uint8], name: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(name)
