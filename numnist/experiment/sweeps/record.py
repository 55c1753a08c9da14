"""The record of a sweep, sweep.json, and what it comes to over seeds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.support.errors import UsageError
from numnist.support.files import write_atomically
from numnist.support.sample import Sample

FILE = "sweep.json"
SCHEMA = "numnist.sweep/1"
OBJECTIVE = "validation_accuracy"
WITHOUT_VALIDATION = "test_accuracy"  # what settings are ranked by where no pictures are kept for validation
SEED = "seed"
QUANTITIES = ("validation_accuracy", "test_accuracy", "train_seconds")  # that are told over the seeds


def entry(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result as the record has it; what is not known is None."""
    state = "failed" if "error" in result else result.get("state", "complete")
    found: dict[str, Any] = {"name": result["name"], "choices": result["choices"], "state": state}
    if "error" in result:
        found["error"] = result["error"]
    if "repeats" in result:  # an earlier trial with the same setting, whose result this is
        found["repeats"] = result["repeats"]
    known = ("validation_accuracy", "test_accuracy", "train_seconds", "epochs", SEED, "run", "weights_sha256")
    return found | {name: result.get(name) for name in known} | {"history": result.get("history", [])}


def sweep_record(
    recipe: str,
    dataset: str,
    fields: Sequence[str],
    results: Iterable[Mapping[str, Any]],
    logarithmic: Sequence[str] = (),
) -> dict[str, Any]:
    """The record: what was swept, every trial with its history, and what the seeds of each setting come to, best first.

    logarithmic: fields whose values span decades.
    """
    trials = [entry(result) for result in results]
    record: dict[str, Any] = {
        "schema": SCHEMA, "recipe": recipe, "dataset": dataset, "fields": list(fields),
        "logarithmic": list(logarithmic), "objective": ranked_by(trials), "trials": trials,
    }  # fmt: skip
    return record | {"settings": [_setting(group) for group in groups(record)]}


def _setting(group: Group) -> dict[str, Any]:
    known = {quantity: group.sample(quantity) for quantity in QUANTITIES}
    over_seeds = {quantity: None if found is None else found.to_dict() for quantity, found in known.items()}
    return {"choices": dict(group.choices), SEED: [trial[SEED] for trial in group.trials]} | over_seeds


def ranked_by(trials: Sequence[Mapping[str, Any]]) -> str:
    """The quantity by which settings are ranked: validation accuracy, or test accuracy if no trial has that."""
    complete = [trial for trial in trials if trial["state"] == "complete"]
    return WITHOUT_VALIDATION if complete and all(trial[OBJECTIVE] is None for trial in complete) else OBJECTIVE


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write sweep.json: a reader sees the old one or the new one."""
    write_atomically(folder / FILE, (json.dumps(record, indent=2) + "\n").encode())


def read_record(folder: Path) -> dict[str, Any] | None:
    """The record that a sweep has left in this folder, None if there is none.  Raises UsageError if it is broken."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if found["schema"] == SCHEMA:
            return found
    except (ValueError, LookupError, TypeError):
        pass
    raise UsageError(f"{path} is no record of a sweep: choose another --run, or move that file away.")


def joined(earlier: Iterable[Mapping[str, Any]], later: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Trials by name: the earlier ones in their order, each as it is in `later` if it is there too, then the others."""
    return [*({trial["name"]: trial for trial in earlier} | {trial["name"]: trial for trial in later}).values()]


@dataclass(frozen=True)
class Group:
    """Trials that differ only in their seed, one for each seed.   choices: without it;  trials: in the record's form"""

    choices: Mapping[str, Any]
    trials: tuple[Mapping[str, Any], ...]

    def count(self, state: str) -> int:
        """How many of its trials are complete, pruned, failed or running."""
        return sum(trial["state"] == state for trial in self.trials)

    def sample(self, quantity: str) -> Sample | None:
        """What the seeds come to, None if it is known of none."""
        values = self.values(quantity)
        return Sample.of(values) if values else None

    def mean(self, quantity: str) -> float | None:
        """The mean over the seeds, None if it is known of none."""
        found = self.sample(quantity)
        return None if found is None else found.mean

    def values(self, quantity: str) -> list[float]:
        """What is known of a quantity, of complete trials only where one is complete."""
        complete = [trial for trial in self.trials if trial["state"] == "complete"]
        return [trial[quantity] for trial in complete or self.trials if trial[quantity] is not None]


def groups(record: Mapping[str, Any]) -> list[Group]:
    """The trials by their choices without the seed, best first by the mean of the record's objective.

    Settings of which some seeds failed come after those of which none did, since the survivors' mean is no fair one.
    What has no complete trial comes last.  Of several trials with one setting and seed, which have the same bits, one
    counts: a complete one if there is one.
    """
    found: dict[str, dict[Any, Mapping[str, Any]]] = {}
    for trial in record["trials"]:
        seeds = found.setdefault(repr(_without_seed(trial)), {})
        known = seeds.setdefault(trial[SEED], trial)
        if trial["state"] == "complete" != known["state"]:
            seeds[trial[SEED]] = trial
    listed = [Group(_without_seed(trials[0]), trials) for trials in (tuple(seeds.values()) for seeds in found.values())]

    def rank(group: Group) -> tuple[bool, bool, float]:
        accuracy = group.mean(record["objective"])
        return group.count("complete") > 0, not group.count("failed"), -1.0 if accuracy is None else accuracy

    return sorted(listed, key=rank, reverse=True)


def _without_seed(trial: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in trial["choices"].items() if name != SEED}
