"""A log on an MLflow server, or in a database of MLflow's."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from numnist.training.logs.writer import Status, Writer, flat, is_number

EXPERIMENT = "numnist"  # unless $MLFLOW_EXPERIMENT_NAME names another
METRICS, PARAMETERS, LETTERS = 1000, 100, 5000  # of a request and of a value at most, as MLflow's server allows
STATUS = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}


class MLflow(Writer):
    """A run of MLflow.

    uri: of the server or database, $MLFLOW_TRACKING_URI if empty;  name: of a new run;  place: the id of one that goes
    on.  Figures are sent in groups, at each epoch's end.
    """

    def __init__(self, uri: str, name: str, place: str, step: int):
        from mlflow import MlflowClient

        self.step, self.resumed = step, bool(place)
        self.waiting: list[tuple[str, float, int, int]] = []  # name, value, milliseconds, step
        self.client = MlflowClient(tracking_uri=uri or None)
        if place:
            self.client.update_run(place, status="RUNNING")
            self.place = place
        else:
            self.place = self.client.create_run(self._experiment(), run_name=name or None).info.run_id

    def _experiment(self) -> str:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        found = self.client.get_experiment_by_name(name)
        return str(self.client.create_experiment(name) if found is None else found.experiment_id)

    def settings(self, table: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        values = {name: _text(value) for name, value in flat(table).items()}
        known = self.client.get_run(self.place).data.params if self.resumed else {}
        for names in _groups([name for name in values if name not in known], PARAMETERS):
            self.client.log_batch(self.place, params=[Param(name, values[name]) for name in names])
        for name in known:  # which MLflow does not let anybody change
            if name in values and values[name] != known[name]:
                self.client.set_tag(self.place, f"resumed.{name}", values[name])

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.step, now = step, time.time_ns() // 1_000_000
        self.waiting += [(name, float(value), now, step) for name, value in values.items()]
        if len(self.waiting) >= METRICS:
            self.flush()

    def result(self, values: Mapping[str, Any]) -> None:
        self.scalars(self.step, {f"result/{name}": value for name, value in values.items() if is_number(value)})
        for name, value in values.items():
            if not is_number(value):
                self.client.set_tag(self.place, f"result.{name}", _text(value))

    def flush(self) -> None:
        from mlflow.entities import Metric

        waiting, self.waiting = self.waiting, []
        for group in _groups(waiting, METRICS):
            self.client.log_batch(self.place, metrics=[Metric(*each) for each in group])

    def close(self, status: Status) -> None:
        self.flush()
        self.client.set_terminated(self.place, STATUS[status])


def _text(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:LETTERS]


def _groups(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[at : at + size] for at in range(0, len(values), size)]
