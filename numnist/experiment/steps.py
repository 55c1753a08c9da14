"""A run's steps: the loss and accuracy of every batch in steps.jsonl, in at most some 2,000 lines however long it is.

A line stands for one step, later for 2, 4, 8 ... neighbouring ones: whenever there are 2,000 lines, each two become
one, which keeps their mean and their extremes, as an audio editor draws a long recording.  How the lines are cut
depends on the number of steps alone, so a run that was stopped and resumed leaves the file of one that never was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from numnist.experiment.lines import MOST, number, read_lines, whole
from numnist.support.files import write_atomically
from numnist.support.reading import from_json, read_text

FILE = "steps.jsonl"
NEXT = "steps.next.jsonl"  # the file to be, while the checkpoint that it belongs to is written
LINES = 2_000  # even, so that all of them make pairs
DIGITS = 6  # of a number in the file


@dataclass(frozen=True)
class StepLine:
    """Neighbouring steps, measured before each changed the weights.

    step: the last of them, counted from 1;  steps: how many;  epoch: where the last ends, 0.5 in the middle of the
    first;  loss and accuracy: the mean over their batches, and the lowest and highest batch.
    """

    step: int
    steps: int
    epoch: float
    loss: float
    lowest_loss: float
    highest_loss: float
    accuracy: float
    lowest_accuracy: float
    highest_accuracy: float

    def and_then(self, other: StepLine) -> StepLine:
        """One line for both.  other: as many steps, which follow."""
        return StepLine(
            other.step, self.steps + other.steps, other.epoch,
            _rounded((self.loss + other.loss) / 2),
            min(self.lowest_loss, other.lowest_loss), max(self.highest_loss, other.highest_loss),
            _rounded((self.accuracy + other.accuracy) / 2),
            min(self.lowest_accuracy, other.lowest_accuracy), max(self.highest_accuracy, other.highest_accuracy),
        )  # fmt: skip


class StepLog:
    """Collects the steps of a run.   epoch_steps: of an epoch;  lines: those of the run so far"""

    def __init__(self, epoch_steps: int, lines: Iterable[StepLine] = ()):
        self.epoch_steps, self._lines = epoch_steps, list(lines)
        self._every = max((line.steps for line in self._lines), default=1)  # steps of a full line
        self._new: list[tuple[int, float, float]] = []

    def add(self, step: int, loss: float, accuracy: float) -> None:
        """Called after every step, so it only keeps the numbers."""
        self._new.append((step, loss, accuracy))

    def lines(self) -> list[StepLine]:
        """All lines; the last ones stand for fewer steps where the next full line is not complete."""
        for step, loss, accuracy in self._new:
            loss, accuracy = _rounded(loss), _rounded(accuracy)
            epoch = _rounded(step / self.epoch_steps)
            self._push(StepLine(step, 1, epoch, loss, loss, loss, accuracy, accuracy, accuracy))
        self._new.clear()
        return self._lines

    def _push(self, line: StepLine) -> None:
        lines = self._lines
        while lines and lines[-1].steps == line.steps < self._every:  # 1 and 1 make 2, then 2 and 2 make 4 ...
            line = lines.pop().and_then(line)
        lines.append(line)
        if len(lines) == LINES and line.steps == self._every:
            lines[:] = paired(lines)
            self._every *= 2

    def stage(self, folder: Path) -> None:
        """Write the lines beside the file that belongs to the checkpoint in the folder.  Nothing without a step."""
        if lines := self.lines():
            text = "".join(json.dumps(vars(line)) + "\n" for line in lines)
            write_atomically(folder / NEXT, text.encode())


def commit(folder: Path) -> None:
    """Let what was staged take the file's place, since its checkpoint is written."""
    if (folder / NEXT).exists():
        (folder / NEXT).replace(folder / FILE)


def recover(folder: Path, step: int) -> list[StepLine]:
    """The lines of a run at this step, whenever its process was killed; none where its files are of another step."""
    if step and _last_step(folder / NEXT) == step:  # killed after the checkpoint, before `commit`
        commit(folder)
    (folder / NEXT).unlink(missing_ok=True)
    lines = read_steps(folder) if step else []
    return lines if lines and lines[-1].step == step else []


def read_steps(folder: Path) -> list[StepLine]:
    """The lines of a run folder; none where it has no such file.  Raises ModelFileError, naming the line."""
    return read_lines(folder / FILE, _line, " Without it, epochs are drawn.")


def _line(table: dict[str, Any]) -> StepLine:
    line = StepLine(**table)
    if whole(line.steps) > whole(line.step):
        raise ValueError
    for value in table.values():
        number(value)
    return line


def _last_step(path: Path) -> int | None:
    try:
        return int(from_json(read_text(path, MOST).splitlines()[-1])["step"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def paired(lines: Sequence[StepLine]) -> list[StepLine]:
    """Half as many lines, each for two; a last one without a partner stays alone."""
    pairs = [a.and_then(b) for a, b in zip(lines[::2], lines[1::2])]
    return pairs + list(lines[2 * len(pairs) :])


def running_mean(values: Sequence[float], half: int | None = None) -> list[float]:
    """The mean of each value with `half` neighbours on either side, by default a fortieth of all, none of few.

    At the start, where curves are steep, there are fewer on both sides, so that the first value is the first batch's;
    at the end, where they are flat, fewer on the right: the last value is no single batch's.
    """
    half = len(values) // 40 if half is None else half
    reach = (min(half, k) for k in range(len(values)))
    return [fmean(values[k - r : k + r + 1]) for k, r in enumerate(reach)]


def _rounded(value: float) -> float:
    """To as many digits as the file has, so that what is read is what was written."""
    return float(f"{value:.{DIGITS}g}")
