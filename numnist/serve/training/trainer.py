"""The learner: one training run in a thread of its own, told to whoever watches, stopped or kept when they say so.

order ──> run folder (hidden) ──> training events ──> teller ──> feed ──> readers
                └── keep: moved among the runs, and put on the shelf; otherwise thrown away
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from numnist.data.dataset import Dataset
from numnist.experiment.run import Run
from numnist.model.model import Model
from numnist.serve.training.publisher import Teller
from numnist.serve.training.request import Order
from numnist.support.errors import NumnistError, UsageError
from numnist.training.loop import Epoch, Step

LOG = logging.getLogger("numnist.serve")
HIDDEN = ".learning-"  # how the folder of a run begins that is not kept yet


class Learner:
    """A training run.   find: gives the data set of an order;  runs: the folder of run folders;  clock: in seconds.

    threads: that train; fewer than there are cores leave one for those who ask meanwhile.
    """

    def __init__(
        self,
        name: str,
        order: Order,
        find: Callable[[Order], Dataset],
        runs: Path,
        clock: Callable[[], float],
        threads: int | None = None,
    ):
        self.name, self.order, self.runs, self.threads = name, order, runs, threads
        self.run: Run | None = None  # when its data is there
        self.result: dict[str, Any] | None = None  # of the judged run
        self._find, self._teller = find, Teller(clock)
        self.feed = self._teller.feed
        self._folder: Path | None = None  # hidden, until it is kept
        self._stopping, self._lock = threading.Event(), threading.Lock()
        self._ended = self._dropped = False
        self._thread = threading.Thread(target=self._work, name="numnist-learner")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the step under way; what was learnt until then is judged and can be kept."""
        self._stopping.set()

    def drop(self) -> None:
        """End, tell nobody, and leave no folder behind.  Returns at once."""
        self._stopping.set()
        self.feed.end()
        with self._lock:
            self._dropped = True
            if self._ended:
                self._remove()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended."""
        self._thread.join(timeout)

    @property
    def ended(self) -> bool:
        """Whether the thread has told all it will tell, and writes no more."""
        return self._ended

    @property
    def can_be_kept(self) -> bool:
        """Whether it has ended well, and nobody has kept it yet."""
        return self._ended and self.result is not None and self._folder is not None

    def follow(self, drawing: NDArray[Any]) -> None:
        """Tell from now on what the model says of this picture, which is one as `ink.prepare` takes it."""
        self._teller.follow(drawing)

    def keep(self, folder: Path) -> Model:
        """Make the run's folder one of the runs.  Raises UsageError where it exists, is kept, or nothing was learnt."""
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
        """Everything from the data to the last event, whatever happens."""
        try:
            self._learn()
        except Exception as error:
            if not isinstance(error, NumnistError):
                LOG.exception("the training %s broke off", self.name)
            self._teller.failed(error)
        finally:
            with self._lock:
                self._ended = True
                self.feed.end()
                if self._dropped or self.result is None:
                    self._remove()

    def _learn(self) -> None:
        data = self._find(self.order)
        if self._stopping.is_set():
            raise UsageError("it was stopped before it began.")
        self.runs.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=HIDDEN, dir=self.runs))
        recipe = self.order.recipe.for_classes(len(data.classes))
        run = self.run = Run.create(recipe, data, self._folder / "run", self.order.start)
        self._teller.start(run, id=self.name, **{"from": self.order.start_name})
        step = epoch = 0
        with closing(run.events(self.threads)) as events:
            for event in events:
                if isinstance(event, Step):
                    step, epoch = event.step, event.epoch
                    self._teller.step(event, run.model)
                elif isinstance(event, Epoch):
                    self.feed.publish("epoch", event.record())
                if self._stopping.is_set():
                    break
        if not self._dropped:
            self._teller.look(run.model, step, epoch, always=True)
            self.result = run.judge(self.threads)
            self._teller.finished(run, self.result, self._stopping.is_set())

    def _remove(self) -> None:
        """Throw away the hidden folder, if there is one."""
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
