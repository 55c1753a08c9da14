"""The data sets' pictures: what a model was trained on and is evaluated on, if it is available locally."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

from numnist.data.dataset import DIGITS, Split
from numnist.data.load import load, names
from numnist.data.published.catalog import CATALOG
from numnist.data.strokes.drawing import draw
from numnist.serve.http.errors import ApiError
from numnist.serve.state.models import ModelEntry
from numnist.support.errors import DataError

MOST = {"train": 10_000, "test": 10_000}  # pictures of a split: 8 MB of MNIST, and seconds through a pretrained model
DRAWN = {"train": 10_000, "test": 5_000}  # of strokes, which draws 12,000 in a second
SPLITS = 6  # in memory at most
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}
# Shape and classes of each data set known in advance.  If a model's own is missing, another of the same kind serves.
KINDS = {known.name: (known.shape, known.classes) for known in CATALOG.values()} | {"strokes": ((1, 28, 28), DIGITS)}


@dataclass(frozen=True, eq=False)
class Pictures:
    """The first pictures of a split.  name: of the data set, as `load` knows it."""

    name: str
    classes: tuple[str, ...]
    split: Split

    @property
    def title(self) -> str:
        """The data set's name as people write it."""
        return TITLES.get(self.name, self.name)


class PictureCache:
    """The splits used last, loaded when first asked for.  Thread-safe; nothing is ever downloaded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # so that two requests do not load the same split
        self._load = lru_cache(SPLITS)(_load)

    def pictures_for(self, entry: ModelEntry, split: str) -> Pictures:
        """The "train" or "test" split of the data that a model was trained on, or else of data with the same classes.

        Raises ApiError 404, which says what to do, if there is none.
        """
        kind = entry.model.in_shape, entry.model.classes
        alike = [name for name, of in KINDS.items() if of == kind]
        for name in dict.fromkeys([entry.dataset, *alike]):
            if name is not None and name in names() and KINDS.get(name, kind) == kind:
                try:
                    with self._lock:
                        found = self._load(name, split)
                except DataError:  # not available locally, or broken
                    continue
                if (found.split.x.shape[1:], found.classes) == kind:
                    return found
        trained = entry.dataset or "data that it does not name"
        message = f"{entry.name} was trained on {trained}, and this machine has no pictures of that kind"
        raise ApiError(404, "no_data", f"{message}: `numnist data get` or `numnist data import` brings them here.")


def _load(name: str, split: str) -> Pictures:
    """Copies of the first pictures, so that the memory of the others is freed."""
    if name == "strokes":
        x, labels = draw(DRAWN[split], split=split)
        return Pictures(name, DIGITS, Split(x[:, None], labels))
    data = load(name, offline=True)
    first: Split = getattr(data, split)[: MOST[split]]
    return Pictures(name, data.classes, Split(first.x.copy(), first.labels.copy()))
