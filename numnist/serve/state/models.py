"""The shelf: the models that can be asked, each by its name.

They come from the package, from the file or run that was named at the start, from the runs folder, and from trainings
kept while the server runs; never from a client.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.model.file import load_model
from numnist.model.model import Model
from numnist.model.pretrained import READY, ready_path
from numnist.serve.http.responses import Refused
from numnist.support.errors import ModelFileError

PACKAGED = (*READY, "lesson-0")  # the last is an MLP, to be set beside the convolutions
MOST = 50  # of the runs folder's models, the newest, so that a list of hundreds stays readable


@dataclass(frozen=True, eq=False)
class Held:
    """A model by name.

    sha256: over its weights, as `Model.weights_sha256`;  source: "ready", "file", "run" or "kept".
    """

    name: str
    model: Model
    sha256: str
    source: str
    path: Path | None = None  # of its file, where it has one

    @property
    def title(self) -> str:
        """What its recipe says it is, else its name."""
        return str(self.recipe.get("title") or self.name)

    @property
    def dataset(self) -> str | None:
        """The data set that it was trained on, where it says so."""
        return self.recipe.get("dataset")

    @property
    def accuracy(self) -> float | None:
        """On its data's test set, where it says so."""
        result = self.model.about.get("result", {})
        return result.get("test_accuracy")

    @property
    def recipe(self) -> dict[str, Any]:
        """The recipe that it says it was trained by, as plain types; empty where it does not say."""
        return dict(self.model.about.get("recipe") or {})


class Shelf:
    """All models by name.  default: the name of the one that answers where none is named.

    chosen: a ready model's name, a model file or a run folder;  runs: a folder of run folders.
    Raises ModelFileError where the chosen one cannot be read.  May be used by many threads.
    """

    def __init__(self, chosen: str | Path | None = None, runs: Path | None = None):
        self._runs, self._lock = runs, threading.Lock()
        self._held: dict[str, Held] = {}
        self._read: dict[Path, tuple[int, Held | None]] = {}  # of the runs folder: when written, and what is in it
        for name in PACKAGED:
            self._put(name, load_model(ready_path(name)), "ready", ready_path(name))
        self.default = READY[0] if chosen is None else self._choose(chosen)

    def get(self, name: str | None) -> Held:
        """The model of that name, the default for None.  Raises Refused 404 with the names that exist."""
        name = self.default if name is None else name
        with self._lock:
            held = self._held.get(name)
            if held is None and (path := self._found().get(name)) is not None:
                held = self._from_run(name, path)
        if held is None:
            names = ", ".join(self.names())
            raise Refused(
                404, "no_such_model", f"there is no model {name[:100]!r} that can be read: there are {names}."
            )
        return held

    def names(self) -> list[str]:
        """All names, the ready ones first, of runs the newest first."""
        with self._lock:
            return [*self._held, *self._found()]

    def all(self) -> list[Held]:
        """All models that can be read, in the order of `names`."""
        with self._lock:
            runs = [self._from_run(name, path) for name, path in self._found().items()]
            return [*self._held.values(), *(held for held in runs if held is not None)]

    def add(self, name: str, model: Model, source: str, path: Path | None = None) -> Held:
        """Put a model on the shelf.  Raises Refused 409 where the name is taken."""
        with self._lock:
            if name in self._held:
                raise Refused(409, "name_taken", f"there is a model {name!r} already: choose another name.")
            return self._put(name, model, source, path)

    def _put(self, name: str, model: Model, source: str, path: Path | None) -> Held:
        held = self._held[name] = Held(name, model, model.weights_sha256, source, path)
        return held

    def _choose(self, chosen: str | Path) -> str:
        """Put the model that was named at the start on the shelf, and return its name there."""
        path = Path(chosen)
        if str(chosen) in READY and not path.exists():
            return str(chosen)
        model = load_model(path)
        name = path.resolve().name if path.is_dir() else path.stem
        return self._put(_beside(name), model, "run" if path.is_dir() else "file", path).name

    def _found(self) -> dict[str, Path]:
        """The model files of the newest finished runs that are not held already, newest first, by name.

        Looked for each time, since runs finish while the server runs.
        """
        if self._runs is None:
            return {}
        files = [(_written(path), path) for path in self._runs.glob("*/model.safetensors")]
        newest = [path for _, path in sorted(files, reverse=True)[:MOST]]
        named = {_beside(path.parent.name): path for path in newest}
        return {name: path for name, path in named.items() if name not in self._held}

    def _from_run(self, name: str, path: Path) -> Held | None:
        """The model of a run, read once; None where it cannot be read."""
        written = _written(path)
        known = self._read.get(path)
        if known is None or known[0] != written:
            try:
                model = load_model(path)
                known = written, Held(name, model, model.weights_sha256, "run", path)
            except ModelFileError:
                known = written, None
            self._read[path] = known
        return known[1]


def _beside(name: str) -> str:
    """A name that no ready model has."""
    return f"{name}-own" if name in PACKAGED else name


def _written(path: Path) -> int:
    """When a file was written last, in nanoseconds; 0 where it has just been removed."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
