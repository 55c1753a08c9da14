"""Filter history: a network's first weights as pictures, as they change in training, in a run's filters.safetensors.

At most 32 units, after 0, 1, 2, 3, 5, 8, 13 ... epochs: some hundred kB, however long the run.  The trained weights are
in the model.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from numnist.experiment.recipe import Recipe
from numnist.model.about import table
from numnist.model.model import Model
from numnist.nn.base import Array
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense
from numnist.support.errors import ModelFileError, UsageError
from numnist.support.files import write_atomically

FILE = "filters.safetensors"
UNITS = 32
PREFIX = "epoch."


def first_weights(model: Model) -> Array:
    """The weights that are applied to the picture itself: (units, C, kh, kw), for a dense layer (units, C, H, W).

    Raises UsageError if another layer has changed the picture before the first weights.
    """
    for place, plan in model.plan.leaves():
        if "w" not in plan.params:
            continue
        w = model.parameters.arrays()[f"{place}.w".lstrip(".")]
        if isinstance(plan.layer, Conv2d) and plan.in_shape == model.in_shape:
            return w
        if isinstance(plan.layer, Dense) and w.shape[1] == np.prod(model.in_shape):
            return w.reshape(len(w), *model.in_shape)
        break
    raise UsageError(
        f"the first weights of {model.network!r} do not see the picture itself, so they have no picture: "
        "they can be shown where the first layer with weights is Conv2d, or Dense after Flatten."
    )


def is_recorded(epoch: int) -> bool:
    """Whether a run records the weights after so many epochs: after 0, 1, 2, 3, 5, 8, 13 ..."""
    a, b = 0, 1
    while a < epoch:
        a, b = b, a + b
    return a == epoch


def record_filters(folder: Path, model: Model, epoch: int) -> None:
    """Add the model's first weights to the run's file, if `is_recorded`, and they are applied to the picture itself."""
    from safetensors.numpy import save

    if not is_recorded(epoch):
        return
    try:
        weights = _small(first_weights(model))
        found = read_filters(folder)
    except UsageError:
        return
    except ModelFileError:  # a damaged file is no reason to stop training: begin a new one
        found = {}
    write_atomically(folder / FILE, save({f"{PREFIX}{n}": w for n, w in (found | {epoch: weights}).items()}))


def _small(weights: Array) -> Array:
    """The first units in half precision, which is more than a picture shows."""
    most = float(np.finfo(np.float16).max)
    return np.ascontiguousarray(np.clip(weights[:UNITS], -most, most), np.float16)


def read_filters(folder: Path) -> dict[int, Array]:
    """The recorded weights (units, C, kh, kw) by epochs done; empty without a file.  Raises ModelFileError."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = folder / FILE
    try:
        arrays = load(path.read_bytes())
        found = {int(name.removeprefix(PREFIX)): array for name, array in arrays.items()}
    except FileNotFoundError:
        return {}
    except (SafetensorError, ValueError, OSError) as error:
        raise ModelFileError(f"{path} cannot be read ({error}): remove it, the run does without it.") from error
    return dict(sorted(found.items()))


def filter_history(model: Model, folder: Path | None = None) -> dict[str, Array]:
    """The first weights as they changed, by name: "start", "epoch 1" ... "trained".

    folder: of the model's run, which has recorded them.  Without the start they are made again from the seed of the
    recipe in `model.about`; without a recipe only the trained weights are known.  Raises UsageError as `first_weights`.
    """
    trained = _small(first_weights(model))
    recorded = read_filters(folder) if folder is not None and folder.is_dir() else {}
    about = table(model.about, "recipe")
    if 0 not in recorded and about and (recipe := Recipe.from_dict(about)).network == model.network:
        start = Model(model.network, model.in_shape, seed=recipe.seed, dtype=model.dtype)
        recorded = {0: _small(first_weights(start))} | recorded
    found = {f"epoch {n}" if n else "start": w for n, w in recorded.items() if not np.array_equal(w, trained)}
    return found | {"trained": trained}
