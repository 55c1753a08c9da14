"""numnist resume: go on with a run that was stopped, or give a finished one more epochs."""

from __future__ import annotations

from pathlib import Path

from numnist.cli.shared.options import DataDir, Json, Offline, Report, Threads
from numnist.cli.shared.printing import note


def resume(
    run: Path,
    /,
    *,
    epochs: int | None = None,
    threads: Threads = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    report: Report = True,
    json: Json = False,
) -> int:
    """Go on with a run exactly from where it was stopped; the result has the bits that never stopping would give.

    Parameters
    ----------
    run
        The run folder.
    epochs
        Train up to that many in all, instead of what the run was made for.
    """
    from numnist.cli.shared.choices import find_recipe_data
    from numnist.cli.shared.training import finish
    from numnist.experiment.recipe import read_recipe
    from numnist.experiment.run import Run, read_config

    read_config(run)  # says it plainly where this is no run
    recipe = read_recipe(run / "config.toml")
    data = find_recipe_data(recipe, data_dir, offline)
    if epochs is not None and epochs != recipe.epochs and recipe.schedule.needs_total:
        note(
            "Note",
            f"{recipe.schedule!r} depends on the number of epochs: the learning rate goes on as in a run of {epochs}, "
            f"though the epochs so far followed one of {recipe.epochs}.",
        )
    return finish(Run.open(run, data, epochs), threads, json, report)
