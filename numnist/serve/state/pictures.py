"""Pictures: those that a model learnt from and is judged on, as far as they are on this machine."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from numnist.data.dataset import DIGITS, Split
from numnist.data.load import load, names
from numnist.data.published.catalog import CATALOG
from numnist.data.strokes.drawing import draw
from numnist.serve.http.responses import Refused
from numnist.serve.state.context import Desk
from numnist.serve.state.models import Held
from numnist.support.errors import DataError

MOST = {"train": 10_000, "test": 10_000}  # pictures of a split: 8 MB of MNIST, and seconds through a ready model
DRAWN = {"train": 10_000, "test": 5_000}  # of strokes, which take a second for 12,000
SPLITS = 6  # in memory at most
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}  # as people write them
# Shape and classes of what has them for good; the first that is on this machine stands in for what is not.
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


class Library:
    """The pictures that were asked for last.  May be used by many threads; nothing is ever downloaded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # so that two requests do not load the same
        self._loaded: dict[tuple[str, str], Pictures] = {}  # what was used last is last

    def pictures_for(self, held: Held, split: str) -> Pictures:
        """The "train" or "test" split of what a model was trained on, or else of another data set of the same classes.

        Raises Refused 404, saying what to do, where there is none.
        """
        kind = held.model.in_shape, held.model.classes
        alike = [name for name, of in KINDS.items() if of == kind]
        for name in dict.fromkeys([held.dataset, *alike]):
            if name is not None and name in names() and KINDS.get(name, kind) == kind:
                try:
                    found = self._get(name, split)
                except DataError:  # not on this machine, or broken
                    continue
                if (found.split.x.shape[1:], found.classes) == kind:
                    return found
        learnt = held.dataset or "data that it does not name"
        message = f"{held.name} was trained on {learnt}, and this machine has no pictures of that kind"
        raise Refused(404, "no_data", f"{message}: `numnist data get` or `numnist data import` brings them here.")

    def _get(self, name: str, split: str) -> Pictures:
        with self._lock:
            found = self._loaded.pop((name, split), None) or _load(name, split)
            self._loaded[name, split] = found
            if len(self._loaded) > SPLITS:
                del self._loaded[next(iter(self._loaded))]
            return found


def library(desk: Desk) -> Library:
    """The desk's own, one for all routes."""
    return _LIBRARIES.setdefault(desk, Library())


_LIBRARIES: WeakKeyDictionary[Desk, Library] = WeakKeyDictionary()


def _load(name: str, split: str) -> Pictures:
    """Copies of the first pictures, so that the rest of the data set is let go."""
    if name == "strokes":
        x, labels = draw(DRAWN[split], split=split)
        return Pictures(name, DIGITS, Split(x[:, None], labels))
    data = load(name, offline=True)
    first: Split = getattr(data, split)[: MOST[split]]
    return Pictures(name, data.classes, Split(first.x.copy(), first.labels.copy()))
