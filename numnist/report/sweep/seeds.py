"""What several seeds of one setting come to, as the rows of a table."""

from __future__ import annotations

from numnist.experiment.sweeps.record import Group
from numnist.support.format import duration, percent
from numnist.support.sample import Sample

HEADS = ("", "mean", "standard deviation", "95% interval of the mean", "of one more run")
NAMES = {"validation_accuracy": "validation", "test_accuracy": "test", "train_seconds": "training time"}


def seed_rows(group: Group) -> list[list[str]]:
    """A row for each quantity that is known, under HEADS."""
    known = ((name, quantity, group.sample(quantity)) for quantity, name in NAMES.items())
    return [[name, *_cells(found, quantity == "train_seconds")] for name, quantity, found in known if found is not None]


def _cells(found: Sample, seconds: bool) -> list[str]:
    def text(value: float | None) -> str:
        if value is None:
            return "–"
        return duration(value, fine=True) if seconds else percent(value)

    def interval(half: float | None) -> str:
        """Within what is possible."""
        if half is None:
            return "–"
        low, high = max(0.0, found.mean - half), found.mean + half
        return f"{text(low)} – {text(high if seconds else min(1.0, high))}"

    return [text(found.mean), text(found.deviation), interval(found.half), interval(found.half_of_one)]
