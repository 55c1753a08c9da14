"""What numnist does with people's own data, kind by kind: reads it, and as what, or refuses it, and why.

    python benchmarks/own_data.py         # a minute; rewrites the table of docs/data.md

Every kind is made here, in a temporary folder, from drawn digits.
"""

from __future__ import annotations

import gzip
import struct
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from records import ROOT, parser, write_between

from numnist.bench.tables import Table
from numnist.data import load
from numnist.data.classes import match_classes
from numnist.data.load import load_whole
from numnist.data.read_options import ReadOptions
from numnist.data.strokes.drawing import draw
from numnist.evaluation.metrics import evaluate
from numnist.experiment.recipe import load_recipe
from numnist.experiment.room import check_room
from numnist.model.model import load_model
from numnist.support.environment import stamp, stamped
from numnist.support.errors import NumnistError
from numnist.training.loop import check_settings

N = 120
X, LABELS = draw(N, seed=1)
SMALL = X.reshape(N, 14, 2, 14, 2).mean(axis=(2, 4)).astype(int)  # (N, 14, 14)
WORDS = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])[LABELS]

Made = Callable[[Path], Path]


def table_of(*columns: np.ndarray, header: str = "", name: str = "own.csv") -> Made:
    """A CSV file with these columns."""

    def make(folder: Path) -> Path:
        rows = np.concatenate([np.reshape(column, (N, -1)).astype(str) for column in columns], axis=1)
        lines = [header] if header else []
        (folder / name).write_text("\n".join([*lines, *map(",".join, rows)]) + "\n")
        return folder / name

    return make


def arrays(**named: np.ndarray) -> Made:
    def make(folder: Path) -> Path:
        np.savez(folder / "own.npz", **named)
        return folder / "own.npz"

    return make


def idx(path: Path, array: np.ndarray) -> None:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes()))


def emnist(folder: Path) -> Path:
    for part, chosen in (("train", slice(0, 80)), ("test", slice(80, N))):
        idx(folder / f"emnist-letters-{part}-images-idx3-ubyte.gz", X[chosen].transpose(0, 2, 1))
        idx(folder / f"emnist-letters-{part}-labels-idx1-ubyte.gz", LABELS[chosen] + 1)
    (folder / "emnist-letters-mapping.txt").write_text("".join(f"{k} {64 + k} {96 + k}\n" for k in range(1, 27)))
    return folder


