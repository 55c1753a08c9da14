"""Records of sweeps as they come, without their trainings."""

from __future__ import annotations

from math import log10
from typing import Any

from numnist.experiment.sweeps.record import sweep_record


def trial(number: int, accuracy: float, state: str = "complete", epochs: int = 3, **choices: Any) -> dict[str, Any]:
    seed, done = choices.get("seed", 0), epochs if state == "complete" else 1
    history = [{"epoch": k + 1, "validation_accuracy": accuracy - 0.1 / (k + 1)} for k in range(done)]
    return {
        "name": f"trial-{number:04d}", "choices": choices, "state": state, "seed": seed, "epochs": done,
        "validation_accuracy": None if state == "failed" else accuracy,
        "test_accuracy": accuracy - 0.01 if state == "complete" else None, "train_seconds": 2.0 + seed,
        "run": f"runs/a b/trial-{number:04d}", "history": [] if state == "failed" else history,
    } | ({"error": "step 3: the loss is nan"} if state == "failed" else {})  # fmt: skip


def record(
    *trials: dict[str, Any], fields: tuple[str, ...] = ("optimizer.learning_rate", "optimizer.type")
) -> dict[str, Any]:
    return sweep_record("quick", "mnist", fields, trials, logarithmic=[f for f in fields if f.endswith("_rate")])


def search(count: int = 60) -> dict[str, Any]:
    """A search as real ones come out: most trials at 97% to 99%, some at 10%, of which some are pruned or failed."""
    trials = []
    for k in range(count):
        rate, share = 10 ** (-4 + 3.3 * (k * 0.618 % 1)), k * 0.414 % 1
        kind, batch = ("SGD", "Adam", "RMSProp")[k % 3], (32, 128)[k % 2]
        away = abs(log10(rate) + 2.5)
        accuracy, state = 0.991 - 0.012 * away, "complete"
        if away > 1.2 and kind != "Adam":
            accuracy, state = 0.1 + share / 100, ("pruned", "failed", "complete")[k % 5 % 3]
        choices = {
            "optimizer.learning_rate": rate,
            "network.5.rate": share,
            "optimizer.type": kind,
            "batch_size": batch,
        }
        trials.append(trial(k, accuracy, state, **choices))
        for epoch in trials[-1]["history"]:
            epoch["validation_accuracy"] = max(0.0, epoch["validation_accuracy"])
    return record(*trials, fields=("optimizer.learning_rate", "network.5.rate", "optimizer.type", "batch_size"))
