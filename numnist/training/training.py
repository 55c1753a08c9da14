"""What `train` returns: a training that goes on as its events are asked for."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator

from numnist.training.events import Event


class Training(Iterator[Event]):
    """The events of a training, each of which is a step, an epoch or the end.

    Nothing is trained before the first is asked for.  One that is thrown away before that warns (RuntimeWarning):
    somebody expected `train` to train.
    """

    def __init__(self, events: Generator[Event, None, None]):
        self._events, self._asked = events, False

    def __next__(self) -> Event:
        self._asked = True
        return next(self._events)

    def close(self) -> None:
        """End the training where it is."""
        self._asked = True
        self._events.close()

    def __del__(self) -> None:
        if not self._asked:
            warnings.warn(
                "nothing was trained: train(...) trains while you loop over its events, as in "
                "`for event in train(...): ...`; fit(...) trains at once.",
                RuntimeWarning, stacklevel=2, source=self,
            )  # fmt: skip
