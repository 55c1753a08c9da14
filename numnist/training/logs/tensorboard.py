"""A log that TensorBoard shows, written by tensorboardX: event files, without TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from numnist.training.logs.writer import Status, Writer, is_number


class TensorBoard(Writer):
    """Event files in a folder.

    folder: for all trainings, with a folder for each below it if the training has a name;  place: of the log that goes
    on;  step: steps done.  A new training gets a folder of its own: NAME-2 where NAME has a log already.
    """

    def __init__(self, folder: str, name: str, place: str, step: int):
        from tensorboardX import SummaryWriter

        path = Path(place or Path(folder, name)).resolve()
        if not place and not step:
            path = _free(path)
        self.place, self.step = str(path), step
        self.events = SummaryWriter(
            str(path),
            purge_step=step + 1 if place or step else None,  # what is behind the checkpoint is written again
            filename_suffix=f".{step}",  # a file of the same second would have the same name
        )

    def settings(self, table: Mapping[str, Any]) -> None:
        self._text("recipe", table, self.step)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.step = step
        for name, value in values.items():
            self.events.add_scalar(name, value, step)

    def result(self, values: Mapping[str, Any]) -> None:
        self.scalars(self.step, {f"result/{name}": value for name, value in values.items() if is_number(value)})
        self._text("result", values, self.step)

    def flush(self) -> None:
        self.events.flush()

    def close(self, status: Status) -> None:
        self.events.close()

    def _text(self, name: str, table: Mapping[str, Any], step: int) -> None:
        lines = json.dumps(table, indent=2, ensure_ascii=False).splitlines()
        self.events.add_text(name, "\n".join(f"    {line}" for line in lines), step)  # indented: code in Markdown


def _free(path: Path) -> Path:
    """The folder, or the first of FOLDER-2 and so on, without event files."""
    names = (path if n == 1 else path.with_name(f"{path.name}-{n}") for n in count(1))
    return next(each for each in names if not any(each.glob("events.out.tfevents.*")))
