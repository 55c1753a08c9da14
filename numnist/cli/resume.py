from __future__ import annotations

from pathlib import Path

from numnist.cli.shared.options import DATA, DataOptions, Json, Log, MovedData, Report, Threads
from numnist.cli.shared.printing import note


def resume(
    run: Path,
    /,
    *,
    epochs: int | None = None,
    dataset: MovedData = None,
    threads: Threads = None,
    log: Log = None,
    source: DataOptions = DATA,
    report: Report = True,
    json: Json = False,
) -> int:
    """Continue a run exactly from where it was stopped; the weights are those of an uninterrupted run, bit for bit.

    A run that is logged goes on in the same logs.

    Args:
        run: The run folder.
        epochs: Train up to that many epochs in all, instead of the recipe's number.
    """
    from numnist.cli.shared.data import find_recipe_data
    from numnist.cli.shared.overrides import with_moved_data
    from numnist.cli.shared.together import agreed, together
    from numnist.cli.shared.training import check_group, check_logs, train_to_end
    from numnist.experiment.folder import locked_folder, read_config
    from numnist.experiment.recipe import Recipe, read_recipe
    from numnist.experiment.run import Run

    def recorded() -> Recipe:
        read_config(run)  # a clear error if this is not a run
        with locked_folder(run):  # and if another process trains it, before the data is read
            pass
        return with_moved_data(read_recipe(run / "config.toml"), dataset)

    with together() as group:
        recipe = group.broadcast(recorded)
        check_group(recipe, group)
        agreed(group, lambda: check_logs(log or ()))
        data = agreed(group, lambda: find_recipe_data(recipe, source, json))

        def opened() -> Run:
            found = Run.open(run, data, epochs, recipe.dataset)
            if epochs is not None and epochs != recipe.epochs and recipe.schedule.needs_total:
                note(
                    "Note",
                    f"{recipe.schedule!r} depends on the number of epochs: from here it follows that of a run of "
                    f"{epochs}, while the epochs so far followed one of {recipe.epochs}; the result is not that of "
                    f"{epochs} epochs from the start.",
                )
            return found

        return train_to_end(opened, data, group, threads, json, report, log or ())
