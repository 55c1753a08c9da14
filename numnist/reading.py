"""Reading: from anybody's picture to an answer, with the steps that led to it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.ink import prepare
from numnist.model import Model

TOP = 3  # answers that are worth seeing


def read(model: Model, picture: NDArray[Any]) -> dict[str, Any]:
    """Prepare a picture as the model's training pictures were, and classify it; in plain JSON types.

    picture: (H, W), (H, W, 3) or (H, W, 4) of any size, uint8 or float 0..1, dark on light or light on dark.
    Answers label and probability (None where nothing is drawn), the `top` answers, and the steps of preparation.
    Raises UsageError for what is not a picture.
    """
    C, H, W = model.in_shape
    ink = prepare(picture, model.preparation, (C, H, W))
    top: list[dict[str, Any]] = []
    if not ink.blank:
        probs = model.predict_proba(ink.picture.reshape(1, C, H, W))[0]
        order = np.argsort(-probs, kind="stable")[:TOP]
        top = [{"label": model.classes[i], "probability": float(probs[i])} for i in order]
    answer = top[0] if top else {"label": None, "probability": None}
    return answer | {"top": top, "preparation": {"kind": model.preparation} | ink.to_dict()}
