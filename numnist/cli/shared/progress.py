"""Progress bars in a terminal, plain lines in a file, and a clean stop on Ctrl-C."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Self

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from numnist.cli.shared.printing import console
from numnist.support.errors import INTERRUPTED, Terminated
from numnist.support.format import duration
from numnist.support.stops import RAISED
from numnist.training.events import Epoch, Event, Step

REDRAW = 0.1  # seconds between redraws: more frequent ones would visibly slow down small networks


class TrainingProgress(Progress):
    """Prints a line for each epoch, and a bar for the current one if stderr is a terminal.

    epochs_done, seconds_done: what a resumed run had done before, including a part of an epoch.
    """

    def __init__(self, epochs: int, epochs_done: float = 0.0, seconds_done: float = 0.0):
        super().__init__(
            TextColumn("{task.description}"), BarColumn(32), TextColumn("{task.fields[text]}"),
            console=console(stderr=True), transient=True, auto_refresh=False, disable=not sys.stderr.isatty(),
        )  # fmt: skip
        self.epochs, self.first, self.seconds_done = epochs, epochs_done, seconds_done
        self.bar = self.add_task("", total=None, text="")
        self.shown = 0.0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Epoch):
            self.console.print(self.line(event), soft_wrap=True)
        elif isinstance(event, Step) and not self.disable and event.state.seconds - self.shown >= REDRAW:
            self.shown = event.state.seconds
            epoch_steps = event.steps // self.epochs
            self.update(
                self.bar, total=epoch_steps, completed=event.step - (event.epoch - 1) * epoch_steps,
                description=f"epoch {event.epoch}/{self.epochs}", refresh=True,
                text=f"loss {event.loss:.4f}   {duration(event.state.seconds)}",
            )  # fmt: skip

    def line(self, event: Epoch) -> str:
        """epoch 1/2   loss 0.3527   training  90.12%   validation  97.34%   6.1 s   6 s left"""
        done = event.epoch - self.first  # 0 of a run that was stopped behind the last step of an epoch
        left = (event.seconds - self.seconds_done) / done * (self.epochs - event.epoch) if done else 0
        record = event.state.history[-1] if event.state.history else {}
        learnt = f"   {record['learnt']:,} of {record['pictures']:,} learnt" if "learnt" in record else ""
        return f"{event}{learnt}{f'   {duration(left)} left' if left and not learnt else ''}"


class LoadingProgress(Progress):
    """Prints a bar for each downloaded file, without a terminal a line for each complete file; and that it draws.

    quiet: whether a program reads the result, which does not wonder why nothing happens; drawing is not told it.
    """

    def __init__(self, quiet: bool = False) -> None:
        super().__init__(
            TextColumn("{task.description}"), BarColumn(32), DownloadColumn(),
            console=console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
        )  # fmt: skip
        self.quiet = quiet
        self.bars: dict[str, TaskID] = {}  # by file
        self.complete: set[str] = set()

    def __call__(self, file: str, done: int, total: int | None) -> None:
        if file == "strokes":
            if not self.quiet:
                self.console.print("Drawing strokes …")
            return
        if file not in self.bars:
            self.bars[file] = self.add_task(file, total=total)
        self.update(self.bars[file], completed=done, total=total)
        if total is not None and done >= total and file not in self.complete:
            self.complete.add(file)
            self.console.print(f"downloaded {file} ({total / 1e6:.1f} MB)")


class Stopping:
    """Turns Ctrl-C, SIGTERM and SIGHUP into `requested`, which the loop checks after each step.

    A second one stops at once.  exit_code: of the command that was stopped so.
    """

    requested = False
    exit_code = INTERRUPTED

    def __enter__(self) -> Self:
        numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        before = {number: signal.getsignal(number) for number in numbers}
        self.previous = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
        for number in self.previous:
            signal.signal(number, self._request)
        if RAISED:  # and swallowed, by whatever it had interrupted
            self.requested, self.exit_code = True, getattr(RAISED[-1], "exit_code", INTERRUPTED)
        return self

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)
        self.requested, self.exit_code = True, 128 + number

    def __exit__(self, *error: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
