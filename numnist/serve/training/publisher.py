"""Telling: what of a training goes into the feed, and how often: as much as eyes can follow, and costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.experiment.filter_history import first_weights
from numnist.experiment.run import Run
from numnist.ink.prepare import Ink, prepare
from numnist.model import predict as reading
from numnist.model.model import Model
from numnist.serve.http.responses import packed
from numnist.serve.training.feed import Feed
from numnist.support.errors import NotFiniteError, NumnistError, UsageError
from numnist.training.loop import Step

KEEP = {"start": 1, "step": 2000, "epoch": 100, "filters": 1, "drawing": 1, "finished": 1, "failed": 1}
PACE = {"step": 0.1, "drawing": 0.25, "filters": 1.0}  # seconds between two events of a kind at least
UNITS = 24  # filters that are shown: of dense layers each is a whole picture
STEP = ("step", "steps", "epoch", "loss", "accuracy", "learning_rate")  # what is told of a step


class Teller:
    """Fills a feed with what a training does, in plain JSON types.   clock: in seconds.

    `follow` may be called from any thread, the rest is for the thread that trains.
    """

    def __init__(self, clock: Callable[[], float]):
        self.feed, self.clock = Feed(KEEP), clock
        self._drawing: NDArray[Any] | None = None  # what the model is asked about as it learns
        self._prepared: tuple[NDArray[Any], Ink] | None = None  # the last drawing that was prepared
        self._told: dict[str, float] = {}  # when an event of that kind was told last

    def follow(self, drawing: NDArray[Any]) -> None:
        """Tell from now on what the model says of this picture, which is one as `prepare` takes it."""
        self._drawing = drawing
        self._told.pop("drawing", None)  # at once

    def start(self, run: Run, **more: Any) -> None:
        """What is trained on what, and how it looks before."""
        recipe, data = run.recipe, run.data
        about = {
            "recipe": recipe.name,
            "title": recipe.title,
            "data": data.name,
            "classes": list(data.classes),
            "steps": recipe.epochs * -(-len(data.train) // recipe.batch_size),
            "epochs": recipe.epochs,
            "batch_size": recipe.batch_size,
            "learning_rate": recipe.optimizer.learning_rate,
            "parameters": run.model.plan.size,
            "train": len(data.train),
            "validation": len(data.validation),
            "test": len(data.test),
        }
        self.feed.publish("start", about | more)
        self.look(run.model, 0, 0, always=True)

    def step(self, event: Step, model: Model) -> None:
        """A step, and what it changed, if it is time."""
        if self._due("step") or event.step == event.steps:
            self.feed.publish("step", {name: getattr(event, name) for name in STEP})
        self.look(model, event.step, event.epoch)

    def look(self, model: Model, step: int, epoch: int, always: bool = False) -> None:
        """What the network looks like and what it says of the drawing, if it is time."""
        drawing = self._drawing
        if drawing is not None and (self._due("drawing") or always):
            self.feed.publish("drawing", {"step": step} | self._said(model, drawing))
        if self._due("filters") or always:
            weights = _filters(model)
            if weights is not None:
                self.feed.publish("filters", {"step": step, "epoch": epoch, "picture": packed(weights)})

    def finished(self, run: Run, result: dict[str, Any], stopped: bool) -> None:
        """What it came to.   result: as `Run.judge` answers it;  stopped: before its end."""
        told = {
            "stopped": stopped,
            "epochs": result["epochs"],
            "steps": run.state.step,
            "seconds": result["train_seconds"],
            "accuracy": result["test_accuracy"],
            "interval": result["confidence_interval"],
            "validation_accuracy": result["validation_accuracy"],
        }
        self.feed.publish("finished", told)

    def failed(self, error: Exception) -> None:
        """Why it broke off: {"code": "data", "message"} for a DataError, "mistake" for what nobody foresaw."""
        if isinstance(error, NotFiniteError) and isinstance(error.__context__, NotFiniteError):
            error = error.__context__  # the run adds where its last checkpoint is, which goes with the folder
        if isinstance(error, NumnistError):
            told = {"code": type(error).__name__.removesuffix("Error").lower(), "message": str(error)}
        else:
            told = {"code": "mistake", "message": f"the training broke off ({error})."}
        self.feed.publish("failed", told)

    def _said(self, model: Model, drawing: NDArray[Any]) -> dict[str, Any]:
        """What the model says of a drawing, the probabilities in the order of the classes."""
        if self._prepared is None or self._prepared[0] is not drawing:
            self._prepared = drawing, prepare(drawing, model.preparation, model.in_shape)
        ink = self._prepared[1]
        probabilities = reading.probabilities(model, ink)
        said = reading.answer(model, ink, probabilities)
        return {"label": said["label"], "probability": said["probability"], "probabilities": probabilities}

    def _due(self, kind: str) -> bool:
        """Whether it is time for an event of this kind; it is then taken as told."""
        now = self.clock()
        if now - self._told.get(kind, -inf) < PACE[kind]:
            return False
        self._told[kind] = now
        return True


def _filters(model: Model) -> NDArray[np.float32] | None:
    """The first weights as pictures (units, h, w), of colours their mean; None where they see no picture."""
    try:
        weights = first_weights(model)
    except UsageError:
        return None
    mean: NDArray[np.float32] = weights[:UNITS].mean(axis=1)
    return mean
