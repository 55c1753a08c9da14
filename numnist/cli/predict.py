"""numnist predict: read pictures from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from numnist.cli.options import Json
from numnist.cli.printing import note, result_json, table
from numnist.data.pictures import read_picture
from numnist.errors import UsageError
from numnist.ink import prepare
from numnist.model import Model
from numnist.modelfile import load_model
from numnist.runs import newest_run

TOP = 3  # answers that are worth seeing


def predict(*images: Path, model: Path | None = None, json: Json = False) -> int:
    """Read pictures: each is prepared as the model's training pictures were, then classified.

    Parameters
    ----------
    images
        Picture files (PNG, JPEG, ...), of any size, dark on light or light on dark.
    model
        A model file or run folder; the newest finished run under ./runs by default.
    """
    if not images:
        raise UsageError("which pictures? Give one or more files, as in: numnist predict digit.png")
    network = load_model(_default_model() if model is None else model)
    answers = [read(network, path) for path in images]
    if json:
        result_json(answers)
        return 0
    rows = [
        (a["file"], a["label"] or "nothing drawn", f"{100 * a['probability']:.1f}%" if a["label"] else "", _others(a))
        for a in answers
    ]
    table(("file", "answer", "probability", "else"), rows, right=("probability",))
    return 0


def read(network: Model, path: Path) -> dict[str, Any]:
    """One picture's answer, in plain JSON types; the label of a blank one is None."""
    C, H, W = network.in_shape
    ink = prepare(read_picture(path), network.preparation, (C, H, W))
    answer: dict[str, Any] = {"file": str(path), "label": None, "probability": None, "top": []}
    if not ink.blank:
        probs = network.predict_proba(ink.picture.reshape(1, C, H, W))[0]
        order = np.argsort(-probs, kind="stable")[:TOP]
        answer["top"] = [{"label": network.classes[i], "probability": float(probs[i])} for i in order]
        answer |= answer["top"][0]
    return answer | {"preparation": {"kind": network.preparation} | ink.to_dict()}


def _others(answer: dict[str, Any]) -> str:
    return ", ".join(f"{a['label']} {100 * a['probability']:.1f}%" for a in answer["top"][1:])


def _default_model() -> Path:
    run = newest_run()
    if run is None:
        raise UsageError("there is no trained model under ./runs yet: run `numnist train`, or give --model FILE.")
    note("Model", f"{run}, the newest run here")
    return run
