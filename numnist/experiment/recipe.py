"""Recipes: named experiments, as TOML files that hold everything that decides a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, MISSING, dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

from numnist.data.dataset import Dataset
from numnist.data.load import canonical_name, load
from numnist.data.strokes.further import shows_digits, with_drawn
from numnist.model.limits import check_description
from numnist.model.model import Model
from numnist.nn import INITIALIZERS, LAYERS
from numnist.nn.dense import Dense
from numnist.nn.losses import SoftmaxCrossEntropy, has_background
from numnist.nn.sequential import Sequential
from numnist.support.checks import instance, pair, whole
from numnist.support.errors import UsageError
from numnist.support.format import value_text
from numnist.support.reading import from_toml, read_text
from numnist.support.serialisation import from_dict, suggest, to_dict
from numnist.training.settings import Settings, integer, setting

DEFAULT = "quick"
FOLDER = Path(__file__).parent / "recipes"
MOST_BYTES = 1 << 17  # of a recipe or config.toml
count = partial(whole, least=0)


def string(value: Any, what: str) -> None:
    """Check that a file can hold the value as text: names of files need not be UTF-8."""
    instance(value, what, str)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"{what} is {value!a}, which is not UTF-8, so that no recipe can name it: rename the file or folder."
        ) from None


@dataclass(frozen=True)
class Task:
    """What a recipe trains, and on which data set; its first fields."""

    name: str = field(metadata={"check": string})
    title: str = field(metadata={"check": string})
    dataset: str = field(metadata={"check": string})
    network: Sequential


@dataclass(frozen=True)
class Recipe(Settings, Task):
    """Everything that decides a run but the pictures themselves: the settings of its training, and what is trained.

    normalization: "global", "pixel" or "unit", see Normalization.
    validation: how many training pictures are kept for validation, None for the data set's default.
    size: (height, width) to which a folder of pictures is resized.
    preparation: "digits", "photo" or "plain", how your own pictures are prepared; None leaves arrays as they are.
    label_column, skip_broken: how files of your own are read, see ReadOptions.
    pictures: how many training pictures are used, the first ones; None for all.
    drawn: how many digits that numnist draws are trained on besides, in rare hands and with odd pens.
    outliers: how many drawn pictures of no digit, which the model learns to tell; they need loss.background.
    overfit: stop as soon as all training pictures are classified correctly, which is seen after each epoch.
    published: the result that the project which the recipe repeats reports, in its own figures.
    """

    _: KW_ONLY
    normalization: str = setting("global", string)
    validation: int | None = setting(None, integer)
    size: tuple[int, int] | None = setting(None, pair)
    preparation: str | None = setting(None, string)
    label_column: str | None = setting(None, string)
    skip_broken: bool = setting(False, partial(instance, kind=bool))
    pictures: int | None = setting(None, whole)
    drawn: int = setting(0, count)
    outliers: int = setting(0, count)
    overfit: bool = setting(False, partial(instance, kind=bool))
    published: str = setting("", string)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.overfit and self.patience is not None:
            raise UsageError(
                "overfit stops when all training pictures are learnt, patience when validation accuracy does not rise: "
                "leave one of them out."
            )
        if self.background != bool(self.outliers):
            raise UsageError(
                f"loss.background is {self.background}, but outliers is {self.outliers}: to learn what is no digit "
                "needs both, as in loss.background=true outliers=10000."
            )

    def load_data(self, **more: Any) -> Dataset:
        """The data set that it names, read as it says, with what is drawn besides where it shows digits.

        more: data_dir, offline, progress, see `load`
        """
        data = load(
            self.dataset, validation=self.validation, size=self.size, preparation=self.preparation,
            label_column=self.label_column, skip_broken=self.skip_broken, **more,
        )  # fmt: skip
        data = data if self.pictures is None else data.first(self.pictures)
        return with_drawn(data, self.drawn, self.outliers)

    def model(self, data: Dataset) -> Model:
        """A fresh model for this data."""
        return Model(self.network, data, seed=self.seed, normalization=self.normalization, background=self.background)

    @property
    def background(self) -> bool:
        """Whether the model learns to tell pictures of no class."""
        return has_background(self.loss)

    def to_dict(self) -> dict[str, Any]:
        """As a table for TOML; fields that are None are left out."""
        table = to_dict(self)
        del table["type"]
        return table | {"network": table["network"]["layers"]}

    def _repr_html_(self) -> str:
        """What a notebook shows: every field by its name, and the layers."""
        from numnist.support.notebook import facts, shown, table

        values = {each.name: getattr(self, each.name) for each in fields(self)}
        told = ("name", "title", "network")
        known = {name: value_text(v) for name, v in values.items() if name not in told and v is not None}
        layers = [(str(i), repr(layer)) for i, layer in enumerate(self.network.layers)]
        return shown(f"Recipe {self.name}", self.title, table(("", "layer"), layers), facts(known))

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """The recipe of such a table; missing fields take their defaults.  Raises UsageError naming the field."""
        values = dict(table)
        known = {f.name: f for f in fields(cls)}
        for name in values:
            if name not in known:
                raise UsageError(f"unknown field {name!r}{suggest(name, known)}; there are {', '.join(known)}.")
        for name, each in known.items():
            if name in values and each.metadata.get("table"):
                values[name] = from_dict(values[name], each.metadata["table"], name)
            elif name not in values and each.default is MISSING:
                raise UsageError(f"a recipe needs {name!r}.")
        layers = values["network"]
        if not isinstance(layers, list):
            raise UsageError(f"network must be a list of layers, but is {layers!r}.")
        check_description(layers)
        values["network"] = Sequential(
            *(from_dict(layer, LAYERS | INITIALIZERS, f"network[{i}]") for i, layer in enumerate(layers))
        )
        if "size" in values:
            size = values["size"]
            values["size"] = pair(tuple(size) if isinstance(size, list) else size, "size")
        return cls(**values)

    def for_classes(self, count: int) -> Recipe:
        """The recipe with as many logits as there are classes, where its network ends in a Dense layer."""
        *before, last = self.network.layers
        if not isinstance(last, Dense) or last.units == count:
            return self
        return replace(self, network=Sequential(*before, replace(last, units=count)))

    def for_data(self, data: Dataset) -> Recipe:
        """The recipe with a logit for each class, and without drawn pictures where the data shows no digits."""
        recipe = self.for_classes(len(data.classes))
        return recipe if shows_digits(data) else recipe.without_drawn()

    def without_drawn(self) -> Recipe:
        """The recipe without drawn digits and outliers."""
        loss = replace(self.loss, background=False) if isinstance(self.loss, SoftmaxCrossEntropy) else self.loss
        return replace(self, drawn=0, outliers=0, loss=loss)

    def on(self, dataset: str) -> Recipe:
        """The recipe on another data set, with that one's default number of validation pictures."""
        dataset = str(canonical_name(dataset))
        return self if dataset == self.dataset else replace(self, dataset=dataset, validation=None)

    def override(self, **values: Any) -> Recipe:
        """The recipe with some fields changed; values that are None change nothing."""
        return replace(self, **{name: value for name, value in values.items() if value is not None})


