from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import confirmed, result, result_json


def export(
    model: Path,
    /,
    *,
    to: Path,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Write a model as a file that needs neither numnist nor Python.

    `.html` is one page that reads what you draw and pictures of your own. It opens from disk, without a network, also
    on a phone: `numnist export digits --to digits.html`.

    Args:
        model: A model file, a run folder, or a pretrained model: digits, fashion.
        to: The file to write; its ending says what.
        force: Replace a file that is there already.
    """
    from numnist.export.formats import check_format, export_model

    check_format(to)
    replace = force or (to.is_file() and confirmed(f"{to} is there already. Replace it?"))
    path = export_model(model, to, replace=replace)
    size = path.stat().st_size
    if json:
        result_json({"model": str(model), "file": str(path), "bytes": size})
    else:
        result(f"Exported  {path}, {size / 1e6:.2f} MB")
        result("Next      open it in a browser, or send it to a phone: it needs nothing else")
