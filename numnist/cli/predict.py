"""numnist predict: classify picture files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import result_json, table
from numnist.support.errors import UsageError
from numnist.support.format import percent


def predict(*images: Path, model: Path | None = None, json: Json = False) -> int:
    """Classify pictures, each prepared as the model's training pictures were.

    Args:
        images: Picture files (PNG, JPEG, ...), of any size, dark on light or light on dark.
        model: A model file, run folder, or ready model (digits, fashion); the newest finished run under ./runs by
            default, else the ready digits.
    """
    if not images:
        raise UsageError("which pictures? Give one or more files, as in: numnist predict digit.png")
    from numnist.cli.shared.models import find_model
    from numnist.data.formats.image import read_picture
    from numnist.model.predict import classify

    network = find_model(model)
    predictions = [{"file": str(path)} | classify(network, read_picture(path)) for path in images]
    if json:
        result_json(predictions)
        return 0
    rows = [
        (p["file"], p["label"] or "nothing drawn", percent(p["probability"], 1) if p["label"] else "", _others(p))
        for p in predictions
    ]
    table(("file", "prediction", "probability", "next best"), rows, right=("probability",))
    return 0


def _others(prediction: dict[str, Any]) -> str:
    return ", ".join(f"{p['label']} {percent(p['probability'], 1)}" for p in prediction["top"][1:])
