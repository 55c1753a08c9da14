"""All exercises, in the order of a course."""

from __future__ import annotations

from pathlib import Path

from numnist.exercises.exercise import Exercise
from numnist.exercises.tasks.adam import ADAM_STEP
from numnist.exercises.tasks.batch_norm import BATCH_NORM_BACKWARD
from numnist.exercises.tasks.conv import CONV_FORWARD
from numnist.exercises.tasks.cross_entropy import SOFTMAX_CROSS_ENTROPY
from numnist.exercises.tasks.dense import DENSE_BACKWARD
from numnist.support.errors import UsageError
from numnist.support.files import write_atomically
from numnist.support.serialisation import suggest

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for exercise in (DENSE_BACKWARD, SOFTMAX_CROSS_ENTROPY, CONV_FORWARD, BATCH_NORM_BACKWARD, ADAM_STEP)
}


def exercise_named(name: str) -> Exercise:
    """Found whatever the case, with hyphens or underscores.  Raises UsageError for an unknown name."""
    key = name.lower().replace("_", "-")
    if key not in EXERCISES:
        raise UsageError(f"there is no exercise {name!r}{suggest(key, list(EXERCISES))}; `numnist exercise` lists all.")
    return EXERCISES[key]


def write_exercise(exercise: Exercise, path: Path, *, replace: bool = False) -> None:
    """Write the file to complete.  Raises UsageError for one that is there, unless it may be replaced."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder: give a file, as in --out {path / exercise.function}.py.")
    if path.exists() and not replace:
        raise UsageError(
            f"{path} is there already, and may hold your work: give another --out, or --force to replace it."
        )
    write_atomically(path, exercise.template.encode())
