"""numnist show history | compare: figures of runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from numnist.cli.shared.figure_output import FIGURE, AsText, FigureOptions
from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import console, result_json

if TYPE_CHECKING:
    from numnist.experiment.history import History


def history_(*runs: Path, figure: FigureOptions = FIGURE, text: AsText = False, json: Json = False) -> None:
    """Draw loss and accuracy of one or more runs overlaid: the batches, their running mean, and validation.

    Several runs are labelled by how their recipes differ. The batches are drawn faintly, of at most three runs. A ring
    is the validation after an epoch.

    Args:
        runs: Run folders; the newest run by default.
    """
    from numnist.experiment.history import differences

    figure.check(not (text or json))
    found = _histories(runs)
    histories = list(found.values())
    labels = differences(histories)
    names = [label if labels.count(label) == 1 else str(run) for label, run in zip(labels, found)]
    if json:
        result_json(
            {
                str(run): {"epochs": list(history.epochs), "steps": [vars(line) for line in history.steps]}
                for run, history in found.items()
            }
        )
    elif text:
        from numnist.report.figures import terminal

        for what in ("loss", "accuracy"):
            for kind in ("training", "validation"):
                curves = {name: getattr(history, kind)(what) for name, history in zip(names, histories)}
                if shown := {name: curve for name, curve in curves.items() if curve}:
                    terminal.chart(console(), shown, f"{kind} {what}", percent=what == "accuracy")
    else:
        from numnist.report.figures.curves import history_figure

        heading = ("History", _detail(histories))
        figure.save_or_show(lambda theme: history_figure(theme, histories, names, heading), "history")


def compare_(*runs: Path, figure: FigureOptions = FIGURE, json: Json = False) -> None:
    """Draw the training loss of several runs, labelled by how their recipes differ, and the accuracy of each.

    Made for comparing optimizers: train one recipe with several, as in `numnist train mlp-quick --optimizer SGD`.

    Args:
        runs: Run folders.
    """
    from numnist.experiment.history import differences

    figure.check(not json)
    found = _histories(runs)
    histories = list(found.values())
    labels = differences(histories)
    if json:
        records = (
            {"run": str(run), "label": label, "loss": history.curve("loss")} | history.reached()
            for label, (run, history) in zip(labels, found.items())
        )
        result_json(list(records))
        return
    from numnist.report.figures.curves import comparison_figure

    heading = ("Comparison", _detail(histories))
    figure.save_or_show(lambda theme: comparison_figure(theme, histories, labels, heading), "compare")


def _histories(runs: Sequence[Path]) -> dict[Path, History]:
    """The history of each run; of the newest run by default."""
    from numnist.experiment.folder import newest_run
    from numnist.experiment.history import read_history
    from numnist.support.errors import UsageError

    newest = newest_run()
    if newest is not None:
        runs = runs or [newest]
    if not runs:
        raise UsageError("which runs? ./runs has none: give run folders, or train one with `numnist train`.")
    return {run: read_history(run) for run in runs}


def _detail(histories: Sequence[History]) -> str:
    """The number of runs, with their recipes and data sets."""
    recipes = sorted({history.recipe.name for history in histories})
    data = sorted({Path(history.recipe.dataset).name for history in histories})
    return f"{len(histories)} run{'s' * (len(histories) > 1)} of {', '.join(recipes)} on {', '.join(data)}"
