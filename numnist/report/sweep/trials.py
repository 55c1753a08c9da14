"""The trials of a sweep as its page shows them: the same numbers and texts in every chart and for the script."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numnist.experiment.sweeps.record import OBJECTIVE, WITHOUT_VALIDATION
from numnist.report.page.markup import Markup, tag
from numnist.support.format import percent, value_text

QUANTITIES = {OBJECTIVE: "Validation accuracy", WITHOUT_VALIDATION: "Test accuracy"}


@dataclass(frozen=True)
class Trial:
    """A trial as the charts draw it.

    number: its place in the record, by which the script finds it;  accuracy: the one by which settings are ranked, None
    if it is not known;  curve: its validation accuracy after each epoch, empty if that is not known
    """

    number: int
    name: str
    state: str
    choices: Mapping[str, Any]
    accuracy: float | None
    curve: tuple[float, ...]

    @property
    def outcome(self) -> str:
        """97.31%, 12.02%, pruned, or failed."""
        shown = percent(self.accuracy, missing=self.state)
        return f"{shown}, pruned" if self.state == "pruned" and self.accuracy is not None else shown

    @property
    def title(self) -> str:
        """Its name, outcome and all its choices."""
        choices = ", ".join(f"{name} {value_text(value)}" for name, value in self.choices.items())
        return f"{self.name}: {self.outcome} ({choices})"


def shown_trials(record: Mapping[str, Any]) -> list[Trial]:
    """The trials of a record that have ended, without those that repeat another one."""
    found = []
    for number, trial in enumerate(record["trials"]):
        if trial["state"] == "running" or "repeats" in trial:
            continue
        curve = [epoch.get(OBJECTIVE) for epoch in trial["history"]]
        known = () if None in curve else tuple(curve)
        accuracy = trial[record["objective"]]
        found.append(Trial(number, trial["name"], trial["state"], trial["choices"], accuracy, known))
    return found


def trial_data(trials: Sequence[Trial], quantity: str) -> Markup:
    """What the script says of a trial, as JSON: each once, however many charts show it.

    "trials" has, by number, the name, the outcome, and the value of each of "fields": null where it has no such field.
    """
    fields = list(dict.fromkeys(name for trial in trials for name in trial.choices))
    told = {
        trial.number: [
            trial.name, trial.outcome, *(value_text(trial.choices[f]) if f in trial.choices else None for f in fields)
        ]
        for trial in trials
    }  # fmt: skip
    data = {"quantity": QUANTITIES[quantity], "fields": fields, "trials": told}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return tag("script", Markup(text.replace("<", "\\u003c")), type="application/json", id="trials")
