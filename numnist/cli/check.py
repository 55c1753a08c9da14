from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import console, result_json


def check(
    file: Path,
    /,
    *,
    seconds: Annotated[float, Parameter(name="--seconds")] = 10.0,
    json: Json = False,
) -> int:
    """Check your solution of an exercise: what is wrong, in which case and in which line; exit code 1 if anything is.

    Your file is run as `python FILE` would run it, and its functions are called with small numbers: first such as you
    can follow by hand, then random ones. Everything that `numnist exercise` knows is checked, whichever functions of it
    the file has. What your file prints goes to stderr.

    Args:
        file: The Python file.
        seconds: How long one call of a function may take.
    """
    from dataclasses import asdict

    from numnist.exercises.process import check_file
    from numnist.exercises.report import page
    from numnist.explain.document import Printer
    from numnist.support.checks import within

    checked = check_file(file, within(seconds, "--seconds", 0.1, 3600))
    ok = all(each.ok for each in checked)
    if json:
        record = [
            {"exercise": each.exercise, "ok": each.ok, "findings": [asdict(f) | {"ok": f.ok} for f in each.findings]}
            for each in checked
        ]
        result_json({"file": str(file), "ok": ok, "checked": record})
    else:
        Printer(console()).page(page(file, checked))
    return 0 if ok else 1
