"""The learning rate that was found for a run before its first step: rate.json of its folder."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from pathlib import Path

from numnist.data.dataset import Dataset
from numnist.experiment.recipe import Recipe
from numnist.model.model import Model
from numnist.support.errors import ModelFileError
from numnist.support.files import write_atomically
from numnist.training.find_rate import RateCurve, find_rate

FILE = "rate.json"


def with_found_rate(recipe: Recipe, model: Model, data: Dataset, threads: int | None) -> tuple[Recipe, RateCurve]:
    """The recipe with the learning rate that suits it, in two digits as people write it, and the curve that says so.

    Raises what `find_rate` raises.
    """
    curve = find_rate(model, data, recipe, threads=threads)
    return replace(recipe, optimizer=replace(recipe.optimizer, learning_rate=curve.rounded)), curve


def write_rate(folder: Path, curve: RateCurve) -> None:
    """Write rate.json."""
    record = {"schema": "numnist.rate/1", "suggestion": curve.suggestion, **asdict(curve)}
    write_atomically(folder / FILE, (json.dumps(record) + "\n").encode())


def read_rate(folder: Path) -> RateCurve | None:
    """The curve in a run's folder, None where the rate was given.  Raises ModelFileError for a broken file."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        curve = RateCurve(**{each.name: found[each.name] for each in fields(RateCurve)})
        series = [[float(value) for value in each] for each in (curve.rates, curve.losses, curve.smoothed)]
        if not series[0] or len({len(each) for each in series}) > 1 or not min(*series[0], curve.share) > 0:
            raise ValueError("its curves do not fit together")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path} cannot be read: {error}. Remove it: the report then leaves it out.") from error
    rates, losses, smoothed = map(tuple, series)
    return replace(curve, rates=rates, losses=losses, smoothed=smoothed)