def folders(folder: Path, names: np.ndarray = LABELS, invert: bool = False, size: int = 28) -> Path:
    for i, (picture, name) in enumerate(zip(X, names)):
        place = folder / str(name)
        place.mkdir(exist_ok=True)
        picture = 255 - picture if invert else picture
        Image.fromarray(np.kron(picture, np.ones((size // 28, size // 28), np.uint8))).save(place / f"{i}.png")
    return folder


def listed(folder: Path) -> Path:
    folders(folder, np.full(N, "images"))
    (folder / "labels.csv").write_text("file,label\n" + "".join(f"{i}.png,{label}\n" for i, label in enumerate(LABELS)))
    return folder


def with_others(folder: Path) -> Path:
    folders(folder)
    (folder / "3" / "a.avif").write_bytes(b"x")
    (folder / "4" / "notes.txt").write_bytes(b"x")
    return folder


def with_broken(folder: Path) -> Path:
    folders(folder)
    for name in ("3", "5"):
        (folder / name / "broken.png").write_bytes(b"x")
    return folder


def rare(folder: Path) -> Path:
    return folders(folder, np.where(np.arange(N) < 4, "dog", "cat"))


KINDS: dict[str, Made] = {
    "CSV, label first, no header": table_of(LABELS, X),
    "CSV, label last, no header": table_of(SMALL, LABELS),
    "CSV, both ends could be the label": table_of(LABELS, X.reshape(N, -1)[:, 1:], LABELS[::-1]),
    "CSV, numbers as header": table_of(LABELS, SMALL, header=",".join(map(str, range(197)))),
    "CSV, pandas' index": table_of(np.arange(N), LABELS, SMALL, header=",".join(["", "label", *map(str, range(196))])),
    "CSV, words as labels": table_of(WORDS, SMALL),
    "CSV, one-hot labels": table_of(SMALL, np.eye(10, dtype=int)[LABELS]),
    "CSV, pixels 0 to 16": table_of(LABELS, SMALL // 16),
    "CSV, pixels 0 and 1": table_of(LABELS, SMALL // 128),
    "CSV, fractions 0 to 1": table_of(LABELS, (SMALL / 255).round(4)),
    "CSV, standardised pixels": table_of(LABELS, ((SMALL - 30.0) / 70).round(4)),
    "CSV, labels from 1": table_of(LABELS + 1, SMALL),
    "CSV without labels": table_of(SMALL),
    "folders of pictures": folders,
    "folder and labels.csv": listed,
    "one class only": lambda folder: folders(folder, np.full(N, "cat")),
    "a rare class": rare,
    "other files among pictures": with_others,
    "two broken pictures": with_broken,
    "photographs of 784×784": lambda folder: folders(folder, size=784),
    "NPZ, one-hot labels": arrays(x_train=X, y_train=np.eye(10)[LABELS]),
    "NPZ, rows of 784 pixels": arrays(x_train=X.reshape(N, 784), y_train=LABELS),
    "NPZ, standardised pixels": arrays(x_train=(X - 30.0) / 70, y_train=LABELS),
    "NPZ, words as labels": arrays(x_train=X, y_train=WORDS),
    "EMNIST's files": emnist,
}


def outcome(path: Path) -> str:
    """As what this data is read for the recipe mlp-quick, or why not."""
    try:
        data = load(path)
        recipe = load_recipe("mlp-quick").for_classes(len(data.classes))
        check_room(recipe, data, None)
        check_settings(recipe.model(data), data, recipe)
    except NumnistError as error:
        return f"refused: {first_line(str(error), path)}"
    splits = data.train, data.validation, data.test
    count = sum(map(len, splits))
    names = data.classes if len(data.classes) < 4 else (*data.classes[:2], "…", data.classes[-1])
    _, H, W = data.shape
    notes = " ".join(first_line(note, path) for note in data.notes)
    kind = "floats 0..1" if data.train.x.dtype.kind == "f" else "0..255"
    return f"read: {count} pictures of {W}×{H}, {kind}, {len(data.classes)} classes {', '.join(names)}. {notes}".strip()


def met(path: Path, name: str) -> str:
    """What `evaluate` says of the pretrained digits on this folder."""
    model = load_model("digits")
    try:
        data = match_classes(load_whole(path, ReadOptions(model.in_shape[1:], model.preparation)), model.classes)
    except NumnistError as error:
        return f"refused: {first_line(str(error), path)}"
    return f"{name}: {evaluate(model, data.test)}"


def first_line(text: str, path: Path) -> str:
    text = text.replace(str(path) + "/", "").replace(str(path), path.name).replace("\n", " ").replace("|", "\\|")
    return " ".join(text.split())


def rows() -> list[list[str]]:
    found = []
    with tempfile.TemporaryDirectory() as root:
        for k, (kind, make) in enumerate(KINDS.items()):
            folder = Path(root) / str(k) / "own"
            folder.mkdir(parents=True)
            found.append([kind, outcome(make(folder))])
        for k, (kind, more) in enumerate({
            "black digits on white, met by `digits`": {"invert": True},
            "classes called zero … nine, met by `digits`": {"names": WORDS},
        }.items()):  # fmt: skip
            folder = Path(root) / f"met{k}" / "own"
            folder.mkdir(parents=True)
            found.append([kind, met(folders(folder, **more), "evaluated")])
    return found


def main() -> None:
    parser(__doc__).parse_args()
    assert Counter(LABELS).most_common()[-1][1] == N // 10
    text = Table(("what", "what numnist does"), rows(), texts=(0, 1)).markdown()
    write_between(
        ROOT / "docs" / "data.md", "kinds", f"{text}\n\n{stamped(stamp())} Made by `python benchmarks/own_data.py`."
    )


if __name__ == "__main__":
    main()
