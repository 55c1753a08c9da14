"""A log in Weights & Biases; offline with WANDB_MODE=offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numnist.training.logs.writer import Status, Writer


class WandB(Writer):
    """A run of a project.   name: of a new run;  place: the id of one that goes on"""

    def __init__(self, project: str, name: str, place: str, step: int):
        import wandb

        if wandb.setup().settings.mode == "online" and not wandb.login(prompt=False):
            raise ConnectionRefusedError("nobody is logged in: run `wandb login`, or set WANDB_MODE=offline")
        self.run = wandb.init(
            project=project, name=name or None, id=place or None, resume="allow" if place else None,
            settings=wandb.Settings(console="off", silent=True),  # what is printed stays as it is
        )  # fmt: skip
        self.place = str(self.run.id)

    def settings(self, table: Mapping[str, Any]) -> None:
        self.run.config.update(dict(table), allow_val_change=True)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.run.log(dict(values), step=step)

    def result(self, values: Mapping[str, Any]) -> None:
        self.run.summary.update({f"result/{name}": value for name, value in values.items()})

    def close(self, status: Status) -> None:
        self.run.finish(exit_code=1 if status == "failed" else 0)
