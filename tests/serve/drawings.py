"""Drawings as the page sends them, arrays as it unpacks them, and small models to register."""

from __future__ import annotations

import base64
import io
import threading
import time
from typing import Any

import numpy as np
from PIL import Image

from numnist import Conv2d, Dense, Flatten, MaxPool2d, Model, ReLU, Sequential
from numnist.data.strokes.drawing import draw

NETWORK = Sequential(Conv2d(4, 5), ReLU(), MaxPool2d(2), Flatten(), Dense(10))
PATIENCE = 30.0  # seconds for what takes less than one


def drawn(number: int = 0, seed: int = 3) -> tuple[Any, str]:
    """A drawn digit on a canvas as the page has it, (280, 280) uint8 dark on white, off the middle; and its label."""
    pictures, labels = draw(number + 1, seed)
    canvas = np.full((280, 280), 255, np.uint8)
    canvas[50:162, 120:232] -= np.kron(pictures[number], np.ones((4, 4), np.uint8))
    return canvas, str(labels[number])


def png(picture: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


BLANK = png(np.full((280, 280), 255, np.uint8))


def unpacked(data: dict[str, Any]) -> Any:
    """What `packed` put into JSON."""
    return np.frombuffer(base64.b64decode(data["base64"]), data["dtype"]).reshape(data["shape"])


def digits_model(**settings: Any) -> Model:
    """A small network for digits that has learnt nothing."""
    return Model(NETWORK, (1, 28, 28), preparation="digits", **settings)


def when_ready(ask: Any) -> Any:
    """The answer to ask(), asked again as long as it is 503."""
    end = time.monotonic() + PATIENCE
    while (response := ask()).status_code == 503:
        assert response.headers["retry-after"] == "1"
        assert response.json()["error"]["code"] == "busy"
        assert time.monotonic() < end, "it never became ready"
        threading.Event().wait(0.01)
    return response
