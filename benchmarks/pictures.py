"""How many digits the pretrained model reads on each kind of ground: scans, photographs, frames, forms, crops.

    python benchmarks/pictures.py         # a minute or two; rewrites the table of docs/pictures.md

The digits are those of the tests' hands, turned, bent and drawn with pens of many widths (tests/ink/kinds).
"""

from __future__ import annotations

import sys

import numpy as np
from records import ROOT, parser, write_between

from numnist.bench.tables import Table
from numnist.evaluation.metrics import wilson_interval
from numnist.model.predict import read
from numnist.support.environment import stamp, stamped

COUNT = 200


def rows() -> list[list[str]]:
    sys.path.insert(0, str(ROOT))  # the kinds are the tests'
    from tests.ink.kinds.digits import chosen
    from tests.ink.kinds.grounds import KINDS

    found = []
    for place, (kind, draw) in enumerate(KINDS.items()):
        readings = [read("digits", draw(i, np.random.default_rng((place, i))))[0] for i in range(COUNT)]
        right = [reading.label == str(chosen(i).digit) for i, reading in enumerate(readings)]
        sure = sum(reading.sure and not hit for reading, hit in zip(readings, right))
        low, high = wilson_interval(sum(right), COUNT)
        found.append([kind, f"{sum(right)}", f"{100 * low:.1f} to {100 * high:.1f}%", f"{sure}"])
    return found


def main() -> None:
    parser(__doc__, table=False).parse_args()
    heads = ("picture", f"read right, of {COUNT}", "95% confidence", "wrong, but sure")
    text = Table(heads, rows()).markdown()
    made = f"{stamped(stamp())} Made by `python benchmarks/pictures.py`."
    write_between(ROOT / "docs" / "pictures.md", "pictures", f"{text}\n\n{made}")


if __name__ == "__main__":
    main()
