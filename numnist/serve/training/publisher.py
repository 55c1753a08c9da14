"""The event publisher: what of a training goes into the feed, and how often: as much as eyes can follow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

from numpy.typing import NDArray

from numnist.experiment.filter_history import first_weights
from numnist.experiment.run import Run
from numnist.ink.characters.prepare import prepare_characters
from numnist.ink.prepare import Ink
from numnist.model.model import Model
from numnist.model.reading import Reader
from numnist.serve.http.arrays import packed
from numnist.serve.http.folders import without_folders
from numnist.serve.training.feed import Feed
from numnist.support.errors import DataError, NotFiniteError, NumnistError, UsageError
from numnist.training.events import Step

KEEP = {"start": 1, "step": 2000, "epoch": 100, "filters": 1, "drawing": 1, "finished": 1, "failed": 1}
PACE = {"step": 0.1, "drawing": 0.25, "filters": 1.0}  # seconds between two events of a kind at least
FOLLOWED = 32  # drawings of as many pages at most: the newest
AT_ONCE = 8  # drawings that are predicted at the full pace; more are predicted less often
UNITS = 24  # filters shown at most: a dense layer has a whole picture for each unit
STEP = ("step", "steps", "epoch", "loss", "accuracy", "learning_rate")  # the fields of a step that are published


class EventPublisher:
    """Publishes the events of a training, in plain JSON types.   clock: in seconds.

    `follow` may be called from any thread, all else from the thread that trains.
    """

    def __init__(self, clock: Callable[[], float]):
        self.feed, self.clock = Feed(KEEP), clock
        self._drawings: dict[str, NDArray[Any]] = {}  # by page, whose predictions are published; the newest last
        self._prepared: dict[str, tuple[NDArray[Any], Ink]] = {}  # by page, the drawing prepared last
        self._published: dict[str, float] = {}  # when an event of each kind was last published

    def follow(self, drawing: NDArray[Any], page: str) -> None:
        """Publish the predictions for this picture from now on, to this page alone.   drawing: as `prepare` takes it"""
        drawings = {name: other for name, other in self._drawings.items() if name != page} | {page: drawing}
        for name in list(drawings)[:-FOLLOWED]:
            del drawings[name]
            self.feed.forget(name)
            self._published.pop(f"drawing {name}", None)
        self._drawings = drawings  # at once, since the other thread reads it
        self._published.pop(f"drawing {page}", None)  # at once

    def start(self, run: Run, **more: Any) -> None:
        """What is trained on what, and the model before the first step."""
        recipe, data = run.recipe, run.data
        about = {
            "recipe": recipe.name,
            "title": recipe.title,
            "data": without_folders(data.name),
            "classes": list(data.classes),
            "steps": recipe.epochs * -(-len(data.training) // recipe.batch_size),
            "epochs": recipe.epochs,
            "batch_size": recipe.batch_size,
            "learning_rate": recipe.optimizer.learning_rate,
            "parameters": run.model.plan.size,
            "train": len(data.train),
            "validation": len(data.validation),
            "test": len(data.test),
        }
        self.feed.publish("start", about | more)
        self.model_state(run.model, 0, 0, always=True)

    def step(self, event: Step, model: Model) -> None:
        """A step and what it changed, if it is time."""
        if self._due("step") or event.step == event.steps:
            self.feed.publish("step", {name: getattr(event, name) for name in STEP})
        self.model_state(model, event.step, event.epoch)

    def model_state(self, model: Model, step: int, epoch: int, always: bool = False) -> None:
        """The first filters and the prediction for the drawing, if it is time."""
        drawings = self._drawings
        self._prepared = {page: each for page, each in self._prepared.items() if page in drawings}
        pace = PACE["drawing"] * max(1, len(drawings) / AT_ONCE)
        for page, drawing in drawings.items():
            if self._due(f"drawing {page}", pace) or always:
                self.feed.publish("drawing", {"step": step} | self._prediction(model, page, drawing), page)
        if self._due("filters") or always:
            with suppress(UsageError):  # the input of the first layer is no picture
                weights = first_weights(model)[:UNITS].mean(axis=1)  # (units, h, w): colours averaged
                self.feed.publish("filters", {"step": step, "epoch": epoch, "picture": packed(weights)})

    def finished(self, run: Run, result: dict[str, Any], stopped: bool) -> None:
        """The result.   result: as `Run.evaluate` returns it;  stopped: before the last epoch"""
        data = {
            "stopped": stopped,
            "epochs": result["epochs"],
            "steps": run.state.step,
            "seconds": result["train_seconds"],
            "accuracy": result["test_accuracy"],
            "interval": result["confidence_interval"],
            "validation_accuracy": result["validation_accuracy"],
        }
        self.feed.publish("finished", data)

    def failed(self, error: Exception) -> None:
        """Why the training failed: {"code": "data", "message"} for a DataError, "mistake" for an error in numnist."""
        if isinstance(error, NotFiniteError) and isinstance(error.__context__, NotFiniteError):
            error = error.__context__  # the run adds the place of its last checkpoint, which is deleted here
        if isinstance(error, NumnistError):
            kind = DataError if isinstance(error, DataError) else type(error)
            data = {"code": kind.__name__.removesuffix("Error").lower(), "message": without_folders(str(error))}
        else:
            data = {"code": "mistake", "message": f"the training broke off ({without_folders(str(error))})."}
        self.feed.publish("failed", data)

    def _prediction(self, model: Model, page: str, drawing: NDArray[Any]) -> dict[str, Any]:
        """The prediction for a drawing, of several digits for the last; probabilities in the order of the classes."""
        if page not in self._prepared or self._prepared[page][0] is not drawing:
            ink = prepare_characters(drawing, model.preparation, model.in_shape)
            self._prepared[page] = drawing, ink.characters[-1] if ink.characters else ink  # one digit, with its bars
        result = Reader(model).read(self._prepared[page][1]).to_dict()
        return {name: result[name] for name in ("label", "probability", "probabilities")}

    def _due(self, kind: str, pace: float | None = None) -> bool:
        """Whether it is time for an event of this kind, which then counts as published.   pace: by default its own"""
        now = self.clock()
        if now - self._published.get(kind, -inf) < (PACE[kind] if pace is None else pace):
            return False
        self._published[kind] = now
        return True
