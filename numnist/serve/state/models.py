"""The model registry: the models that can be asked, each by its name.

They come from the package, from the file or run named at the start, from the runs folder, and from trainings kept while
the server runs; never from a client.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.ink.prepare import Ink
from numnist.model.about import share, table, text
from numnist.model.file import Contents
from numnist.model.model import Model, load_model
from numnist.model.pretrained import PRETRAINED, pretrained_path
from numnist.model.reading import Reader, model_name, sure_threshold
from numnist.nn.losses import LOSSES, Loss, SoftmaxCrossEntropy
from numnist.serve.http.errors import ApiError
from numnist.support.errors import ModelFileError, NumnistError
from numnist.support.serialisation import from_dict

PACKAGED = (*PRETRAINED, "lesson-0")  # the last is an MLP, to compare with the convolutions
MOST = 50  # models of the runs folder, the newest: a list of hundreds would be hard to read


@dataclass(frozen=True, eq=False)
class ModelEntry:
    """A registered model.

    sha256: of its weights, as `Model.weights_sha256`;  source: "ready", "file", "run" or "kept";  path: of its file.
    """

    name: str
    model: Model
    sha256: str
    source: str
    path: Path | None = None

    @property
    def id(self) -> dict[str, str]:
        """Its name and hash, as every response names the model."""
        return {"name": self.name, "sha256": self.sha256}

    @property
    def dataset(self) -> str | None:
        """The data set it was trained on, None if the file does not say."""
        return text(self.recipe.get("dataset"))

    @property
    def accuracy(self) -> float | None:
        """Its accuracy on the test set, None if the file does not say."""
        return share(table(self.model.about, "result").get("test_accuracy"))

    @property
    def recipe(self) -> dict[str, Any]:
        """The recipe it was trained by, as plain types; empty if the file does not say."""
        return table(self.model.about, "recipe")

    @property
    def loss(self) -> Loss:
        """The loss it was trained with, softmax cross-entropy if the file does not say."""
        if "loss" not in self.recipe:
            return SoftmaxCrossEntropy(background=self.model.background)
        loss: Loss = from_dict(self.recipe["loss"], LOSSES, "loss")
        return loss

    @property
    def threshold(self) -> float:
        """The probability above which it is sure, as calibrated when it was made."""
        return sure_threshold(self.model.about)

    def __reduce__(self) -> tuple[Any, ...]:
        """For worker processes, which get the contents of the model's file."""
        return _rebuilt, (self.name, self.model.contents(), self.sha256, self.source, self.path)

    @property
    def reader(self) -> Reader:
        return Reader(self.model, self.name, self.sha256)

    def predict(self, ink: Ink) -> dict[str, Any]:
        """The reading of a prepared picture as JSON types, see `Reading.to_dict`."""
        return self.reader.read(ink).to_dict()


class ModelRegistry:
    """All models by name.  default: the name of the model that is used if a request names none.  Thread-safe.

    chosen: a pretrained model's name, a model file or a run folder;  runs: a folder of run folders.
    Raises ModelFileError if the chosen model cannot be read.
    """

    def __init__(self, chosen: str | Path | None = None, runs: Path | None = None):
        self._runs, self._lock = runs, threading.Lock()
        self._entries: dict[str, ModelEntry] = {}
        self._read: dict[Path, tuple[int, ModelEntry | None]] = {}  # runs: when written, and their models
        for name in PACKAGED:
            self._put(name, load_model(pretrained_path(name)), "ready", pretrained_path(name))
        self.default = PRETRAINED[0] if chosen is None else self._choose(chosen)

    def get(self, name: str | None) -> ModelEntry:
        """The model of that name, the default for None.  Raises ApiError 404 with the names that exist."""
        name = self.default if name is None else name
        entry = self.known(name)
        if entry is None:
            with self._lock:
                path = self._found().get(name)
                entry = self._entries.get(name) if path is None else self._from_run(name, path)
        if entry is None:
            names = ", ".join(self.names())
            message = f"there is no model {name[:100]!r} that can be read: there are {names}."
            raise ApiError(404, "no_such_model", message)
        return entry

    def known(self, name: str | None) -> ModelEntry | None:
        """The registered model of that name, the default for None.  Never waits: reads no runs, and needs no lock."""
        return self._entries.get(self.default if name is None else name)

    def names(self) -> list[str]:
        """All names: the pretrained models first, of runs the newest first."""
        with self._lock:
            return [*self._entries, *self._found()]

    def all(self) -> list[ModelEntry]:
        """All models that can be read, in the order of `names`."""
        with self._lock:
            runs = [self._from_run(name, path) for name, path in self._found().items()]
            return [*self._entries.values(), *(entry for entry in runs if entry is not None)]

    def add(self, name: str, model: Model, source: str, path: Path | None = None) -> ModelEntry:
        """Register a model.  Raises ApiError 409 if the name is taken."""
        with self._lock:
            if name in self._entries:
                raise ApiError(409, "name_taken", f"there is a model {name!r} already: choose another name.")
            return self._put(name, model, source, path)

    def _put(self, name: str, model: Model, source: str, path: Path | None) -> ModelEntry:
        entry = self._entries[name] = ModelEntry(name, model, model.weights_sha256, source, path)
        return entry

    def _choose(self, chosen: str | Path) -> str:
        """Register the model that was named at the start, and return its name."""
        path = Path(chosen)
        if str(chosen) in PRETRAINED and not path.exists():
            return str(chosen)
        return self._put(_beside(model_name(chosen)), load_model(path), "run" if path.is_dir() else "file", path).name

    def _found(self) -> dict[str, Path]:
        """The model files of the newest finished runs that are not registered yet, newest first, by name.

        The folder is read each time, since runs finish while the server runs.
        """
        if self._runs is None:
            return {}
        files = [(_written(path), path) for path in self._runs.glob("*/model.safetensors")]
        newest = [path for _, path in sorted(files, reverse=True)[:MOST]]
        named = {_beside(path.parent.name): path for path in newest}
        return {name: path for name, path in named.items() if name not in self._entries}

    def _from_run(self, name: str, path: Path) -> ModelEntry | None:
        """The model of a run, read once; None if it cannot be read."""
        written = _written(path)
        known = self._read.get(path)
        if known is None or known[0] != written:
            try:
                model = load_model(path)
                entry = ModelEntry(name, model, model.weights_sha256, "run", path)
                _ = entry.loss  # raises where it names none
                known = written, entry
            except NumnistError:  # one bad file costs itself
                known = written, None
            self._read[path] = known
        return known[1]


def _rebuilt(name: str, contents: Contents, sha256: str, source: str, path: Path | None) -> ModelEntry:
    """The same entry in another process.  Raises ModelFileError if its weights are not the same to the bit."""
    model = Model.from_contents(contents, name)
    if model.weights_sha256 != sha256:
        raise ModelFileError(f"{name}: the weights have changed since the model was registered: register it anew.")
    return ModelEntry(name, model, sha256, source, path)


def _beside(name: str) -> str:
    """A name that no pretrained model has."""
    return f"{name}-own" if name in PACKAGED else name


def _written(path: Path) -> int:
    """When a file was last written, in nanoseconds; 0 if it has just been removed."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
