"""The logs of a run, whose places are kept in its folder, so that a resumed run goes on in the same ones."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from numnist.experiment.run import Run
from numnist.support.errors import NumnistError, UsageError
from numnist.support.files import write_atomically
from numnist.training.events import Event, Finished
from numnist.training.logs.log import Log
from numnist.training.logs.writer import Status

FILE = "log.json"
LEFT_OUT = ("schema", "run", "model", "report")  # of the result: where it lies on this machine


class RunLogs:
    """All logs of a run: called with each event, told the result, and closed at the end of the `with` block.

    targets: new ones, beside those that the run has.  notes: what of those cannot go on, for people.
    """

    def __init__(self, run: Run, targets: Sequence[str] = ()):
        self.run, self.notes = run, list[str]()
        self._places = self._read()
        self._finished = False
        table = run.recipe.to_dict()
        self.logs = []
        for target in dict.fromkeys([*self._places, *targets]):
            try:
                place = self._places.get(target, "")
                self.logs.append(Log(target, name=run.folder.resolve().name, settings=table, place=place))
            except UsageError as error:
                if target in targets:
                    raise
                self.notes.append(f"the run goes on without a log that it had: {error}")

    def __enter__(self) -> Self:
        return self

    def __call__(self, event: Event) -> None:
        """Log an event, and note in the folder where.  The end is logged with the result."""
        if isinstance(event, Finished):
            return
        for log in self.logs:
            log.event(event)
        self._keep()

    def result(self, summary: Mapping[str, Any]) -> None:
        """Log what the run came to."""
        values = {name: value for name, value in summary.items() if name not in LEFT_OUT and value is not None}
        for log in self.logs:
            log.result(values)
        self._finished = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failed = kind is not None and issubclass(kind, Exception)
        status: Status = "failed" if failed else "finished" if self._finished else "stopped"
        for log in self.logs:
            log.close(status)
        self._keep()

    def _keep(self) -> None:
        """Write down the places as soon as they are known."""
        places = {log.target: log.place for log in self.logs if log.place}
        if places and any(self._places.get(target) != place for target, place in places.items()):
            self._places |= places
            try:
                write_atomically(self.run.folder / FILE, (json.dumps(self._places, indent=2) + "\n").encode())
            except (OSError, NumnistError) as error:  # the run itself says what is wrong with its folder, where it must
                warnings.warn(f"a resumed run will not go on in these logs: {error}", UserWarning, stacklevel=3)

    def _read(self) -> dict[str, str]:
        """The places by their targets; none where there is no such file."""
        path = self.run.folder / FILE
        if not path.exists():
            return {}
        try:
            return {str(target): str(place) for target, place in json.loads(path.read_text("utf-8")).items()}
        except (OSError, ValueError, AttributeError) as error:
            self.notes.append(f"{path} cannot be read, so that no log goes on ({error}); name them with --log.")
            return {}
