"""The grounds on which people write, photograph and scan: every kind draws digit i as a picture.

KINDS: name -> what draws picture i with a random generator, (h, w) or (h, w, 4) uint8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tests.ink.kinds.digits import chosen, coverage, shrunk, trimmed, written

Draw = Callable[[int, np.random.Generator], Any]


def pixels(picture: Any) -> Any:
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def inked(covered: Any, paper: Any, ink: float) -> Any:
    return paper + (ink - paper) * covered


def tones(rng: np.random.Generator) -> tuple[float, float]:
    """Paper and ink: dark on light."""
    return rng.uniform(0.8, 1.0), rng.uniform(0.05, 0.3)


def page(i: int, rng: np.random.Generator, shape: tuple[int, int] = (300, 300)) -> Any:
    return inked(written(i, rng, shape), *tones(rng))


def mask(shape: tuple[int, int], paint: Callable[[Any], None], fine: int = 3) -> Any:
    """How much of each pixel is painted.  paint: given the drawing of an image `fine` times as large"""
    sheet = Image.new("L", (shape[1] * fine, shape[0] * fine))
    paint(ImageDraw.Draw(sheet))
    return np.asarray(sheet, np.float64).reshape(shape[0], fine, shape[1], fine).mean(axis=(1, 3)) / 255


def drawing(i: int, rng: np.random.Generator) -> Any:
    return pixels(1 - written(i, rng, (280, 280)))


def on_black(i: int, rng: np.random.Generator) -> Any:
    return pixels(written(i, rng, (280, 280)))


def pen_of(low: float, high: float) -> Draw:
    def draw(i: int, rng: np.random.Generator) -> Any:
        covered = coverage(chosen(i), (280, 280), 150, (140, 140), 150 * rng.uniform(low, high), rng)
        return pixels(1 - covered)

    return draw


def scan(i: int, rng: np.random.Generator) -> Any:
    picture = page(i, rng, (320, 260))
    return pixels(picture + rng.normal(0, rng.uniform(0.005, 0.03), picture.shape))


def lit(shape: tuple[int, int], rng: np.random.Generator) -> Any:
    """Smooth light: (h, w) around 1"""
    y, x = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    a, b, c = rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2), rng.uniform(-0.12, 0.0)
    return (1 + a * x + b * y + c * (x * x + y * y)) / (1 + abs(a) + abs(b))


def photo(i: int, rng: np.random.Generator) -> Any:
    picture = page(i, rng, (360, 300)) * lit((360, 300), rng)
    return pixels(picture + rng.normal(0, rng.uniform(0.005, 0.02), picture.shape))


def soft_shadow(i: int, rng: np.random.Generator) -> Any:
    picture = page(i, rng, (360, 300)) * lit((360, 300), rng)
    return pixels(picture * (1 - rng.uniform(0.2, 0.4) * ramp(picture.shape, rng, 25)))


def ramp(shape: tuple[int, int], rng: np.random.Generator, soft: float) -> Any:
    """0 on one side of a line through the picture, 1 on the other; soft: pixels of its edge."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    angle, side = rng.uniform(0, 2 * np.pi), min(shape)
    away = np.cos(angle) * (x - shape[1] / 2) + np.sin(angle) * (y - shape[0] / 2) + rng.uniform(-0.2, 0.2) * side
    return 1 / (1 + np.exp(-np.clip(away / soft * 4, -50, 50)))


def hard_shadow(i: int, rng: np.random.Generator) -> Any:
    picture = page(i, rng, (320, 320))
    picture *= 1 - 0.4 * ramp(picture.shape, rng, rng.choice([0.3, 2.0, 6.0]))
    return pixels(picture + rng.normal(0, rng.uniform(0, 0.01), picture.shape))


def lines(shape: tuple[int, int], rng: np.random.Generator, ways: str) -> Any:
    """Ruled paper ("h"), squared paper ("hv"): how much of a pixel is line."""
    gap, width = min(shape) * rng.uniform(0.09, 0.16), rng.uniform(1, 2)

    def paint(sheet: Any) -> None:
        for way in ways:
            length = shape[0] if way == "h" else shape[1]
            for at in np.arange(rng.uniform(0, gap), length, gap) * 3:
                ends = [(0, at), (shape[1] * 3, at)] if way == "h" else [(at, 0), (at, shape[0] * 3)]
                sheet.line(ends, fill=255, width=round(3 * width))

    return mask(shape, paint)


