from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import confirmed, result, result_json, table


def exercise(
    name: str | None = None,
    /,
    *,
    out: Path | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Write an exercise: a Python file with a function of a neural network to complete.

    The file has the formulas, the shapes and the places to fill in; `numnist check` says what is wrong and where.
    Without a name, all are listed.

    Args:
        name: Such as dense-backward or adam-step.
        out: The file to write; by default the exercise's name in this folder.
        force: Replace a file that is there already.
    """
    from numnist.exercises.catalog import EXERCISES, exercise_named, write_exercise

    if name is None:
        if json:
            result_json([{"name": each.name, "title": each.title} for each in EXERCISES.values()])
        else:
            table(("exercise", "what to write"), [(each.name, each.title) for each in EXERCISES.values()])
        return
    chosen = exercise_named(name)
    path = out or Path(f"{chosen.function}.py")
    replace = force or (path.is_file() and confirmed(f"{path} is there already, and may hold your work. Replace it?"))
    write_exercise(chosen, path, replace=replace)
    if json:
        result_json({"name": chosen.name, "file": str(path)})
    else:
        result(f"Exercise  {path}")
        result(f"Next      complete it, then: numnist check {path}")
