"""The figures of `numnist show` from Python: each function returns a matplotlib figure, which a notebook shows.

    from numnist import show

    show.mistakes(model, data.test)                     in a notebook, the picture
    show.mistakes(model, data.test).savefig("a.png")    in a program, a file

dark=True draws light on dark.  matplotlib is imported when a figure is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numnist.data.dataset import Dataset, Split
from numnist.evaluation.metrics import Evaluation, evaluate
from numnist.experiment.history import History, TrainingCurves, differences, read_history
from numnist.model.model import Model, load_model
from numnist.report.figures.theme import DARK, LIGHT, Theme
from numnist.support.checks import instance, whole
from numnist.support.errors import UsageError
from numnist.training.events import Epoch
from numnist.training.find_rate import RateCurve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Run = str | os.PathLike[str] | Sequence[Epoch]  # a run folder, or what `fit` returns
SPLITS = ("train", "validation", "test")


def data(data: Dataset, split: str = "train", *, each: int = 12, dark: bool = False) -> Figure:
    """A row of pictures for each class.   split: train, validation or test;  each: pictures in a row"""
    from numnist.report.figures.pictures import examples

    instance(data, "data", Dataset)
    if split not in SPLITS:
        raise UsageError(f"split is {split!r}, but must be one of {', '.join(SPLITS)}.")
    chosen: Split = getattr(data, split)
    C, H, W = data.shape
    size = f"{H}×{W}{' in colour' if C == 3 else ''}"
    heading = (data.name, f"{len(chosen):,} {split} pictures of {size}, {len(data.classes)} classes")
    return examples(_theme(dark), chosen, data.classes, heading, whole(each, "each"))


def predictions(
    model: Model | Evaluation, split: Split | None = None, *, count: int = 24, dark: bool = False
) -> Figure:
    """The first pictures of a split, each with the prediction, its probability, and the label where that differs.

    model: with the split, or its Evaluation.   count: pictures
    """
    from numnist.report.figures.pictures import cards

    whole(count, "count")
    found = evaluate(model, split[:count]) if isinstance(model, Model) and split is not None else _of(model, split)
    shown = found.predictions(range(min(count, found.count)))
    right = sum(each.correct for each in shown)
    return cards(_theme(dark), shown, ("Predictions", f"{right} of the first {len(shown)} pictures correct"))


def mistakes(model: Model | Evaluation, split: Split | None = None, *, count: int = 40, dark: bool = False) -> Figure:
    """Misclassified pictures, the most confident mistakes first.

    model: with the split, or its Evaluation.   count: pictures at most.   Where there are none, the figure says so.
    """
    from numnist.report.figures.pictures import cards

    found = _of(model, split)
    worst = found.predictions(found.worst_mistakes(whole(count, "count")))
    detail = f"{found.errors:,} of {found.count:,} pictures misclassified"
    if len(worst) < found.errors:
        detail += f"; the {len(worst)} most confident"
    return cards(_theme(dark), worst, ("Mistakes", detail))


def confusion(model: Model | Evaluation, split: Split | None = None, *, dark: bool = False) -> Figure:
    """The confusion matrix: rows are the labels, columns the predictions.   model: with the split, or its Evaluation"""
    from numnist.report.figures.confusion_matrix import confusion_figure

    found = _of(model, split)
    return confusion_figure(_theme(dark), found, ("Confusion", str(found)))


def activations(model: Model, picture: Any, *, dark: bool = False) -> Figure:
    """Every layer's output for one picture, down to the probabilities.

    picture: as the network takes it, (H, W) or (C, H, W); or the file of a picture of your own, which is prepared.
    """
    import numpy as np

    from numnist.interpret.trace import trace
    from numnist.model.predict import prepared
    from numnist.report.figures.activations import activations_figure

    instance(model, "model", Model)
    x = prepared(model, Path(picture)) if isinstance(picture, str | os.PathLike) else np.asarray(picture)
    checked = model.check_pictures(x[None])
    return activations_figure(_theme(dark), checked[0], trace(model, checked), model, ("Activations", _size(model)))


def filters(model: Model | str | os.PathLike[str], *, units: int = 16, dark: bool = False) -> Figure:
    """The first layer's weights before, during and after training.

    model: a Model, a model file, a pretrained model, or a run folder, which has stored some epochs' weights.
    units: the first so many, at most 32.
    """
    from numnist.experiment.filter_history import UNITS, filter_history, first_weights
    from numnist.report.figures.filters import filters_figure

    network, folder = (model, None) if isinstance(model, Model) else (load_model(Path(model)), Path(model))
    shown = {name: w[: min(whole(units, "units"), UNITS)] for name, w in filter_history(network, folder).items()}
    count = len(next(iter(shown.values())))
    heading = ("Filters", f"{count} of the first layer's {len(first_weights(network))} units")
    return filters_figure(_theme(dark), shown, heading)


def network(model: Model, *, dark: bool = False) -> Figure:
    """The architecture with its shapes, kernels and numbers of parameters."""
    from numnist.report.figures.architecture import network_figure

    instance(model, "model", Model)
    return network_figure(_theme(dark), model, ("Network", _size(model)))


def history(*runs: Run, dark: bool = False) -> Figure:
    """Loss and accuracy of one or more trainings, overlaid.   runs: run folders, or what `fit` returned"""
    from numnist.report.figures.curves import history_figure

    curves, names = _curves(runs)
    return history_figure(_theme(dark), curves, names, ("History", _count(len(runs))))


def compare(*runs: str | os.PathLike[str], dark: bool = False) -> Figure:
    """The training loss of several runs, labelled by how their recipes differ, and the accuracy that each reached."""
    from numnist.report.figures.curves import comparison_figure

    if not runs:
        raise UsageError("which runs? Give run folders, as in show.compare('runs/quick-1', 'runs/quick-2').")
    found = [read_history(Path(run)) for run in runs]
    return comparison_figure(_theme(dark), found, differences(found), ("Comparison", _count(len(runs))))


def rates(curve: RateCurve, *, dark: bool = False) -> Figure:
    """The loss at each learning rate, and the rate that is suggested.   curve: what `find_rate` returns"""
    from numnist.report.figures.rates import rates_figure

    instance(curve, "curve", RateCurve)
    return rates_figure(_theme(dark), curve, ("Learning rate", f"{curve.suggestion:.2g} is suggested"))


def _theme(dark: bool) -> Theme:
    return DARK if dark else LIGHT


def _of(model: Model | Evaluation, split: Split | None) -> Evaluation:
    """The evaluation that is given or asked for."""
    if isinstance(model, Evaluation):
        if split is not None:
            raise UsageError("an Evaluation has its pictures: leave the split out.")
        return model
    if split is None:
        raise UsageError("on which pictures? Give a split, as in show.mistakes(model, data.test).")
    return evaluate(model, split)


def _size(model: Model) -> str:
    from numnist.model.summary import totals

    return totals(model.plan, model.dtype)


def _count(runs: int) -> str:
    return f"{runs} training{'s' * (runs != 1)}"


def _curves(runs: Sequence[Run]) -> tuple[list[TrainingCurves], list[str]]:
    """The curves of each training, and its name: how a run's recipe differs, "training 2" of what `fit` returned."""
    if not runs:
        raise UsageError("which training? Give what fit returned, or a run folder, as in show.history('runs/quick-1').")
    curves: list[TrainingCurves] = []
    for run in runs:
        if isinstance(run, str | os.PathLike):
            curves.append(read_history(Path(run)))
        else:
            for epoch in run:
                instance(epoch, "each record of a training", Epoch)
            if not run:
                raise UsageError("this training has no epochs, so that there is nothing to draw.")
            curves.append(TrainingCurves(epochs=tuple(epoch.record() for epoch in run)))
    of_runs = [each for each in curves if isinstance(each, History)]
    labels = iter(differences(of_runs) if of_runs else ())
    names = [next(labels) if isinstance(each, History) else f"training {i}" for i, each in enumerate(curves, 1)]
    return curves, names
