"""Which model a command works with: the one that was named, else the newest run here, else the ready `digits`."""

from __future__ import annotations

from pathlib import Path

from numnist.cli.printing import note
from numnist.model import Model
from numnist.modelfile import load_model


def chosen_model(given: Path | None) -> Model:
    """given: a model file, a run folder, or a ready model's name (see numnist.ready).  Raises ModelFileError."""
    return load_model(_default() if given is None else given)


def _default() -> Path:
    from numnist.runs import newest_run  # here, because it brings all of training with it

    run = newest_run()
    if run is None:
        note("Model", "the ready model digits, for there is no trained one under ./runs; --model names another")
        return Path("digits")
    note("Model", f"{run}, the newest run here")
    return run
