"""How well the pretrained models read pictures as people have them, kind by kind.

    python benchmarks/pictures.py              # 200 pictures a kind, some minutes on one core

The pictures are generated: digits by tests/ink/kinds/ in the hands of the tests, clothes as polygons.  Picture i
of a kind is drawn from (seed, kind, i).  With $NUMNIST_DATA, MNIST's and Fashion-MNIST's test pictures are evaluated
too.  Writes benchmarks/pictures.json and docs/pictures.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from records import HERE, ROOT, load, made_by, parser, save, write_between

from numnist import load as load_data, load_model
from numnist.bench.tables import Table
from numnist.evaluation.metrics import wilson_interval
from numnist.ink.prepare import prepare
from numnist.support.environment import stamp
from numnist.support.errors import NumnistError
from numnist.support.rng import keyed_rng

sys.path.insert(0, str(ROOT))
from tests.ink.kinds import clothes, grounds

RECORD = HERE / "pictures.json"
SEED = 3  # the preparation was tuned on pictures of seeds 0 (the tests'), 1 and 2
PUBLISHED = {"mnist": ("digits", "MNIST's test pictures"), "fashion-mnist": ("fashion", "Fashion-MNIST's")}


def kinds(count: int) -> Iterator[tuple[str, str, list[Any], list[str]]]:
    """Model, kind, pictures and what they show."""
    for kind, draw in grounds.KINDS.items():
        pictures = [draw(i, keyed_rng(SEED, kind, i)) for i in range(count)]
        yield "digits", kind, pictures, [str(i % 10) for i in range(count)]
    for kind, draw in clothes.KINDS.items():
        shown = [clothes.NAMES[i % len(clothes.NAMES)] for i in range(count)]
        yield "fashion", kind, [draw(i, keyed_rng(SEED, kind, i)) for i in range(count)], shown
    for name, (model, kind) in PUBLISHED.items():
        try:
            data = load_data(name)
        except NumnistError as error:
            print(f"{kind} are left out: {error}")
            continue
        yield model, kind, list(data.test.x[:, 0]), [data.classes[label] for label in data.test.labels]


def evaluated(name: str, pictures: Sequence[Any], shown: Sequence[str]) -> dict[str, int]:
    """How many there are, are right, wrong and sure, and blank."""
    model = load_model(name)
    ink = [prepare(picture, model.preparation, model.in_shape) for picture in pictures]
    found = model.predict_proba(np.stack([one.picture for one in ink])[:, None])
    blank = np.array([one.blank for one in ink])
    right = (np.array(model.classes)[found.argmax(axis=1)] == np.array(shown)) & ~blank
    sure = (found.max(axis=1) >= model.about["sure"]) & ~blank
    numbers = {"count": len(ink), "right": right.sum(), "wrong_and_sure": (sure & ~right).sum(), "blank": blank.sum()}
    return {key: int(number) for key, number in numbers.items()}


def table(record: dict[str, Any]) -> str:
    """The table of docs/pictures.md."""
    heads = ("model", "pictures", "right", "95% interval", "wrong and sure", "“nothing drawn”")
    rows = []
    for kind, one in record["kinds"].items():
        low, high = wilson_interval(one["right"], one["count"])
        interval = f"{low:.1%} – {high:.1%}"
        right, sure, blank = f"{one['right']} of {one['count']}", f"{one['wrong_and_sure']}", f"{one['blank']}"
        rows.append((f"`{one['model']}`", kind, right, interval, sure, blank))
    return (
        f"{Table(heads, rows, texts=(0, 1, 3)).markdown()}\n\nSeed {record['seed']}. {made_by(record, 'pictures.py')}"
    )


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--count", type=int, default=200, help="pictures of each kind")
    given = options.parse_args()
    record = load(RECORD)
    if not given.table:
        rows = {}
        for model, kind, pictures, shown in kinds(given.count):
            rows[kind] = {"model": model} | evaluated(model, pictures, shown)
            print(f"{kind}: {rows[kind]}", flush=True)
        record = stamp() | {"seed": SEED, "kinds": rows}
    save(RECORD, record)
    write_between(ROOT / "docs" / "pictures.md", "pictures", table(record))
    print(table(record))


if __name__ == "__main__":
    main()
