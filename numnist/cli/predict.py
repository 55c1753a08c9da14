from __future__ import annotations

from pathlib import Path

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import result_json, table
from numnist.support.errors import UsageError
from numnist.support.format import percent


def predict(*images: Path, model: Path | None = None, json: Json = False) -> None:
    """Classify pictures, each prepared as the model's training pictures were.

    Args:
        images: Picture files (PNG, JPEG, ...), of any size, dark on light or light on dark.
        model: A model file, run folder, or pretrained model (digits, fashion); the newest finished run under ./runs by
            default, else the pretrained digits.
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
        return
    rows = []
    for p in predictions:
        others = ", ".join(f"{other['label']} {percent(other['probability'], 1)}" for other in p["top"][1:])
        drawn = (p["label"], percent(p["probability"], 1)) if p["label"] else ("nothing drawn", "")
        rows.append((p["file"], *drawn, others))
    table(("file", "prediction", "probability", "next best"), rows, right=("probability",))