def recipes() -> list[Recipe]:
    """All recipes that come with numnist, sorted by name, the default first."""
    return sorted(map(read_recipe, FOLDER.glob("*.toml")), key=lambda recipe: (recipe.name != DEFAULT, recipe.name))


def load_recipe(name: str | Path) -> Recipe:
    """A recipe by its name, or from a .toml file of your own.  Raises UsageError if it is missing or wrong."""
    if Path(name).suffix == ".toml":
        return read_recipe(Path(name))
    path = FOLDER / f"{name}.toml"
    if not str(name).replace("-", "").isalnum() or not path.is_file():
        names = [recipe.name for recipe in recipes()]
        raise UsageError(
            f"there is no recipe {str(name)!r}{suggest(str(name), names)}; there are {', '.join(names)}. "
            "Give one of these, or a .toml file of your own."
        )
    return read_recipe(path)


def read_recipe(path: Path) -> Recipe:
    """A recipe from a file, which is named after the file unless it gives another name."""
    try:
        table = from_toml(read_text(path, MOST_BYTES))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the recipe cannot be read: {error}.") from error
    except ValueError as error:
        raise UsageError(f"{path}: this is not TOML: {error}.") from error
    table.pop("environment", None)  # what a run folder's config.toml adds
    try:
        return Recipe.from_dict({"name": path.stem, "title": path.stem} | table)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    except RecursionError:
        raise UsageError(f"{path}: it is nested too deeply.") from None
