from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.printing import confirmed, note, result


def card(
    model: Path,
    /,
    *,
    to: Path | None = None,
    license_: Annotated[str | None, Parameter(name="--license")] = None,
    force: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Write a model card: README.md as model hubs want it, with YAML at its head.

    It says what was measured and how certain it is, on which data under which licence, how pictures are prepared, what
    the model refuses, its limits, and how to repeat it. Without --to it is printed.

    Args:
        model: A run folder, its model file, or a pretrained model: digits, fashion.
        to: The file to write, such as README.md.
        license_: The model's licence as hubs name it, such as apache-2.0; by default that of numnist for the pretrained
            models, and `unknown` for yours.
        force: Replace a file that is there already.
    """
    from numnist.report.card.card import card as written
    from numnist.support.errors import UsageError
    from numnist.support.files import write_atomically

    text = written(model, license_)
    if to is None:
        result(text.rstrip("\n"))
        return
    if to.is_dir():
        raise UsageError(f"{to} is a folder: give a file, as in {to / 'README.md'}.")
    if to.exists() and not force and not confirmed(f"{to} is there already. Replace it?"):
        raise UsageError(f"{to} is there already: give another --to, or --force to replace it.")
    write_atomically(to, text.encode())
    result(f"Card      {to}")
    note("Next", "read it, and add what only you know: where your pictures are from, and what the model is for")
