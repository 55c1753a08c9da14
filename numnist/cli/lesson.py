from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from numnist.cli.shared.options import DATA, DataOptions, DatasetName, Json, Threads
from numnist.cli.shared.printing import console, error, note, result, result_json


def lesson(
    number: int | None = None,
    /,
    *,
    out: Annotated[Path | None, Parameter(name="--out")] = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    dark: Annotated[bool, Parameter(negative="")] = False,
    dataset: DatasetName = None,
    threads: Threads = None,
    source: DataOptions = DATA,
    json: Json = False,
) -> int:
    """Take a lesson: it runs now, quotes the library's source, and measures on this machine.

    0 classifies digits with trained weights; 1 trains by numerical gradients; 2 by backpropagation; 3 compares
    optimizers, initial weights, batch norm and dropout; 4 trains a convolutional network. Without a number, all are
    listed. Exit code 1 if two ways of computing the same numbers disagree.

    Args:
        number: 0 to 4.
        out: A .png or .svg file for the learning curves of lesson 2, 3 or 4.
        force: Replace that file if it is there already.
        dark: Draw them light on dark.
    """
    from numnist.cli.shared.data import find_data_or_strokes
    from numnist.cli.shared.figure_output import check_out
    from numnist.cli.shared.overrides import with_dataset
    from numnist.experiment.recipe import load_recipe
    from numnist.explain.document import Printer, Table
    from numnist.lessons import DRAWN, LESSONS, Curves, LessonContext, Measurement, lesson as take
    from numnist.report.figures.theme import DARK, LIGHT, save
    from numnist.support.errors import UsageError
    from numnist.support.malloc import keep_freed_pages

    if out is not None:
        if number not in DRAWN:
            *some, last = map(str, DRAWN)
            raise UsageError(f"--out draws the learning curves of a lesson that trains: {', '.join(some)} or {last}.")
        check_out(out, force)
    if number is None:
        if json:
            result_json({n: title for n, (_, title) in LESSONS.items()})
        else:
            rows = tuple((f"numnist lesson {n}", title) for n, (_, title) in LESSONS.items())
            Printer(console())(Table(("command", "what it shows"), rows, right=()))
        return 0
    if number not in LESSONS:
        raise UsageError(f"there is no lesson {number}; there are {', '.join(map(str, LESSONS))}.")
    keep_freed_pages()
    recipe = with_dataset(load_recipe(f"lesson-{number}"), dataset)
    data, recipe = find_data_or_strokes(recipe, source, may_draw=dataset is None, quiet=json)
    note("Data", f"{data.name}, {data.source}")
    record: dict[str, Any] = {"lesson": number, "dataset": data.name, "recipe": recipe.name}
    printer, drawn = Printer(console()), []
    for part in take(number, LessonContext(recipe, data, threads)):
        if isinstance(part, Measurement):
            record[part.name] = part.figures
        elif isinstance(part, Curves):
            drawn.append(part)
        elif not json:
            printer(part)
    if out is not None:
        from numnist.report.figures.curves import panels_figure

        heading = (f"Lesson {number}: {LESSONS[number][1]}", f"on {data.name}")
        save(panels_figure(DARK if dark else LIGHT, drawn, heading), out)
        if not json:
            result(f"Figure    {out}")
    if json:
        result_json(record)
    differ = [name for name, figures in record.items() if isinstance(figures, dict) and not figures.get("equal", True)]
    for name in differ:
        what = "two ways of computing the same numbers differ by more than rounding: please report this."
        error(f"lesson {number}, {name}: {what}")
    return 1 if differ else 0
