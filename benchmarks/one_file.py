"""How the exported page reads pictures beside Python: how many answers are equal, and how long each takes.

    python benchmarks/one_file.py              # 1,000 pictures, a few minutes on one core
    python benchmarks/one_file.py --table      # only rewrites the table

The pictures are generated, of every kind of tests/ink/kinds/: digits on all grounds, numbers, what is no digit, and
clothes; picture i of a kind is drawn from (seed, kind, i).  Needs playwright and Chromium.  Writes
benchmarks/one_file.json and the table of docs/one-file.md, and prints where the two differ.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from records import HERE, ROOT, load, made_by, parser, save, write_between

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from numnist.bench.tables import Table
from numnist.export.exported import Exported
from numnist.export.one_file import page
from numnist.ink.characters.prepare import prepare_characters
from numnist.model.reading import Reader
from numnist.support.environment import stamp
from numnist.support.rng import keyed_rng
from tests.export.same import differences
from tests.export.script import Script
from tests.ink.kinds import clothes, grounds, no_digits
from tests.ink.kinds.numbers import number
from tests.serve.page.browser import ARGUMENTS, CHROMIUM

RECORD = HERE / "one_file.json"
SEED = 5  # the tests have 0
NEAR = 1e-4  # probabilities that are further apart are counted


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


def measure(count: int) -> dict[str, Any]:
    """How many answers are equal, how far apart the others are, and what a picture and a file cost."""
    from playwright.sync_api import sync_playwright

    known = {name: Exported.of(name) for name in ("digits", "fashion")}
    readers = {name: Reader.of(exported.model) for name, exported in known.items()}
    labels, same, greys, apart, times = 0, 0, [], [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        script = Script(browser.new_page())
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
            greys.append(int(np.abs(ink.picture.astype(int).ravel() - np.concatenate(answer["ink"]["planes"])).max()))
            if picture.shape[:2] == (280, 280):
                times.append(answer["ms"])
            for part, other in zip(reading.parts, answer["parts"]):
                mine = np.array([each.probability for each in part.probabilities])
                apart.append(float(np.abs(mine - other["probs"]).max()))
        chromium = browser.version
    return stamp() | {
        "chromium": chromium, "count": count, "labels": labels, "same": same, "equal_greys": greys.count(0),
        "greys": max(greys), "characters": len(apart), "apart": max(apart), "far": sum(a > NEAR for a in apart),
        "ms": statistics.median(times), "timed": len(times),
        "bytes": {name: len(page(exported)) for name, exported in known.items()},
    }  # fmt: skip


def table(record: dict[str, Any]) -> str:
    count = record["count"]

    def of_all(number: int) -> str:
        return f"equal for {'all' if number == count else f'{number:,}'}"

    far = f", {record['far']} of them more than {NEAR:g}" if record["far"] else ""
    left = "" if record["equal_greys"] == count else f", else at most {record['greys']} apart"
    rows = [
        ("label, and whether the model is sure", of_all(record["labels"])),
        ("box, shift and parts, and greys to 1 level", of_all(record["same"])),
        ("grey levels of the input, to the bit", of_all(record["equal_greys"]) + left),
        (f"probabilities of {record['characters']:,} characters", f"at most {record['apart']:.1e} apart{far}"),
        ("a picture of 280 × 280 pixels", f"{record['ms']:.0f} ms, the median of {record['timed']}"),
        *((f"the file of `{name}`", f"{size / 1e6:.2f} MB") for name, size in record["bytes"].items()),
    ]
    heads = (f"{count:,} generated pictures of all kinds", f"measured in Chromium {record['chromium']}")
    return f"{Table(heads, rows, texts=(0, 1)).markdown()}\n\n{made_by(record, 'one_file.py')}"


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--count", type=int, default=1000, help="pictures")
    given = arguments.parse_args()
    record = load(RECORD) if given.table else measure(given.count)
    save(RECORD, record)
    write_between(ROOT / "docs" / "one-file.md", "one-file", table(record))
    print(table(record))


if __name__ == "__main__":
    main()
