"""Snapshots: a network's first weights as pictures, before training and as they change, in a run's filters.safetensors.

At most 32 units, after 0, 1, 2, 3, 5, 8, 13 ... epochs: some hundred kB, however long the run.  The model has the last.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.model.model import Model
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense
from numnist.support.errors import ModelFileError, UsageError
from numnist.support.files import write_atomically

Array = NDArray[Any]
FILE = "filters.safetensors"
UNITS = 32
PREFIX = "epoch."


def first_weights(model: Model) -> Array:
    """The weights that look at the picture itself, (units, C, kh, kw); of a dense layer each unit's is a whole picture.

    Raises UsageError where the first weights see something else.
    """
    for place, plan in model.plan.leaves():
        if "w" not in plan.params:
            continue
        w = model.arrays(model.theta)[f"{place}.w".lstrip(".")]
        if isinstance(plan.layer, Conv2d) and plan.in_shape == model.in_shape:
            return w
        if isinstance(plan.layer, Dense) and w.shape[1] == np.prod(model.in_shape):
            return w.reshape(len(w), *model.in_shape)
        break
    raise UsageError(
        f"the first weights of {model.network!r} do not see the picture itself, so there is no picture of them: "
        "they can be shown where the first layer with weights is Conv2d, or Dense after Flatten."
    )


def wanted(epoch: int) -> bool:
    """Whether the weights after so many epochs are kept: 0, 1, 2, 3, 5, 8, 13 ..."""
    a, b = 0, 1
    while a < epoch:
        a, b = b, a + b
    return a == epoch


def keep(folder: Path, model: Model, epoch: int) -> None:
    """Add the model's first weights to the run's snapshots; nothing where they are no pictures."""
    from safetensors.numpy import save

    try:
        weights = _small(first_weights(model))
    except UsageError:
        return
    try:
        found = snapshots(folder)
    except ModelFileError:  # pictures that are lost stop no training
        found = {}
    write_atomically(folder / FILE, save({f"{PREFIX}{n}": w for n, w in (found | {epoch: weights}).items()}))


def _small(weights: Array) -> Array:
    """The first units in half precision, which is more than eyes can tell."""
    most = float(np.finfo(np.float16).max)
    return np.ascontiguousarray(np.clip(weights[:UNITS], -most, most), np.float16)


def snapshots(folder: Path) -> dict[int, Array]:
    """Epochs done and the weights (units, C, kh, kw) then; none where the run kept none.  Raises ModelFileError."""
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


def moments(model: Model, folder: Path | None = None) -> dict[str, Array]:
    """The first weights by the moment's name, "start" ... "trained": those that the run in that folder kept.

    Where it did not keep the start, that is made again from the seed of the recipe that the model says it was made by;
    without one only the trained weights are known.  Raises UsageError as `first_weights`.
    """
    trained = _small(first_weights(model))
    kept = snapshots(folder) if folder is not None and folder.is_dir() else {}
    if 0 not in kept and (start := _initial(model)) is not None:
        kept = {0: start} | kept
    found = {f"epoch {n}" if n else "start": w for n, w in kept.items() if not np.array_equal(w, trained)}
    return found | {"trained": trained}


def _initial(model: Model) -> Array | None:
    """The first weights as the recipe's seed makes them, None where no recipe says so."""
    from numnist.experiment.recipe import Recipe  # here, because it brings all of training with it

    about = model.about.get("recipe")
    recipe = Recipe.from_dict(about) if about else None
    if recipe is None or recipe.network != model.network:
        return None
    return _small(first_weights(Model(model.network, model.in_shape, seed=recipe.seed, dtype=model.dtype)))
