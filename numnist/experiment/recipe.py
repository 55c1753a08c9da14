"""Recipes: named experiments, as TOML files that hold everything that decides a run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from numnist.data.augment import Augment
from numnist.data.dataset import Dataset
from numnist.model.model import Model
from numnist.nn import INITIALIZERS, LAYERS
from numnist.nn.dense import Dense
from numnist.nn.losses import CROSS_ENTROPY, LOSSES, Loss
from numnist.nn.sequential import Sequential
from numnist.optim.optimizers import OPTIMIZERS, Adam, Optimizer
from numnist.optim.schedules import SCHEDULES, Constant, Schedule
from numnist.support.checks import pair, whole
from numnist.support.errors import UsageError
from numnist.support.serialisation import from_dict, suggest, to_dict
from numnist.training.loop import Event, State, check_settings, train

DEFAULT = "quick"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run but the pictures themselves; the fields mean what they mean in `train`.

    validation: how many training pictures are kept for validation, None for the data set's own habit.
    size: (height, width) to which a folder of pictures is resized.
    pictures: how many training pictures are used, the first ones; None for all.
    published: what the project that the recipe repeats says it reached, in its own figures.
    """

    name: str
    title: str
    dataset: str
    network: Sequential
    optimizer: Optimizer = Adam()
    schedule: Schedule = Constant()
    loss: Loss = CROSS_ENTROPY
    augment: Augment | None = None
    normalization: str = "global"
    validation: int | None = None
    size: tuple[int, int] | None = None
    pictures: int | None = None
    epochs: int = 1
    batch_size: int = 128
    l2: float = 0.0
    clip_norm: float | None = None
    average: float | None = None
    patience: int | None = None
    lanes: int | None = None
    shard: int | None = None
    seed: int = 0
    published: str = ""

    def __post_init__(self) -> None:
        check_settings(
            epochs=self.epochs, batch_size=self.batch_size, l2=self.l2, clip_norm=self.clip_norm,
            average=self.average, patience=self.patience, lanes=self.lanes, shard=self.shard,
        )  # fmt: skip
        if self.pictures is not None:
            whole(self.pictures, "pictures")

    def model(self, data: Dataset) -> Model:
        """A fresh model for this data."""
        return Model(self.network, data, seed=self.seed, normalization=self.normalization)

    def train(
        self, model: Model, data: Dataset, *, threads: int | None = None, state: State | None = None
    ) -> Iterator[Event]:
        """Train as the recipe says; see `train`."""
        return train(
            model, data, self.optimizer, schedule=self.schedule, loss=self.loss, augment=self.augment,
            epochs=self.epochs, batch_size=self.batch_size, l2=self.l2, clip_norm=self.clip_norm,
            average=self.average, patience=self.patience, lanes=self.lanes, shard=self.shard, seed=self.seed,
            threads=threads, state=state,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """As a table for TOML; what is None is left out."""
        table = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}
        table["network"] = [to_dict(layer) for layer in self.network.layers]
        for name in ("optimizer", "schedule", "loss", "augment"):
            if name in table:
                table[name] = to_dict(table[name])
        return table

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Recipe:
        """Read such a table; fields that are not there take their defaults.  Raises UsageError naming the field."""
        values = dict(table)
        known = {f.name: f for f in fields(cls)}
        for name in values:
            if name not in known:
                raise UsageError(f"unknown field {name!r}{suggest(name, known)}; there are {', '.join(known)}.")
        for name in ("name", "title", "dataset", "network"):
            if name not in values:
                raise UsageError(f"a recipe needs {name!r}.")
        layers = values["network"]
        if not isinstance(layers, list):
            raise UsageError(f"network must be a list of layers, but is {layers!r}.")
        values["network"] = Sequential(
            *(from_dict(layer, LAYERS | INITIALIZERS, f"network[{i}]") for i, layer in enumerate(layers))
        )
        kinds: dict[str, Mapping[str, type[Any]]] = {
            "optimizer": OPTIMIZERS,
            "schedule": SCHEDULES,
            "loss": LOSSES,
            "augment": {"Augment": Augment},
        }
        for name, kind in kinds.items():
            if name in values:
                values[name] = from_dict(values[name], kind, name)
        if "size" in values:
            size = values["size"]
            values["size"] = pair(tuple(size) if isinstance(size, list) else size, "size")
        for name, types in SIMPLE.items():
            if name in values and (not isinstance(values[name], types) or isinstance(values[name], bool)):
                raise UsageError(f"{name} is {values[name]!r}, but must be of type {types[-1].__name__}.")
        return cls(**values)

    def for_classes(self, count: int) -> Recipe:
        """The recipe with as many logits as there are classes, where its network ends in a Dense layer."""
        *before, last = self.network.layers
        if not isinstance(last, Dense) or last.units == count:
            return self
        return replace(self, network=Sequential(*before, replace(last, units=count)))

    def on(self, dataset: str) -> Recipe:
        """The recipe on another data set, which keeps as many validation pictures as is its own habit."""
        return self if dataset == self.dataset else replace(self, dataset=dataset, validation=None)

    def override(self, **values: Any) -> Recipe:
        """The recipe with some fields changed; values that are None change nothing."""
        return replace(self, **{name: value for name, value in values.items() if value is not None})


SIMPLE: dict[str, tuple[type, ...]] = {
    "name": (str,), "title": (str,), "dataset": (str,), "normalization": (str,), "validation": (int,),
    "pictures": (int,), "published": (str,),
    "epochs": (int,), "batch_size": (int,), "l2": (int, float), "clip_norm": (int, float), "average": (int, float),
    "patience": (int,), "lanes": (int,), "shard": (int,), "seed": (int,),
}  # fmt: skip


def recipes() -> list[Recipe]:
    """All that come with numnist, by name, the default first."""
    files = [f for f in (resources.files("numnist.experiment") / "recipes").iterdir() if f.name.endswith(".toml")]
    found = [_parse(f.read_text("utf-8"), f.name.removesuffix(".toml"), f.name) for f in files]
    return sorted(found, key=lambda recipe: (recipe.name != DEFAULT, recipe.name))


def load_recipe(name: str | Path) -> Recipe:
    """A recipe by its name, or from a .toml file of your own.  Raises UsageError where there is none or it is wrong."""
    path = Path(name)
    if path.suffix == ".toml":
        return read_recipe(path)
    file = resources.files("numnist.experiment") / "recipes" / f"{name}.toml"
    if not str(name).replace("-", "").isalnum() or not file.is_file():
        names = [recipe.name for recipe in recipes()]
        raise UsageError(
            f"there is no recipe {str(name)!r}{suggest(str(name), names)}; there are {', '.join(names)}. "
            "Give one of these, or a .toml file of your own."
        )
    return _parse(file.read_text("utf-8"), str(name), f"{name}.toml")


def read_recipe(path: Path) -> Recipe:
    """A recipe from a file; its name is the file's unless it says another."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the recipe cannot be read: {error}.") from error
    return _parse(text, path.stem, str(path))


def _parse(text: str, name: str, place: str) -> Recipe:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{place}: this is not TOML: {error}.") from error
    table.pop("environment", None)  # what a run folder's config.toml adds
    try:
        return Recipe.from_dict({"name": name, "title": name} | table)
    except UsageError as error:
        raise UsageError(f"{place}: {error}") from None
