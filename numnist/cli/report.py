from __future__ import annotations

from pathlib import Path

from numnist.cli.shared.options import DATA, DataOptions, Json, MovedData, Threads
from numnist.cli.shared.printing import note, result, result_json


def report(
    run: Path,
    /,
    *,
    dataset: MovedData = None,
    threads: Threads = None,
    source: DataOptions = DATA,
    json: Json = False,
) -> None:
    """Rewrite a run's report: one HTML file with curves, mistakes and how to repeat the run.

    It needs the run's training data. The report of an interrupted run shows what is known so far.

    Args:
        run: The run folder; the report is its report.html.
    """
    from numnist.cli.shared.data import find_recipe_data
    from numnist.cli.shared.overrides import with_moved_data
    from numnist.experiment.history import read_history
    from numnist.experiment.recipe import read_recipe
    from numnist.report.page.html import write_report

    read_history(run)  # a clear error if this is not a run, or has no finished epoch
    data = find_recipe_data(with_moved_data(read_recipe(run / "config.toml"), dataset), source, json)
    note("Data", f"{data.name}, from {data.source}")
    path = write_report(run, data, threads)
    if json:
        result_json({"run": str(run), "report": str(path)})
    else:
        result(f"Report    {path}")
