"""Pictures of no digit, of kinds that the training's outliers were not made of: print, loose pens, tables, photographs.

Each kind draws picture i, (h, w) uint8, with random numbers of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.ink.kinds.digits import coverage
from tests.serve.page.hands import hands

LETTERS = "ACEFHKMNPRTUVWXadefhkmnprtuvwx"  # the others look like digits in some hands
SYMBOLS = "+*=#%&@{?!<>ÄÑßαβγλπΣΩЖШЯ€£♥★✓→∞"
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Italic", "DejaVuSansMono")
PAPER, INK, SIDE = 236, 40, 240


def _font(name: str, size: int) -> Any:
    """A font that comes with matplotlib."""
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", size)


def _printed(signs: str, i: int, rng: np.random.Generator) -> Any:
    sheet = Image.new("L", (SIDE, SIDE), PAPER)
    font = _font(FONTS[i // len(signs) % len(FONTS)], int(rng.integers(80, 150)))
    ImageDraw.Draw(sheet).text((SIDE / 2, SIDE / 2), signs[i % len(signs)], font=font, fill=INK, anchor="mm")
    turned = sheet.rotate(rng.uniform(-6, 6), Image.Resampling.BILINEAR, fillcolor=PAPER)
    return np.rint(np.asarray(turned) + rng.normal(0, 3, (SIDE, SIDE))).clip(0, 255).astype(np.uint8)


def letters(i: int, rng: np.random.Generator) -> Any:
    return _printed(LETTERS, i, rng)


def symbols(i: int, rng: np.random.Generator) -> Any:
    return _printed(SYMBOLS, i, rng)


def scribbles(i: int, rng: np.random.Generator) -> Any:
    """A pen that wanders about, with much back and forth."""
    speed = np.cumsum(rng.normal(0, 1, (160, 2)), axis=0)
    path = np.cumsum(speed - speed.mean(axis=0), axis=0) + 60 * np.cumsum(rng.normal(0, 1, (160, 2)), axis=0)
    low, high = path.min(axis=0), path.max(axis=0)
    return _line((path - low) / (high - low).max() * 150 + 40, int(rng.integers(4, 12)))


def hatching(i: int, rng: np.random.Generator) -> Any:
    """Strokes to and fro, as if something were crossed out."""
    turns = int(rng.integers(5, 12))
    across = np.linspace(0, rng.uniform(60, 150), turns) + rng.normal(0, 4, turns)
    along = np.where(np.arange(turns) % 2, 150, 0) + rng.normal(0, 8, turns)
    path = np.stack([across, along][:: rng.choice([1, -1])], axis=1) + 40
    return _line(path, int(rng.integers(4, 10)))


def _line(path: Any, width: int) -> Any:
    sheet = Image.new("L", (SIDE, SIDE), PAPER)
    ImageDraw.Draw(sheet).line([tuple(point) for point in path], fill=INK, width=width, joint="curve")
    return np.asarray(sheet)


def dots(i: int, rng: np.random.Generator) -> Any:
    """One to twelve dots and blobs."""
    sheet = Image.new("L", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(sheet)
    for x, y in rng.uniform(60, 180, (int(rng.integers(1, 13)), 2)):
        a, b = rng.uniform(4, 24, 2)
        draw.ellipse((x - a, y - b, x + a, y + b), fill=INK)
    return np.asarray(sheet)


def hearts(i: int, rng: np.random.Generator) -> Any:
    """Hearts and stars, filled or as outlines."""
    t = np.linspace(0, 2 * np.pi, 60)
    heart = np.stack([16 * np.sin(t) ** 3, -13 * np.cos(t) + 5 * np.cos(2 * t) + 2 * np.cos(3 * t) + np.cos(4 * t)])
    corners = np.arange(11)
    radius = np.where(corners % 2, 7, 17)
    star = np.stack([radius * np.sin(corners * np.pi / 5), -radius * np.cos(corners * np.pi / 5)])
    path = (heart if i % 2 else star).T * rng.uniform(3, 6, (1, 2)) + SIDE / 2
    if i % 4 < 2:
        return _line(path, int(rng.integers(4, 10)))
    sheet = Image.new("L", (SIDE, SIDE), PAPER)
    ImageDraw.Draw(sheet).polygon([tuple(point) for point in path], fill=INK)
    return np.asarray(sheet)


def tables(i: int, rng: np.random.Generator) -> Any:
    """An empty table, form or sheet of ruled paper."""
    sheet = Image.new("L", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(sheet)
    rows, columns = rng.integers(2, 7, 2)
    left, top, right, bottom = 20, 30, 220, 210
    for y in np.linspace(top, bottom, rows):
        draw.line((left, y, right, y), fill=INK, width=2 + i % 3)
    for x in np.linspace(left, right, columns) if i % 3 else ():
        draw.line((x, top, x, bottom), fill=INK, width=2 + i % 3)
    return np.asarray(sheet)


def photographs(i: int, rng: np.random.Generator) -> Any:
    """Light and shade of several sizes, as of fur, leaves or clouds."""
    sheet = np.zeros((SIDE, SIDE))
    for radius in (3, 10, 30):
        noise = Image.fromarray(rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8))
        smooth = np.asarray(noise.filter(ImageFilter.GaussianBlur(radius)), np.float64)
        sheet += rng.uniform(0.2, 1) * (smooth - smooth.mean()) / smooth.std()
    return np.rint(128 + 45 * sheet / sheet.std()).clip(0, 255).astype(np.uint8)


def touching(i: int, rng: np.random.Generator) -> tuple[Any, str]:
    """Two digits that touch, in the hands of the tests; and the number that they are."""
    every = hands()
    pair = rng.integers(len(every), size=2)
    ink = np.zeros((SIDE, SIDE))
    for place, k in zip((0.36, 0.62), pair):
        ink = np.maximum(ink, coverage(every[k], (SIDE, SIDE), 130, (place * SIDE, SIDE / 2), 12, rng))
    return np.rint(PAPER - (PAPER - INK) * ink).astype(np.uint8), "".join(str(every[k].digit) for k in pair)


KINDS: dict[str, Callable[[int, np.random.Generator], Any]] = {
    "letters in print": letters,
    "symbols in print": symbols,
    "a wandering pen": scribbles,
    "hatching": hatching,
    "dots and blobs": dots,
    "hearts and stars": hearts,
    "empty tables": tables,
    "photographs of something else": photographs,
}
