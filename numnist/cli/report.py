"""numnist report: write a run's report again."""

from __future__ import annotations

from pathlib import Path

from numnist.cli.shared.options import DataDir, Json, Offline, Threads
from numnist.cli.shared.printing import note, result, result_json


def report(
    run: Path,
    /,
    *,
    threads: Threads = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    json: Json = False,
) -> int:
    """Write a run's report again: one HTML file with curves, mistakes and how to repeat the run.

    It needs the data that the run was trained on. Of a run that was stopped it shows what is known so far.

    Parameters
    ----------
    run
        The run folder; the report is its report.html.
    """
    from numnist.cli.shared.choices import find_recipe_data
    from numnist.experiment.recipe import read_recipe
    from numnist.report.histories import read_history
    from numnist.report.page.html import write_report

    read_history(run)  # says it plainly where this is no run, or nothing is known of it yet
    data = find_recipe_data(read_recipe(run / "config.toml"), data_dir, offline)
    note("Data", f"{data.name}, from {data.source}")
    path = write_report(run, data, threads)
    if json:
        result_json({"run": str(run), "report": str(path)})
        return 0
    result(f"Report    {path}")
    return 0
