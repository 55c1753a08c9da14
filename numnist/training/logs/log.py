"""Logs of a training: readers of its events, which never stop or change it.

    for event in log_to(train(model, data, settings), "tensorboard:logs"):
        ...

What is named, such as a server, is written by a thread of its own, so that the training does not wait for a slow one.
Where writing fails, that is said once, and the training goes on without that log.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from queue import SimpleQueue
from threading import Thread
from typing import Any

from numnist.support.checks import instance
from numnist.support.serialisation import to_dict
from numnist.training.events import Epoch, Event, Finished, Step
from numnist.training.logs.targets import check_target, open_writer
from numnist.training.logs.writer import Status, Writer
from numnist.training.settings import Settings

STEPS = 10_000  # of a training that are logged at most, evenly spread
PATIENCE = 30.0  # seconds that the end of a training waits for its logs

Call = Callable[[Writer], None]


def log_to(
    events: Iterable[Event],
    *writers: Writer | str,
    name: str = "",
    settings: Settings | Mapping[str, Any] | None = None,
) -> Iterator[Event]:
    """Pass the events of a training on, and log them: loss, accuracy and learning rate by step and by epoch.

    writers: "tensorboard:DIR", "mlflow:URI", "wandb:PROJECT", or a Writer of your own, which is called in this thread.
    name: of the training in the log;  settings: a Recipe or Settings, which are logged, too.
    Closing the iterator, as `break` does, closes the training and the logs.

    Raises UsageError at once for a name that makes no sense or whose package is not installed.
    """
    table = None if settings is None else to_dict(settings) if isinstance(settings, Settings) else dict(settings)
    logs = [Log(writer, name=name, settings=table) for writer in writers]
    return _logged(events, logs)


def _logged(events: Iterable[Event], logs: list[Log]) -> Generator[Event, None, None]:
    status: Status = "stopped"
    try:
        for event in events:
            for log in logs:
                log.event(event)
            yield event
        status = "finished"
    except Exception:
        status = "failed"
        raise
    finally:
        for log in logs:
            log.close(status)
        if callable(close := getattr(events, "close", None)):
            close()


class Log:
    """One log of a training, which is opened with its first event.

    writer: a target's name or a Writer;  place: of the log that goes on, "" for a new one.
    """

    def __init__(
        self, writer: Writer | str, *, name: str = "", settings: Mapping[str, Any] | None = None, place: str = ""
    ):
        self.target = writer if isinstance(writer, str) else type(writer).__name__
        if isinstance(writer, str):
            check_target(writer)
        else:
            instance(writer, "a writer", Writer)
        self._given, self._name, self._settings, self._place = writer, name, settings, place
        self._writer: Writer | None = None  # once it is open
        self._error: Exception | None = None
        self._told = False
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._opened = False

    @property
    def place(self) -> str:
        """By which the log is found again, "" until it is known."""
        return self._writer.place if self._writer is not None else self._place

    def event(self, event: Event) -> None:
        """Log an event."""
        if not self._opened:
            self._open(event.state.step - 1 if isinstance(event, Step) else event.state.step)
        if isinstance(event, Step):
            if event.step % -(-event.steps // STEPS) == 0:
                values = {"batch/loss": event.loss, "batch/accuracy": event.accuracy}
                self._scalars(event.step, values | {"learning_rate": event.learning_rate})
        elif isinstance(event, Epoch):
            found = {
                "training/loss": event.loss, "training/accuracy": event.accuracy, "seconds": event.seconds,
                "validation/loss": event.validation_loss, "validation/accuracy": event.validation_accuracy,
                "epoch": event.epoch,
            }  # fmt: skip
            self._scalars(event.state.step, {name: v for name, v in found.items() if v is not None})
            self._call(lambda writer: writer.flush())
        elif isinstance(event, Finished):
            self.result({name: value for name, value in vars(event).items() if name != "state"})

    def result(self, values: Mapping[str, Any]) -> None:
        """Log what the training came to, in JSON types."""
        self._call(lambda writer: writer.result(values))

    def close(self, status: Status) -> None:
        """Write what is left, wait for it, and say what has failed.  Nothing where no event was logged."""
        if not self._opened:
            return
        self._call(lambda writer: writer.close(status))
        if self._thread is not None:
            self._calls.put(None)
            self._thread.join(PATIENCE)
            if self._thread.is_alive():
                self._error = TimeoutError(f"it took longer than {PATIENCE:.0f} seconds to write the end")
        self._tell()
        self._opened = False

    def _open(self, step: int) -> None:
        self._opened = True
        given = self._given
        if isinstance(given, str):
            self._thread = Thread(target=self._work, args=(given, step), name=f"log {given}", daemon=True)
            self._thread.start()
        else:
            self._writer = given
        if (settings := self._settings) is not None:
            self._call(lambda writer: writer.settings(settings))

    def _work(self, target: str, step: int) -> None:
        """What the thread does: open, then one call after the other, until one fails."""
        try:
            self._writer = writer = open_writer(target, self._name, self._place, step)
            while (call := self._calls.get()) is not None:
                call(writer)
        except Exception as error:
            self._error = error

    def _scalars(self, step: int, values: Mapping[str, float]) -> None:
        self._call(lambda writer: writer.scalars(step, values))

    def _call(self, call: Call) -> None:
        """Let the writer do something, now or soon; nothing once it has failed."""
        self._tell()
        if self._error is not None:
            return
        if self._thread is not None:
            self._calls.put(call)
        elif self._writer is not None:
            try:
                call(self._writer)
            except Exception as error:
                self._error = error
                self._tell()

    def _tell(self) -> None:
        """Say once what has failed."""
        if self._error is not None and not self._told:
            self._told = True
            message = f"{type(self._error).__name__}: {self._error}".strip().removesuffix(".")
            warnings.warn(
                f"the log {self.target} has failed, and the training goes on without it ({message}).",
                UserWarning, stacklevel=4,
            )  # fmt: skip
