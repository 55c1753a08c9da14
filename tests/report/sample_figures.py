"""Sample figures: one of each kind, made of small things, and a figure as pixels."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from numnist import Model, Settings, Split, evaluate, find_rate
from numnist.evaluation.metrics import Prediction
from numnist.experiment.filter_history import first_weights
from numnist.experiment.history import Curve, History
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.experiment.steps import StepLog
from numnist.interpret.trace import trace
from numnist.lessons import Curves
from numnist.report.figures.activations import activations_figure
from numnist.report.figures.architecture import network_figure
from numnist.report.figures.confusion_matrix import confusion_figure
from numnist.report.figures.curves import comparison_figure, history_figure, panels_figure
from numnist.report.figures.filters import filters_figure
from numnist.report.figures.pictures import cards, examples
from numnist.report.figures.rates import rates_figure
from numnist.report.figures.theme import Theme, png
from tests.small import CONV, MLP, dataset

MLP_QUICK = load_recipe("mlp-quick")
HEADING = ("A title", "and what it is of")


def pixels(figure: Any) -> np.ndarray:
    """(H, W, 3) uint8, as it is written to a PNG."""
    return np.asarray(Image.open(io.BytesIO(png(figure))).convert("RGB"))


def colours(figure: Any) -> int:
    """How many there are in it."""
    return len(np.unique(pixels(figure).astype(np.int64) @ [1 << 16, 1 << 8, 1]))


def history(
    seed: int = 0, epochs: int = 3, name: str = "run", recipe: Recipe = MLP_QUICK, epoch_steps: int = 0
) -> History:
    """A run that never was, with that many epochs done;  epoch_steps: of each, 0 where steps are not known."""
    rng = np.random.default_rng(seed)
    names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
    lines = tuple({n: float(rng.uniform(0.5, 0.9)) for n in names} | {"epoch": e + 1} for e in range(epochs))
    log = StepLog(epoch_steps)
    for step in range(1, epochs * epoch_steps + 1):
        log.add(step, float(rng.uniform(0.5, 0.9)), float(rng.uniform(0.5, 0.9)))
    return History(name=name, recipe=recipe, epochs=lines, test=(0.9, 0.88, 0.92), steps=tuple(log.lines()))


def _panels(seed: int) -> list[Curves]:
    """Three panels: more than a row."""
    rng = np.random.default_rng(seed)
    steps = {name: Curve.by_step(rng.uniform(0.1, 3, 40).tolist()) for name in ("a", "a long name")}
    return [
        Curves("Steps", steps, "step"),
        *(Curves("Loss", {"one": Curve.by_epoch([3.0, 1.0])}, "epoch") for _ in "ab"),
    ]


def model(seed: int = 0, network: Any = CONV) -> Model:
    return Model(network, dataset(), seed=seed)


def predictions(model: Model, split: Split, count: int) -> list[Prediction]:
    """Of the first pictures of a split."""
    return evaluate(model, split).predictions(range(count))


def _activations(theme: Theme, seed: int) -> Any:
    x, found = dataset().test.x[0], model(seed)
    return activations_figure(theme, x, trace(found, x[None]), found, HEADING)


def _rates(theme: Theme, seed: int) -> Any:
    curve = find_rate(model(seed, MLP), dataset(), Settings(batch_size=32, seed=seed), steps=40)
    return rates_figure(theme, curve, HEADING)


def _filters(theme: Theme, seed: int) -> Any:
    return filters_figure(theme, {"start": first_weights(model(seed)), "trained": first_weights(model(9))}, HEADING)


FIGURES: dict[str, Callable[[Theme, int], Any]] = {
    "examples": lambda theme, seed: examples(theme, dataset().train[seed:], dataset().classes, HEADING, 3),
    "cards": lambda theme, seed: cards(theme, predictions(model(seed), dataset().test, 9), HEADING, columns=4),
    "confusion": lambda theme, seed: confusion_figure(theme, evaluate(model(seed), dataset().test), HEADING),
    "rates": _rates,
    "history": lambda theme, seed: history_figure(theme, [history(seed)], ["run"], HEADING),
    "steps": lambda theme, seed: history_figure(theme, [history(seed, epoch_steps=50)], ["run"], HEADING),
    "panels": lambda theme, seed: panels_figure(theme, _panels(seed), HEADING),
    "comparison": lambda theme, seed: comparison_figure(theme, [history(seed), history(8)], ["a", "b"], HEADING),
    "activations": _activations,
    "filters": _filters,
    "network": lambda theme, seed: network_figure(theme, model(0, (CONV, MLP)[seed]), HEADING),
}
