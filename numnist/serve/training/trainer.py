"""The trainer: one training run in a thread of its own, which can be followed, stopped and kept.

request ──> run folder (hidden) ──> training events ──> publisher ──> feed ──> readers
                └── keep: moved into the runs folder and registered; otherwise deleted
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from numnist.data.dataset import Dataset
from numnist.experiment.place import hidden_folder
from numnist.experiment.run import Run
from numnist.model.model import Model
from numnist.serve.training.publisher import EventPublisher
from numnist.serve.training.request import TrainingRequest
from numnist.support.errors import NumnistError, UsageError
from numnist.training.events import Epoch, Step

LOG = logging.getLogger("numnist.serve")
HIDDEN = "learning"  # in the name of the folder of a run that is not kept yet


class Trainer:
    """A training run.   find: returns the data set of a request;  runs: the folder of run folders;  clock: in seconds.

    page: the page that has started it;  threads: that train; fewer than there are cores leave one for predictions.
    """

    def __init__(
        self,
        name: str,
        request: TrainingRequest,
        find: Callable[[TrainingRequest], Dataset],
        runs: Path,
        clock: Callable[[], float],
        page: str,
        threads: int | None = None,
    ):
        self.name, self.request, self.runs, self.page, self.threads = name, request, runs, page, threads
        self.run: Run | None = None  # set when its data is loaded
        self.result: dict[str, Any] | None = None  # set when the run is evaluated
        self._find, self._publisher = find, EventPublisher(clock)
        self.feed = self._publisher.feed
        self._folder: Path | None = None  # hidden, until it is kept
        self._hidden = ExitStack()  # which removes it
        self._stopping, self._lock = threading.Event(), threading.Lock()
        self.ended = False  # whether the thread has published its last event and writes no more
        self._dropped = False
        self._thread = threading.Thread(target=self._work, name="numnist-trainer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the current step.  The model is evaluated as it is then and can be kept."""
        self._stopping.set()

    def drop(self) -> None:
        """End without a result and leave no folder behind.  Returns at once."""
        with self._lock:
            self._dropped = True  # before it is stopped, or it would evaluate what nobody wants any more
            if self.ended:
                self._remove()
        self._stopping.set()
        self.feed.end()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended."""
        self._thread.join(timeout)

    def abandon(self, timeout: float) -> None:
        """Before Python ends: leave no folder behind, even if the current step or evaluation takes longer than that.

        The thread does not keep Python from ending.
        """
        self.join(timeout)
        with self._lock:
            if self._dropped:
                self._remove()

    @property
    def can_be_kept(self) -> bool:
        """Whether it has a result and is not kept yet."""
        return self.ended and self.result is not None and self._folder is not None

    def follow(self, drawing: NDArray[Any], page: str) -> None:
        """Publish the predictions for this picture to a page from now on.   drawing: as `ink.prepare` takes it"""
        self._publisher.follow(drawing, page)

    def keep(self, folder: Path) -> Model:
        """Move the run to this folder.  Raises UsageError if the folder exists, or the run is kept or has no result."""
        with self._lock:
            if self.run is None or self.result is None or self._dropped:
                raise UsageError("there is nothing to keep: the training has not ended, or has failed.")
            if self._folder is None:
                raise UsageError(f"it is kept already, in {self.run.folder}.")
            self.result = self.run.move(folder)
            self._remove()
            return self.run.model

    # ---- in the thread ------------------------------------------------------------------------------------

    def _work(self) -> None:
        """Everything from the data to the last event, whatever is raised."""
        try:
            self._train()
        except Exception as error:
            if not isinstance(error, NumnistError):
                LOG.exception("the training %s failed", self.name)
            self._publisher.failed(error)
        finally:
            with self._lock:
                self.ended = True
                self.feed.end()
                if self._dropped or self.result is None:
                    self._remove()

    def _train(self) -> None:
        data = self._find(self.request)
        if self._stopping.is_set():
            raise UsageError("it was stopped before it began.")
        self._folder = self._hidden.enter_context(hidden_folder(self.runs, HIDDEN))
        recipe = self.request.recipe.for_data(data)
        run = self.run = Run.create(recipe, data, self._folder / "run", self.request.start)
        self._publisher.start(run, id=self.name, **{"from": self.request.start_name})
        step = epoch = 0
        with closing(run.events(self.threads)) as events:
            for event in events:
                if isinstance(event, Step):
                    step, epoch = event.step, event.epoch
                    self._publisher.step(event, run.model)
                elif isinstance(event, Epoch):
                    self.feed.publish("epoch", event.record())
                if self._stopping.is_set():
                    break
        if not self._dropped:
            self._publisher.model_state(run.model, step, epoch, always=True)
            self.result = run.evaluate(self.threads)
            self._publisher.finished(run, self.result, self._stopping.is_set())

    def _remove(self) -> None:
        """Delete the hidden folder, if there is one."""
        self._folder = None
        self._hidden.close()
