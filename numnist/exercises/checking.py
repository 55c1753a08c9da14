"""Checking one function of a student's file: what it returns, case by case, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from numnist.exercises.exercise import SLOPE_TOLERANCE, TOLERANCE, Case, Exercise, Mistake, Outputs, equal, unequal
from numnist.exercises.student import StudentError, StudentFile
from numnist.explain.numbers import brackets
from numnist.nn.base import Array

DIFFERENCES = "gradient check: random numbers, against (f(θ+h) - f(θ-h)) / 2h"


@dataclass(frozen=True)
class Finding:
    """What one case has shown.   text: what is wrong, empty if nothing is;  line: of the file;  case: its number"""

    what: str
    text: str = ""
    output: str = ""
    line: int | None = None
    case: int | None = None

    @property
    def ok(self) -> bool:
        return not self.text


def check_function(exercise: Exercise, student: StudentFile) -> list[Finding]:
    """A finding for each case, in order; an output that is wrong is not checked again in later cases.

    If the function raises, or returns something else than its outputs, there is nothing to compare from there on.
    """
    returned: list[dict[str, Array] | StudentError] = []
    for case in exercise.cases:
        try:
            returned.append(_outputs(exercise, student, case))
        except StudentError as error:
            returned.append(error)
    checks, findings, wrong = _Comparison(exercise, student, returned), [], set[str]()
    for i, (case, outputs) in enumerate(zip(exercise.cases, returned)):
        if isinstance(outputs, StudentError):
            findings.append(Finding(case.what, outputs.text, line=outputs.line, case=i))
            return findings
        found = [finding for finding in checks.of_case(i) if finding.output not in wrong]
        wrong.update(finding.output for finding in found)
        if found:
            findings += found
        elif len(wrong) < len(exercise.outputs):
            for_others = f" ({', '.join(name for name in exercise.outputs if name not in wrong)})" if wrong else ""
            findings.append(Finding(case.what + for_others, case=i))
    if exercise.slopes is not None and not wrong:
        findings += list(checks.of_slopes(exercise.slopes(exercise.cases[-1].values()))) or [Finding(DIFFERENCES)]
    return findings


def _outputs(exercise: Exercise, student: StudentFile, case: Case) -> dict[str, Array]:
    """What the function returns, by name.  Raises StudentError where it is not what it should be."""
    names = exercise.outputs
    returned = student.call(exercise.function, case.arguments, f"{exercise.name}: {case.what}")
    every = f"return {', '.join(names)}"
    if returned is None:
        raise StudentError(f"{exercise.function} returns None: end it with `{every}`.")
    if returned is ... and len(names) == 1:
        returned = (...,)
    elif len(names) == 1:
        returned = (returned,)
    if not isinstance(returned, tuple | list) or len(returned) != len(names):
        count = len(returned) if isinstance(returned, tuple | list) else 1
        raise StudentError(f"{exercise.function} returns {count} of {len(names)} things: end it with `{every}`.")
    found = {}
    for name, value in zip(names, returned):
        if value is ...:
            raise StudentError(f"{name} is still to be written.", student.line_of(f"{name} = ..."))
        if value is None:
            raise StudentError(f"{name} is None.")
        try:
            array = np.array(value)  # a copy: the next call may write into the same array
        except Exception as error:  # of whatever kind: lists of different lengths, or an object's own __array__
            raise StudentError(f"{name} cannot be made an array: {error}.") from error
        if array.dtype.kind not in "iuf":
            raise StudentError(f"{name} is of the type {array.dtype}, but must be real numbers.")
        found[name] = array
    return found


class _Comparison:
    """Outputs beside the right ones, and the mistakes that would explain them in every case."""

    def __init__(self, exercise: Exercise, student: StudentFile, returned: list[dict[str, Array] | StudentError]):
        self.exercise, self.student, self.returned = exercise, student, returned
        self.right = [exercise.right(case.values()) for case in exercise.cases]

    def of_case(self, i: int) -> Iterator[Finding]:
        """A finding for each output that is wrong."""
        case, found = self.exercise.cases[i], self.returned[i]
        assert isinstance(found, dict)
        for name, right in self.right[i].items():
            text, line = self._fault(i, name, found[name], np.asarray(right))
            if text:
                yield Finding(case.what, text, name, line, i)

    def of_slopes(self, slopes: Outputs) -> Iterator[Finding]:
        """The same for derivatives by differences, on the last case."""
        found = self.returned[-1]
        assert isinstance(found, dict)
        for name, right in slopes.items():
            if text := _difference(name, found[name], right, SLOPE_TOLERANCE):
                yield Finding(DIFFERENCES, text, name, case=len(self.returned) - 1)

    def _fault(self, i: int, name: str, found: Array, right: Array) -> tuple[str, int | None]:
        case = self.exercise.cases[i]
        if found.shape != right.shape:
            return _shapes(name, found, right), None
        if not np.isfinite(found).all():
            line, words = self.student.line_of_no_number(
                self.exercise.function, case.arguments, f"{self.exercise.name}: {case.what}"
            )
            bad = "NaN, not a number" if np.isnan(found).any() else "infinite"
            return f"{name} is {bad}{f' ({words})' if words else ''}.", line
        text = _difference(name, found, right, TOLERANCE)
        if not text:
            return "", None
        hint = self._hint(name)
        return (f"{text}  {hint}" if hint else text), None

    def _hint(self, name: str) -> str:
        """The words of a mistake that explains this output in every case where it can be compared."""
        for mistake in (*self.exercise.mistakes, *_general(self.exercise, name)):
            if mistake.output == name and self._explains(mistake):
                return f"Hint: {mistake.words}"
        return ""

    def _explains(self, mistake: Mistake) -> bool:
        seen = 0  # cases in which the mistake matters, and is what came out
        for case, found, right in zip(self.exercise.cases, self.returned, self.right):
            expected = np.asarray(right[mistake.output])
            if isinstance(found, StudentError) or found[mistake.output].shape != expected.shape:
                continue
            with np.errstate(all="ignore"):
                wrong = mistake.wrong(case.values(), right)
            output = found[mistake.output]
            if wrong is None or not np.isfinite(wrong).all() or not np.isfinite(output).all():
                continue
            if not equal(output, wrong):
                return False
            seen += not equal(wrong, expected)
        return seen > 0


def _difference(name: str, found: Array, right: Array, tolerance: float) -> str:
    """Where two arrays differ, in words; empty where they do not."""
    if found.shape != right.shape:
        return _shapes(name, found, right)
    if found.dtype.kind == "f":  # of float32 as much as it can hold
        tolerance = max(tolerance, min(100 * float(np.finfo(found.dtype).eps), 1e-3))
    off = unequal(found.astype(float), np.asarray(right, float), tolerance)
    if not off.any():
        return ""
    at = tuple(map(int, np.argwhere(off)[0]))
    count = f" ({off.sum()} of {off.size} numbers are wrong)" if off.size > 1 else ""
    place = f"{name}{brackets(at) if at else ''}"
    is_, must_be = _told_apart(float(found[at]), float(right[at]))
    return f"{place} is {is_}, but must be {must_be}{count}."


def _told_apart(a: float, b: float) -> tuple[str, str]:
    """Two numbers with six digits, or as many more as it takes to see the difference."""
    for digits in range(6, 18):
        both = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if both[0] != both[1]:
            break
    return both


def _shapes(name: str, found: Array, right: Array) -> str:
    text = f"{name} has the shape {found.shape}, but must have {right.shape}."
    if found.shape == right.shape[::-1]:
        return f"{text}  It is lying on its side: what is multiplied by what?"
    if not found.ndim and right.ndim:
        return f"{text}  It is a single number: over which axes may be summed?"
    if found.size == right.size and found.ndim < right.ndim:
        return f"{text}  An axis of length 1 has got lost, which keepdims=True keeps."
    return text


def _general(exercise: Exercise, name: str) -> Iterator[Mistake]:
    """Mistakes that can be made anywhere: the sign, or a factor."""
    yield Mistake(name, lambda a, r: -np.asarray(r[name]), "all is right but the sign.")
    yield Mistake(name, lambda a, r: 0 * np.asarray(r[name]), "it is all zeros.")
    for letter in exercise.sizes(exercise.cases[0].values()):
        yield _factor(exercise, name, letter, 1, f"it is too large by a factor, which is {letter}.")
        yield _factor(exercise, name, letter, -1, f"it is too small by a factor, which is {letter}.")
    yield Mistake(name, lambda a, r: 2 * np.asarray(r[name]), "it is twice as large as it must be.")
    yield Mistake(name, lambda a, r: np.asarray(r[name]) / 2, "it is half as large as it must be.")
    yield Mistake(name, lambda a, r: np.asarray(r[name]).T, "it is transposed.")


def _factor(exercise: Exercise, name: str, letter: str, power: int, words: str) -> Mistake:
    return Mistake(name, lambda a, r: np.asarray(r[name]) * float(exercise.sizes(a)[letter]) ** power, words)
