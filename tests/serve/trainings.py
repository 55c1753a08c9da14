"""A small training request and its data, a clock that can hold a training up, and drawings."""

from __future__ import annotations

import io
import json
import threading

import numpy as np
from PIL import Image

from numnist import AdamW, Recipe
from numnist.serve.training.request import TrainingRequest
from numnist.serve.training.trainer import Trainer
from tests.small import MLP, dataset

PATIENCE = 30.0  # seconds for what takes milliseconds, so that a busy machine fails no test
PAGE = "one-page"
RECIPE = Recipe("tiny", "a title", "bands", MLP, AdamW(0.01), epochs=2, batch_size=25)  # of 4 steps each


class Clock:
    """Tells a time that rises by `tick` whenever it is asked for; `stop_after` that many times, until `go` is set."""

    def __init__(self, tick: float = 1.0, stop_after: int | None = None):
        self.tick, self.stop_after, self.asked = tick, stop_after, 0
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self) -> float:
        self.asked += 1
        if self.stop_after is not None and self.asked > self.stop_after:
            self.reached.set()
            assert self.go.wait(PATIENCE), "the test never let it go on"
        return self.asked * self.tick


def small(request: TrainingRequest):
    """The data of every request here."""
    return dataset()


def make_trainer(runs, recipe=RECIPE, start=None, find=small, clock=None):
    return Trainer(
        "one", TrainingRequest(recipe, start, None if start is None else "begin"), find, runs, clock or Clock(), PAGE, 1
    )


def events_of(trainer):
    """All events that are kept, as (kind, data)."""
    return [(message.kind, json.loads(message.data)) for message in trainer.feed.since(0, PAGE)]


def published(trainer):
    """Its events, when it has ended."""
    trainer.start()
    trainer.join(PATIENCE)
    assert trainer.ended
    return events_of(trainer)


def sheet(picture):
    """As the page sends a drawing: a PNG, dark ink on white paper.   picture: (28, 28) uint8, light on dark"""
    file = io.BytesIO()
    Image.fromarray(255 - picture.repeat(10, axis=0).repeat(10, axis=1)).save(file, "PNG")
    return file.getvalue()


BLANK = sheet(np.zeros((28, 28), np.uint8))


def refused(response, status, code):
    """The message of a request that was refused so."""
    assert response.status_code == status, response.text
    assert response.json()["error"]["code"] == code
    return response.json()["error"]["message"]
