"""How often the pretrained model for digits takes for one what is none: letters, scribbles, hearts, tables, clothes.

    python benchmarks/no_digits.py        # a minute; rewrites a table of docs/pictures.md, and docs/outliers.png

The kinds are the tests' (tests/ink/kinds/no_digits.py), not those that the model was trained with.  Clothes are the
test pictures of Fashion-MNIST.
"""

from __future__ import annotations

import sys

import numpy as np
from PIL import Image
from records import ROOT, parser, write_between

from numnist.bench.tables import Table
from numnist.data.load import load
from numnist.data.strokes.outliers import draw_outliers
from numnist.model.predict import read
from numnist.model.reading import Reading
from numnist.support.environment import stamp, stamped

COUNT = 200


def rows() -> list[list[str]]:
    sys.path.insert(0, str(ROOT))  # the kinds are the tests'
    from tests.ink.kinds.no_digits import KINDS

    found = []
    for place, (kind, draw) in enumerate(KINDS.items()):
        pictures = [draw(i, np.random.default_rng((place, i))) for i in range(COUNT)]
        found.append(row(kind, read("digits", pictures)))
    clothes = load("fashion-mnist").test.x
    return [*found, row("clothes: Fashion-MNIST's test pictures", read("digits", clothes))]


def row(kind: str, readings: list[Reading]) -> list[str]:
    """A kind, how many pictures of it there are, and how many are a sure digit, no known digit, or empty."""
    counts = (sum(flags) for flags in zip(*((each.sure, each.unknown, each.blank) for each in readings)))
    return [kind, f"{len(readings):,}", *(f"{count:,}" for count in counts)]


def draw_examples() -> None:
    """Two hundred of the outliers that a network is trained with, for docs/strokes.md."""
    sheet = 255 - draw_outliers(200).reshape(10, 20, 28, 28).transpose(0, 2, 1, 3).reshape(280, 560)
    Image.fromarray(sheet).resize((1120, 560), Image.Resampling.BICUBIC).save(ROOT / "docs" / "outliers.png")


def main() -> None:
    parser(__doc__, table=False).parse_args()
    draw_examples()
    text = Table(("picture", "pictures", "a digit, and sure", "like no digit", "nothing drawn"), rows()).markdown()
    made = f"{stamped(stamp())} Made by `python benchmarks/no_digits.py`."
    write_between(ROOT / "docs" / "pictures.md", "no digits", f"{text}\n\n{made}")


if __name__ == "__main__":
    main()