def ruled(ways: str) -> Draw:
    def draw(i: int, rng: np.random.Generator) -> Any:
        paper, ink = tones(rng)
        ground = inked(lines((320, 300), rng, ways), paper, paper - rng.uniform(0.08, 0.2))
        return pixels(inked(written(i, rng, (320, 300)), ground, ink) + rng.normal(0, 0.005, (320, 300)))

    return draw


def tight(dark: bool) -> Draw:
    """Cut to the ink, up to some pixels, at any size."""

    def draw(i: int, rng: np.random.Generator) -> Any:
        height = rng.choice([40, 70, 130, 250])
        covered = trimmed(
            coverage(chosen(i), (400, 400), height, (200, 200), max(2, height * rng.uniform(0.05, 0.18)), rng)
        )
        paper, ink = tones(rng)
        return pixels(inked(covered, paper, ink) if dark else inked(covered, 1 - paper, 1 - ink))

    return draw


def small(shape: tuple[int, int], levels: int, dark: bool = False) -> Draw:
    """Stretched over a small picture, as USPS, Semeion and optdigits have it."""

    def draw(i: int, rng: np.random.Generator) -> Any:
        covered = trimmed(coverage(chosen(i), (300, 300), 200, (150, 150), 200 * rng.uniform(0.1, 0.18), rng))
        # as wide as a half of its height at least: these sets leave a 1 its narrow shape
        wide = max(0, covered.shape[0] // 2 - covered.shape[1])
        covered = np.pad(covered, ((0, 0), (wide // 2, wide - wide // 2)))
        little = shrunk(covered, shape)
        if levels == 2:
            little = (little > 0.4).astype(float)
        little = np.rint(little / little.max() * (levels - 1)) / (levels - 1)
        return pixels(1 - little if dark else little)

    return draw


def framed(i: int, rng: np.random.Generator) -> Any:
    """A frame of 1 to 12 pixels on one to four sides, of one tone."""
    side = int(rng.choice([100, 200, 300]))
    picture = page(i, rng, (side, side))
    dark = rng.random() < 0.5
    if dark and rng.random() < 0.5:  # light ink on dark paper, and a light frame
        picture, dark = 1 - picture, False
    tone = rng.uniform(0, 0.25) if dark else (1.0 if picture[0, 0] < 0.5 else rng.uniform(0, 0.5))
    sides = rng.permutation(4)[: rng.integers(1, 5)]
    width = [int(rng.integers(1, 13)) if k in sides else 0 for k in range(4)]
    if len(sides) == 4:
        width = [width[0]] * 4
    return pixels(np.pad(picture, ((width[0], width[1]), (width[2], width[3])), constant_values=tone))


def light_frame(i: int, rng: np.random.Generator) -> Any:
    """A grey scan with a white frame around."""
    picture = page(i, rng) * rng.uniform(0.7, 0.9)
    return pixels(np.pad(picture, int(rng.integers(1, 13)), constant_values=1.0))


def table(i: int, rng: np.random.Generator) -> Any:
    """A strip of a dark or light table at one or two sides, straight or slanted."""
    picture = page(i, rng, (360, 320))
    y, x = np.mgrid[:360, :320]
    tone = rng.choice([rng.uniform(0.1, 0.4), rng.uniform(0.5, 0.65)])
    for way in rng.permutation(4)[: rng.integers(1, 3)]:
        away = (x, 319 - x, y, 359 - y)[way]
        along = (y, y, x, x)[way] - 160
        edge = rng.uniform(5, 40) + rng.uniform(-0.1, 0.1) * along
        picture = np.where(away < edge, tone + 0.02 * np.sin(along / 9), picture)
    return pixels(picture + rng.normal(0, 0.008, picture.shape))


def panel(i: int, rng: np.random.Generator) -> Any:
    """White on a black panel on a white page, or the other way round."""
    picture = 1 - page(i, rng, (280, 280))
    around = [int(n) for n in rng.integers(15, 120, 4)]
    picture = np.pad(picture, (around[:2], around[2:]), constant_values=rng.uniform(0.85, 1.0))
    return pixels(picture if rng.random() < 0.7 else 1 - picture)


def form(i: int, rng: np.random.Generator) -> Any:
    """In a printed field: a rectangle around the digit, which it does not touch."""
    paper, ink = tones(rng)
    covered = written(i, rng, (360, 360))
    rows, columns = np.nonzero(covered > 0)
    room = rng.integers(12, 60, 4)
    box = (columns.min() - room[0], rows.min() - room[1], columns.max() + room[2], rows.max() + room[3])
    box = [int(np.clip(n, 4, 355)) * 3 for n in box]
    width, cells = round(3 * rng.uniform(1, 6)), int(rng.integers(1, 4))

    def paint(sheet: Any) -> None:
        for cell in range(cells):  # a comb: empty cells beside it
            shift = cell * (box[2] - box[0])
            sheet.rectangle((box[0] + shift, box[1], box[2] + shift, box[3]), outline=255, width=width)

    outline = mask((360, 360), paint)
    return pixels(inked(covered, inked(outline, paper, rng.uniform(ink, 0.5)), ink))


def margin_line(i: int, rng: np.random.Generator) -> Any:
    """One line across the whole page beside the digit."""
    paper, ink = tones(rng)
    covered = written(i, rng, (340, 300))
    columns = np.flatnonzero(covered.any(axis=0))
    left = rng.random() < 0.7
    at = rng.uniform(8, columns[0] - 8) if left else rng.uniform(columns[-1] + 8, 292)
    lean, width = rng.uniform(-4, 4), rng.uniform(1, 5)
    line = mask((340, 300), lambda s: s.line([((at - lean) * 3, -9), ((at + lean) * 3, 1029)], 255, round(3 * width)))
    picture = inked(covered, inked(line, paper, rng.uniform(0.1, 0.6)), ink)
    return pixels(picture)


def rotated(i: int, rng: np.random.Generator) -> Any:
    """A scan turned upright, with black (or white) corners."""
    image = Image.fromarray(pixels(page(i, rng, (320, 300)) * rng.uniform(0.85, 1)))
    angle = float(rng.uniform(2, 10) * rng.choice([-1, 1]))
    return np.asarray(image.rotate(angle, Image.Resampling.BILINEAR, expand=bool(rng.random() < 0.5), fillcolor=0))


def white_on_glass(i: int, rng: np.random.Generator) -> Any:
    covered = written(i, rng, (280, 280))
    return np.dstack([np.full((280, 280, 3), 255, np.uint8), pixels(covered)])


def black_on_glass(i: int, rng: np.random.Generator) -> Any:
    covered = written(i, rng, (280, 280))
    return np.dstack([np.zeros((280, 280, 3), np.uint8), pixels(covered)])


def holes_in_white(i: int, rng: np.random.Generator) -> Any:
    """A white canvas whose strokes are transparent: erased, or cut out."""
    covered = written(i, rng, (280, 280))
    return np.dstack([np.full((280, 280, 3), 255, np.uint8), pixels(1 - covered)])


def mnist_like(i: int, rng: np.random.Generator) -> Any:
    """28×28, light on dark, as MNIST is, from the hands."""
    from numnist.ink.center import center_in_frame

    covered = coverage(chosen(i), (100, 100), 70, (50, 50), 70 * rng.uniform(0.09, 0.16), rng)
    return center_in_frame(covered[None]).pictures[0]


KINDS: dict[str, Draw] = {
    "a drawing, black on white": drawing,
    "a drawing, white on black": on_black,
    "a thin pen": pen_of(0.012, 0.03),
    "a thick pen": pen_of(0.17, 0.22),
    "28×28, as MNIST": mnist_like,
    "a scan with noise": scan,
    "a photo in smooth light": photo,
    "a photo with a soft shadow": soft_shadow,
    "ruled paper": ruled("h"),
    "squared paper": ruled("hv"),
    "cut to the ink, dark on light": tight(True),
    "cut to the ink, light on dark": tight(False),
    "14×20, dark on light": small((20, 14), 256, True),
    "16×16 grey, as USPS": small((16, 16), 256),
    "16×16 black and white, as Semeion": small((16, 16), 2),
    "8×8, as optdigits": small((8, 8), 17),
    "a frame of 1 to 12 pixels": framed,
    "a white frame around grey paper": light_frame,
    "the edge of a table": table,
    "a panel on a page": panel,
    "a printed form field": form,
    "a margin line": margin_line,
    "a turned scan with black corners": rotated,
    "a hard shadow": hard_shadow,
    "white ink, transparent elsewhere": white_on_glass,
    "black ink, transparent elsewhere": black_on_glass,
    "transparent strokes in white": holes_in_white,
}
