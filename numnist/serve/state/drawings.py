"""The drawing store: drawings with their true labels, in folders for `numnist data import` and `train --dataset`.

    ROOT/digits/classes.txt        the classes' names, see data/formats/folder.py
    ROOT/digits/4/000012.png       a drawing as the network sees it, labelled 4
    ROOT/.pages/PAGE/digits/...    copies of those that one page has kept, by which it counts and trains its own

Models with other classes or input sizes have folders of their own beside digits.  Whoever removes a drawing from a
class's folder removes it from its page, too.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import DIGITS, HOLD_OUT_ONE_IN
from numnist.data.formats.folder import CLASSES, folder_name, write_classes
from numnist.model.about import table, text
from numnist.model.model import Model
from numnist.support.errors import DataError, UsageError
from numnist.support.files import write_atomically, write_new

MOST = 10_000  # drawings in one folder: months of drawing; more would come from a program
LEAST = HOLD_OUT_ONE_IN + 1  # drawings of which training, validation and test set have some


PAGES = ".pages"  # no data set's folder has a name with a dot


class StoredDrawing(NamedTuple):
    """A drawing's file, its label, and the copy of its page."""

    file: Path
    label: str
    copy: Path


class DrawingStore:
    """All drawings below one folder.  Thread-safe."""

    def __init__(self, root: Path, most: int = MOST):
        self.root, self.most = root, most
        self._lock = threading.Lock()
        self._undo: dict[str, list[StoredDrawing]] = {}  # by page, stored since the start, the newest last

    def folder(self, model: Model, page: str | None = None) -> Path:
        """The folder for models with these classes and this input shape: of one page, or of all together."""
        dataset = text(table(model.about, "recipe").get("dataset"))
        name = "digits" if model.classes == DIGITS else Path(dataset or "pictures").stem
        size = "" if model.in_shape == (1, 28, 28) else "-" + "x".join(map(str, model.in_shape))
        root = self.root if page is None else self.root / PAGES / page
        return root / (re.sub(r"[^\w-]", "-", name) + size)

    def keep(self, model: Model, label: str, picture: NDArray[np.uint8], page: str) -> StoredDrawing:
        """Write a prepared picture, (H, W) or (C, H, W), to a new file in its class's folder, with a copy for the page.

        page: a name for a folder, which the server has made.
        Raises UsageError for a label that is none of the model's classes, DataError if the folder is full or belongs to
        other classes.
        """
        if label not in model.classes:
            raise UsageError(f"the model knows no class {label!r}, but {', '.join(model.classes)}: name one of these.")
        content = _png(picture)
        with self._lock:
            folder, own = self._ready(model), self._ready(model, page)
            if sum(1 for _ in _pictures(folder)) >= self.most:
                raise DataError(f"{folder} holds {self.most:,} pictures, which is enough: move some away.")
            place, numbers = folder / folder_name(label), count(1 + _last(folder))
            file = write_new((place / f"{number:06}.png" for number in numbers), content)  # two servers may share it
            stored = StoredDrawing(file, label, own / file.relative_to(folder))
            try:
                write_atomically(stored.copy, content)
            except BaseException:
                _remove(stored)
                raise
            self._undo.setdefault(page, []).append(stored)
        return stored

    def undo(self, page: str) -> StoredDrawing | None:
        """Remove the drawing that a page has stored last since the start; None if there is none left."""
        with self._lock:
            if not self._undo.get(page):
                return None
            stored = self._undo[page].pop()
            _remove(stored)
            return stored

    def counts(self, model: Model, page: str | None = None) -> dict[str, int]:
        """The number of drawings of each class, those of earlier days included: of one page, or of all together."""
        folder = self.folder(model) if page is None else self.own(model, page)
        found = [path.parent.name for path in _pictures(folder)]
        return {name: found.count(folder_name(name)) for name in model.classes}

    def own(self, model: Model, page: str) -> Path:
        """A page's folder, without the drawings that have been removed from the folder of all."""
        with self._lock:
            folder, all_together = self.folder(model, page), self.folder(model)
            for copy in list(_pictures(folder)):
                if not (all_together / copy.relative_to(folder)).exists():
                    copy.unlink(missing_ok=True)
        return folder

    def _ready(self, model: Model, page: str | None = None) -> Path:
        """The model's folder, with a folder for each class.  Raises DataError if a link leads out of the root."""
        folder = self.folder(model, page)
        folders = [folder / folder_name(name) for name in model.classes]
        for path in folders:
            path.mkdir(parents=True, exist_ok=True)
            if not path.resolve().is_relative_to(self.root.resolve()):
                raise DataError(f"{path} leads out of {self.root}: remove the link.")
        if not (folder / CLASSES).exists():
            write_classes(folder, model.classes)
        elif (folder / CLASSES).read_text("utf-8").split("\n") != [*model.classes, ""]:
            raise DataError(f"{folder} is for other classes than the model's: move it away, and keep again.")
        return folder


def _remove(stored: StoredDrawing) -> None:
    stored.file.unlink(missing_ok=True)
    stored.copy.unlink(missing_ok=True)


def _pictures(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*/*.png") if not path.name.startswith("."))


def _last(folder: Path) -> int:
    """The highest number that is the name of a picture in this folder."""
    return max((int(path.stem) for path in _pictures(folder) if re.fullmatch(r"[0-9]{1,9}", path.stem)), default=0)


def _png(picture: NDArray[Any]) -> bytes:
    """A picture file that `read_picture` reads as exactly these pixels.   picture: (H, W) or (3, H, W) uint8"""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture if picture.ndim == 2 else picture.transpose(1, 2, 0)).save(file, "PNG")
    return file.getvalue()
