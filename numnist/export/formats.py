"""Export: a model as a file that works where numnist is not.  The file's ending says which kind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from numnist.export.exported import Exported
from numnist.export.one_file import page
from numnist.model.model import Model
from numnist.support.errors import UsageError
from numnist.support.files import write_atomically

FORMATS: dict[str, Callable[[Exported], bytes]] = {".html": page}  # by the file's ending


def export_model(model: Model | str | os.PathLike[str], path: str | os.PathLike[str], *, replace: bool = False) -> Path:
    """Write a model as a file that needs neither numnist nor Python, and return the file's path.

    .html: one page that opens from disk, without a network, also on a phone. It has the model and all of the reading in
    plain JavaScript: drawings and pictures, the answer, what the network sees, and what each layer makes of it.

    model: a Model, a model file, a run folder, or the name of a pretrained model;  replace: a file that is there.
    Raises UsageError for an unknown ending, a file that is there, a model that such a file cannot hold (of features, or
    with layers that are not numnist's), and ModelFileError.
    """
    path = Path(path)
    write = _format(path)
    if path.is_dir():
        raise UsageError(f"{path} is a folder: give a file, as in {path / 'page.html'}.")
    if path.exists() and not replace:
        raise UsageError(f"{path} is there already: give another file, or say that it may be replaced (--force).")
    write_atomically(path, write(Exported.of(model)))
    return path


def check_format(path: Path) -> None:
    """Raise UsageError for an ending of no format, before any work is done."""
    _format(path)


def _format(path: Path) -> Callable[[Exported], bytes]:
    if path.suffix.lower() not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageError(f"{path}: the ending of the file says what to write, and may be {known}: name it so.")
    return FORMATS[path.suffix.lower()]
