"""Pictures in one folder for each class, root/CLASS/* or root/{train,val,test}/CLASS/*.

root/classes.txt may name the classes in their order, one a line, also classes without pictures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from numnist.data.checks import MAX_BYTES
from numnist.data.dataset import RawDataset, Split
from numnist.data.formats.image import SUFFIXES, read_picture
from numnist.ink.prepare import prepare
from numnist.support.errors import DataError, UsageError
from numnist.support.files import write_atomically

NAMES = {"train": ("train", "training"), "validation": ("val", "valid", "validation"), "test": ("test", "testing")}
SPLITS = {name: split for split, names in NAMES.items() for name in names}  # what a split's folder may be called
CLASSES = "classes.txt"


def holds_classes(root: Path) -> bool:
    """Whether this folder, or its folder for training, has folders with pictures."""
    return bool(_classes(_splits(root)["train"]))


def read_folder(root: Path, size: tuple[int, int] | None = None) -> RawDataset:
    """The pictures below a folder.  The classes are those in classes.txt, or else the names of the folders, sorted.

    The pictures are grey unless one of them shows colour.  All must have the same size, or are resized to `size`,
    (height, width), keeping their proportions.  Files whose names are not those of pictures are ignored.
    Raises DataError for a picture that cannot be read.
    """
    if size is not None and min(size) < 1:
        raise UsageError(f"size={size} makes no sense: name the height and width in pixels, such as (28, 28).")
    splits = _splits(root)
    there = _classes(splits["train"])
    folders = {name: folder_name(name) for name in _named(root)} or {name: name for name in there}
    if not there:
        raise DataError(
            f"{splits['train']} has no folder with pictures in it: make one folder a class, such as "
            f"{splits['train'] / 'cat' / 'one.png'}."
        )
    parts = {name: _read(folder, folders, size) for name, folder in splits.items()}
    if any(split.x.shape[1] == 3 for split in parts.values()):
        parts = {name: Split(x.repeat(3 // x.shape[1], axis=1), labels) for name, (x, labels) in parts.items()}
    return RawDataset(parts["train"], parts.get("test"), parts.get("validation"), tuple(folders))


def folder_name(name: str) -> str:
    """The folder of a class in classes.txt: characters that some file systems forbid become "-", as in T-shirt-top."""
    return re.sub(r"[^\w +-]", "-", name).strip() or "-"


def write_classes(root: Path, classes: Sequence[str]) -> None:
    """Write the names of the classes to root/classes.txt."""
    write_atomically(root / CLASSES, "".join(f"{name}\n" for name in classes).encode())


def _named(root: Path) -> tuple[str, ...]:
    """The classes in root/classes.txt; none if there is no such file.  Raises DataError."""
    path = root / CLASSES
    if not path.is_file():
        return ()
    try:
        names = [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 ({error}): save it again, with a class on each line.") from error
    folders = [folder_name(name) for name in names]
    twice = next((name for name, folder in zip(names, folders) if folders.count(folder) > 1), None)
    if twice is not None or not names:
        found = f"names {twice!r} twice" if names else "is empty"
        raise DataError(f"{path} {found}, but names the classes, each on a line of its own: correct it, or remove it.")
    return tuple(names)


def _splits(root: Path) -> dict[str, Path]:
    """The folder of each split; the root itself is for training if there is no folder called so."""
    splits = {SPLITS[f.name.lower()]: f for f in _folders(root) if f.name.lower() in SPLITS}
    return splits if "train" in splits else {"train": root}


def _classes(folder: Path) -> tuple[str, ...]:
    return tuple(f.name for f in _folders(folder) if _pictures(f))


def _read(folder: Path, folders: Mapping[str, str], size: tuple[int, int] | None) -> Split:
    """One split.  folders: the folder of each class; there must be no others."""
    unknown = sorted(set(_classes(folder)) - set(folders.values()))
    if unknown:
        raise DataError(
            f"{folder} has the class {unknown[0]!r}, which has no training pictures and is not in {CLASSES}: add "
            "it, or remove the folder."
        )
    paths = [(path, label) for label, name in enumerate(folders.values()) for path in _pictures(folder / name)]
    if not paths:
        raise DataError(f"{folder} holds no pictures: fill it, or remove it.")
    pictures = _read_pictures([path for path, _ in paths], size)
    C = max(1 if picture.ndim == 2 else 3 for picture in pictures)
    x = np.empty((len(paths), C, *pictures[0].shape[:2]), np.uint8)  # (N, C, H, W)
    for i, picture in enumerate(pictures):
        x[i] = np.atleast_3d(picture).transpose(2, 0, 1)  # grey is repeated in all channels
    return Split(x, np.array([label for _, label in paths], np.int64))


def _read_pictures(paths: Sequence[Path], size: tuple[int, int] | None) -> list[NDArray[np.uint8]]:
    """Pictures of one size, grey or colour.  Raises DataError if they differ or would not fit into memory."""
    pictures: list[NDArray[np.uint8]] = []
    for path in paths:
        picture = read_picture(path)
        pictures.append(picture if size is None else _resized(picture, size))
        shape, first = pictures[-1].shape[:2], pictures[0].shape[:2]
        if shape != first:
            raise DataError(
                f"{path} is {_times(shape)} pixels but {paths[0]} is {_times(first)}: make all pictures the same "
                "size, or have them resized with size=(height, width)."
            )
        if len(paths) * pictures[0].nbytes > MAX_BYTES:
            raise DataError(
                f"{path.parent.parent} has {len(paths):,} pictures of {_times(first)} pixels, but numnist holds data "
                f"in memory and stops at {MAX_BYTES:,} bytes: have them resized with size=(height, width)."
            )
    return pictures


def _resized(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resized as `predict` will resize pictures, so that the network is trained on what it will see."""
    C = 1 if picture.ndim == 2 else 3
    resized = prepare(picture, "plain", (C, *size)).picture
    return resized if C == 1 else resized.transpose(1, 2, 0)  # (H, W, 3)


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def _pictures(folder: Path) -> list[Path]:
    """The files of a class, sorted; none if the class has no folder here."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")  # macOS writes ._1.png
    )


def _times(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}×{shape[0]}"
