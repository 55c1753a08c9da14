"""How the exported page reads pictures beside Python: how many answers are equal, and how long each takes.

    python benchmarks/one_file.py              # 1,000 pictures, a few minutes on one core

The pictures are generated, of every kind of tests/ink/kinds/: digits on all grounds, numbers, what is no digit, and
clothes; picture i of a kind is drawn from (seed, kind, i).  Needs playwright and Chromium.  Prints a table, and writes
nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from numnist.export.exported import Exported
from numnist.ink.characters.prepare import prepare_characters
from numnist.model.reading import Reader
from numnist.support.rng import keyed_rng
from tests.export.same import differences
from tests.export.script import Script
from tests.ink.kinds import clothes, grounds, no_digits
from tests.ink.kinds.numbers import number
from tests.serve.page.browser import ARGUMENTS, CHROMIUM

SEED = 5  # the tests have 0


def pictures(count: int) -> Iterator[tuple[str, Any]]:
    """Model and picture, of all kinds in turn."""
    kinds = [("digits", kind, draw) for kind, draw in (*grounds.KINDS.items(), *no_digits.KINDS.items())]
    kinds += [("fashion", kind, draw) for kind, draw in clothes.KINDS.items()]
    kinds += [("digits", "number", _number)] * 5
    for k in range(count):
        model, kind, draw = kinds[k % len(kinds)]
        i = k // len(kinds)
        yield model, draw(i, keyed_rng(SEED, kind, i, k % len(kinds)))


def _number(i: int, rng: np.random.Generator) -> Any:
    height, gap = float(rng.integers(20, 90)), float(rng.choice([0, 0.05, 0.15, 0.3]))
    return number(int(rng.integers(1 << 30)), height=height, gap=gap, noise=0.02 * (i % 2))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000, help="pictures")
    count = parser.parse_args().count
    from playwright.sync_api import sync_playwright

    known = {name: Exported.of(name) for name in ("digits", "fashion")}
    readers = {name: Reader.of(exported.model) for name, exported in known.items()}
    labels, same, greys, apart, times = 0, 0, [], [], []
    with sync_playwright() as play:
        script = Script(play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS)).new_page())
        for name, exported in known.items():
            script.know(name, exported)
        for model, picture in pictures(count):
            reader = readers[model]
            answer = script.read(model, picture)
            ink = prepare_characters(picture, reader.model.preparation, reader.model.in_shape)
            reading = reader.read(ink)
            labels += reading.label == answer["label"] and reading.sure == answer["sure"]
            wrong = differences(reader, picture, answer)
            same += not wrong
            if wrong:
                print(model, picture.shape, wrong)
            greys.append(np.abs(ink.picture.astype(int).ravel() - np.concatenate(answer["ink"]["planes"])).max())
            if picture.shape[:2] == (280, 280):
                times.append(answer["ms"])
            for part, other in zip(reading.parts, answer["parts"]):
                mine = np.array([each.probability for each in part.probabilities])
                apart.append(np.abs(mine - other["probs"]).max())
    print(f"{count} pictures: label and sure equal for {labels}; box, shift, parts, greys to 1 level too for {same}")
    print(f"greys to the bit for {np.count_nonzero(np.equal(greys, 0))}, at most {max(greys)} apart")
    over = np.count_nonzero(np.greater(apart, 1e-4))
    print(f"probabilities of {len(apart)} characters at most {max(apart):.1e} apart, {over} over 1e-4")
    if times:
        print(f"{np.median(times):.0f} ms a picture of 280 × 280, the median of {len(times)}")


if __name__ == "__main__":
    main()
