"""A small run for tests, which takes a fraction of a second."""

from __future__ import annotations

from pathlib import Path

from numnist import AdamW, Recipe
from numnist.experiment.run import Run
from tests.small import AUGMENT, CONV, dataset

RECIPE = Recipe(
    "tiny", "a title", "bands", CONV, AdamW(0.01), augment=AUGMENT, epochs=3, batch_size=32, average=0.9, clip_norm=1.0
)
STEPS = -(-len(dataset().train) // RECIPE.batch_size)
FOLDER = Path("runs/a")


def finished(folder=FOLDER, recipe=RECIPE, **options):
    """A run trained and judged, and its result."""
    run = Run.create(recipe, dataset(), folder, **options)
    list(run.events())
    return run, run.evaluate()


def names(folder=FOLDER):
    return sorted(path.name for path in folder.iterdir())
