"""progress: the events of a training, with one line that says how far it is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Protocol, TextIO

from numnist.support.format import duration
from numnist.training.events import Epoch, Event, Finished, Step

REDRAW = 0.1  # seconds of training between two writings of the line: more would slow small networks down
BAR = 24  # characters


class Line(Protocol):
    """A place for one line of text, which a later text replaces."""

    def write(self, text: str) -> None: ...
    def end(self) -> None: ...


def progress(events: Iterable[Event], *, file: TextIO | None = None) -> Iterator[Event]:
    """Pass the events of a training on, and show in one line how far it is.

        for event in progress(train(model, data, settings)):
            ...

    The line is rewritten in place in a notebook and in a terminal; anywhere else, such as in a log file, each epoch has
    a line of its own.  Closing the iterator, as `break` does, closes the training.

    file: where to write instead of to the notebook or to stderr.
    """
    return _shown(events, file)


def _shown(events: Iterable[Event], file: TextIO | None) -> Generator[Event, None, None]:
    out = sys.stderr if file is None else file
    line: Line | None = _notebook() if file is None else None
    if line is None and out is not None and out.isatty():
        line = _Terminal(out)
    shown, last = -REDRAW, ""
    try:
        for event in events:
            if isinstance(event, Epoch):
                last = str(event)
                if line is not None:
                    line.write(last)
                elif out is not None:  # None in a program without a console
                    print(last, file=out, flush=True)
            elif isinstance(event, Step) and line is not None and event.state.seconds - shown >= REDRAW:
                shown = event.state.seconds
                line.write(_of_step(event))
            elif isinstance(event, Finished) and line is not None and event.stopped_early:
                line.write(f"{last}   stopped early, the best was epoch {event.best_epoch}")
            yield event
    finally:
        if line is not None:
            line.end()
        if callable(close := getattr(events, "close", None)):
            close()


def _of_step(event: Step) -> str:
    """epoch 2   ██████░░░░░░░░░░░░░░░░░░  28%   loss 0.1234   12 s, 30 s left"""
    done, seconds = event.step / event.steps, event.state.seconds
    filled = int(BAR * done)
    left = duration(seconds / event.step * (event.steps - event.step))
    return (
        f"epoch {event.epoch}   {'█' * filled}{'░' * (BAR - filled)} {100 * done:3.0f}%   loss {event.loss:.4f}   "
        f"{duration(seconds)}, {left} left"
    )


def _notebook() -> Line | None:
    """A line in the output of the cell that runs; None outside of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return None if getattr(shell, "kernel", None) is None else _Notebook()


class _Terminal:
    """A line of a terminal."""

    def __init__(self, out: TextIO):
        self.out, self.written = out, False

    def write(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]  # a line that breaks could not be rewritten
        try:
            self.out.write(f"\r{text}\x1b[K")
        except UnicodeEncodeError:  # a terminal of Windows whose code page lacks the bar
            self.out.write(f"\r{text.encode('ascii', 'replace').decode()}\x1b[K")
        self.out.flush()
        self.written = True

    def end(self) -> None:
        if self.written:
            self.out.write("\n")
            self.out.flush()


class _Notebook:
    """A line in the output of a cell."""

    def __init__(self) -> None:
        self.handle: Any = None

    def write(self, text: str) -> None:
        from IPython.display import display

        bundle = {"text/plain": text}
        if self.handle is None:
            self.handle = display(bundle, raw=True, display_id=True)
        else:
            self.handle.update(bundle, raw=True)

    def end(self) -> None: ...
