"""numnist predict: read pictures from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import result_json, table
from numnist.support.errors import UsageError


def predict(*images: Path, model: Path | None = None, json: Json = False) -> int:
    """Read pictures: each is prepared as the model's training pictures were, then classified.

    Parameters
    ----------
    images
        Picture files (PNG, JPEG, ...), of any size, dark on light or light on dark.
    model
        A model file, run folder, or ready model (digits, fashion); the newest finished run under ./runs by default,
        else the ready digits.
    """
    if not images:
        raise UsageError("which pictures? Give one or more files, as in: numnist predict digit.png")
    from numnist.cli.shared.models import chosen_model
    from numnist.data.formats.image import read_picture
    from numnist.model.predict import read

    network = chosen_model(model)
    answers = [{"file": str(path)} | read(network, read_picture(path)) for path in images]
    if json:
        result_json(answers)
        return 0
    rows = [
        (a["file"], a["label"] or "nothing drawn", f"{100 * a['probability']:.1f}%" if a["label"] else "", _others(a))
        for a in answers
    ]
    table(("file", "answer", "probability", "else"), rows, right=("probability",))
    return 0


def _others(answer: dict[str, Any]) -> str:
    return ", ".join(f"{a['label']} {100 * a['probability']:.1f}%" for a in answer["top"][1:])
