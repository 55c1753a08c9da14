"""Pictures in one folder for each class, root/CLASS/* or root/{train,val,test}/CLASS/*.

root/classes.txt may name the classes in their order, one a line, also classes without pictures.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from numnist.data.dataset import RawDataset
from numnist.data.formats.image import HEIC, HEIC_EXTRA
from numnist.data.formats.pictures import Named, is_picture, listed, read_splits
from numnist.data.read_options import AS_IT_IS, ReadOptions
from numnist.support.errors import DataError
from numnist.support.files import write_atomically
from numnist.support.reading import read_text

NAMES = {"train": ("train", "training"), "validation": ("val", "valid", "validation"), "test": ("test", "testing")}
SPLITS = {name: split for split, names in NAMES.items() for name in names}  # what a split's folder may be called
CLASSES = "classes.txt"
_MOST_BYTES = 1 << 21  # of classes.txt; 10,000 classes need a tenth of it


def holds_classes(root: Path) -> int:
    """How many folders with pictures this folder, or its folder for training, has."""
    return len(_classes(split_folders(root)["train"]))


def read_folder(root: Path, options: ReadOptions = AS_IT_IS) -> RawDataset:
    """The pictures below a folder.  The classes are those in classes.txt, or else the names of the folders, sorted.

    The pictures are grey unless one of them shows colour.  All must have the same size, or are resized to
    `options.size`, keeping their proportions.  What is passed over is told in the notes.
    Raises DataError for pictures that cannot be read, unless they are to be skipped.
    """
    splits = split_folders(root)
    there = _classes(splits["train"])
    folders = {name: folder_name(name) for name in read_classes(root)} or {name: name for name in there}
    if not there:
        raise DataError(
            f"{splits['train']} has no folder with pictures in it: make one folder a class, such as "
            f"{splits['train'] / 'cat' / 'one.png'}."
        )
    parts = {name: paths for name, folder in splits.items() if (paths := _labelled(name, folder, folders))}
    splits_read, notes = read_splits(parts, options)
    notes = (*(note for name, folder in splits.items() for note in _notes(name, folder, folders)), *notes)
    return RawDataset(
        splits_read["train"], splits_read.get("test"), splits_read.get("validation"), tuple(folders),
        options.preparation, notes,
    )  # fmt: skip


def folder_name(name: str) -> str:
    """The folder of a class in classes.txt: characters that some file systems forbid become "-", as in T-shirt-top."""
    return re.sub(r"[^\w +-]", "-", name).strip() or "-"


def write_classes(root: Path, classes: Sequence[str]) -> None:
    """Write the names of the classes to root/classes.txt."""
    write_atomically(root / CLASSES, "".join(f"{name}\n" for name in classes).encode())


def split_folders(root: Path) -> dict[str, Path]:
    """The folder of each split; the root itself is for training if there is no folder called so."""
    splits = {SPLITS[f.name.lower()]: f for f in _folders(root) if f.name.lower() in SPLITS}
    return splits if "train" in splits else {"train": root}


def read_classes(root: Path) -> tuple[str, ...]:
    """The classes in root/classes.txt; none if there is no such file.  Raises DataError."""
    path = root / CLASSES
    if not os.path.lexists(path):
        return ()
    try:
        names = [line.strip() for line in read_text(path, _MOST_BYTES, "utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 ({error}): save it again, with a class on each line.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): write a class on each line.") from error
    folders = [folder_name(name) for name in names]
    counts = Counter(folders)
    twice = next((name for name, folder in zip(names, folders) if counts[folder] > 1), None)
    if twice is not None or not names:
        found = f"names {twice!r} twice" if names else "is empty"
        raise DataError(f"{path} {found}, but names the classes, each on a line of its own: correct it, or remove it.")
    return tuple(names)


def _classes(folder: Path) -> tuple[str, ...]:
    return tuple(f.name for f in _folders(folder) if _pictures(f))


def _labelled(split: str, folder: Path, folders: Mapping[str, str]) -> list[Named]:
    """The pictures of one split with their labels.  folders: the folder of each class; there must be no others.

    Test pictures may lie there without a class: then they are no test set.
    """
    unknown = sorted(set(_classes(folder)) - set(folders.values()))
    if unknown:
        raise DataError(
            f"{folder} has the class {unknown[0]!r}, which has no training pictures and is not in {CLASSES}: add "
            "it, or remove the folder."
        )
    paths = [(path, label) for label, name in enumerate(folders.values()) for path in _pictures(folder / name)]
    if not paths and not (split == "test" and _pictures(folder)):
        raise DataError(f"{folder} holds no pictures: fill it, or remove it.")
    return paths


def _notes(split: str, folder: Path, folders: Mapping[str, str]) -> list[str]:
    """What is passed over in the folder of a split."""
    notes = []
    loose, empty = _pictures(folder), [name for name, place in folders.items() if not _pictures(folder / place)]
    empty += [
        f.name for f in _folders(folder) if f.name not in (*folders.values(), *empty, *SPLITS) and not _pictures(f)
    ]
    if loose and split == "test":
        notes.append(
            f"{folder} has {len(loose):,} pictures without a class, which cannot evaluate a model: classify them with "
            "numnist predict."
        )
    elif loose:
        notes.append(f"{folder} has {len(loose):,} pictures without a class, which are passed over.")
    if empty and len(empty) < len(folders):
        notes.append(f"{folder} has no pictures of {listed(empty)}.")
    places = [folder, *(folder / name for name in folders.values())]
    others = [path for place in places if place.is_dir() for path in sorted(place.iterdir()) if _is_other(path)]
    if others:
        notes.append(
            f"{folder} has {len(others):,} files that are no pictures numnist reads, which are passed over: "
            f"{listed([str(path.relative_to(folder)) for path in others])}."
            + (f" To read HEIC, {HEIC_EXTRA}." if any(path.suffix.lower() in HEIC for path in others) else "")
        )
    return notes


def _is_other(path: Path) -> bool:
    """Whether this is a file that is neither a picture nor one that numnist or a system leaves there."""
    known = (CLASSES, "thumbs.db", "desktop.ini")
    return path.is_file() and not path.name.startswith(".") and not is_picture(path) and path.name.lower() not in known


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def _pictures(folder: Path) -> list[Path]:
    """The files of a class, sorted; none if the class has no folder here."""
    return sorted(path for path in folder.iterdir() if is_picture(path)) if folder.is_dir() else []
