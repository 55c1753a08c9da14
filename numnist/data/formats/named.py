"""Arrays with names, in one archive or as files of a folder: which are the pictures and labels of which split.

Names are read word by word: x_train, train-images, Xtrain and mnist_images_train are all pictures to train with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from numnist.data.arrays.labels import Given, read_labels
from numnist.data.checks import as_pictures
from numnist.data.dataset import RawDataset, Split
from numnist.data.formats.medmnist import refuse_other_tasks
from numnist.data.scaled import in_full_range
from numnist.support.errors import DataError

SPLITS = {
    "train": ("train", "training", "tr"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing", "te"),
}
PICTURES = ("x", "images", "image", "imgs", "img", "pictures", "data", "pixels")
LABELS = ("y", "labels", "label", "targets", "target")
CLASS_NAMES = ("class_names", "classes", "label_names", "target_names")
EXPECTED = "x_train and y_train, train_images and train_labels, x and y, or images and labels"

_SPLIT_OF = {word: split for split, words in SPLITS.items() for word in words}
_KIND_OF = dict.fromkeys(PICTURES, "x") | dict.fromkeys(LABELS, "y")
_GLUED = re.compile(r"\b(x|y)(train|tr|val|valid|test|te)\b")  # Xtrain


@dataclass(frozen=True)
class Role:
    """split: "train", "validation", "test", or None for all;  kind: "x" or "y";  rest: the other words of the name"""

    split: str | None
    kind: str
    rest: tuple[str, ...]


def role(name: str) -> Role | None:
    """What an array of this name is; None if the name does not say it."""
    words = _GLUED.sub(r"\1 \2", re.sub(r"[\W_]+", " ", name.lower())).split()
    splits = [_SPLIT_OF[word] for word in words if word in _SPLIT_OF]
    kinds = [_KIND_OF[word] for word in words if word in _KIND_OF]
    rest = [word for word in words if word not in _SPLIT_OF and word not in _KIND_OF]
    if len(kinds) != 1 or len(splits) > 1:
        return None
    return Role(splits[0] if splits else None, kinds[0], tuple(rest))


def read_named(
    names: Iterable[str], array: Callable[[str], NDArray[Any]], where: str, alone: str | None = None
) -> RawDataset:
    """The splits in arrays with these names.   array: reads one of them;  alone: the only split wanted, as training

    Arrays of other names are passed over, and so are test pictures without labels; notes say so.
    Raises DataError where there are no pictures with labels to train with, and where two arrays could be the same.
    """
    names = list(names)
    found = by_role(names, where)
    classes = next((name for name in names if name.lower() in CLASS_NAMES), None)
    train = alone or ("train" if ("train", "x") in found or ("train", "y") in found else None)
    pairs = {}
    notes = []
    for split in (train,) if alone else (train, "test", "validation"):
        x, y = found.get((split, "x")), found.get((split, "y"))
        if x and y:
            pairs["train" if split == train else str(split)] = x, y
        elif split == train:
            there = ", ".join(sorted(names)[:10]) or "(none)"
            raise DataError(
                f"{where} has the arrays {there}, but {EXPECTED} are expected: rename them, or add what is missing."
            )
        elif x:
            notes.append(f"{where}: {x} has no labels, so its pictures cannot evaluate a model and are passed over.")
    used = {classes, *(name for pair in pairs.values() for name in pair)}
    others = [name for name in names if name not in used and not any(name in note for note in notes)]
    if others and not alone:
        notes.append(f"{where}: not used: {', '.join(others[:8])}{' …' if len(others) > 8 else ''}.")
    pictures, given = {}, []
    for split, (x, y) in pairs.items():
        images, labels_given = array(x), array(y)
        refuse_other_tasks(images, labels_given, f"{where} ({x}, {y})")
        pictures[split] = as_pictures(images, f"{where} ({x})")
        given.append(Given(labels_given, f"{where} ({y})", len(images)))
    labels, known = read_labels(given, None if classes is None else [str(name) for name in array(classes).ravel()])
    splits = {split: Split(pictures[split], each) for split, each in zip(pairs, labels)}
    raw = RawDataset(splits["train"], splits.get("test"), splits.get("validation"), known, notes=tuple(notes))
    return in_full_range(raw, where)


def by_role(names: Iterable[str], where: str) -> Mapping[tuple[str | None, str], str]:
    """The name of each split's pictures ("x") and labels ("y").  Raises DataError where two names say the same."""
    found: dict[tuple[str | None, str], str] = {}
    for name in names:
        said = role(name)
        if said is None or name.lower() in CLASS_NAMES:
            continue
        other = found.setdefault((said.split, said.kind), name)
        if other != name:
            raise DataError(
                f"{where} has both {other} and {name}, and which is meant is open: leave one out, or rename it."
            )
    return found
