"""Labels of whatever kind, whole numbers, words or one-hot rows, as classes numbered from 0 and their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.arrays.plain import plain_array
from numnist.data.checks import MAX_CLASSES
from numnist.support.errors import DataError

Labels = NDArray[np.int64]
_ONE_SUM = 1e-3  # probabilities in float16 sum to 1 so nearly


@dataclass(frozen=True)
class Given:
    """Labels as someone gave them.   where: their name in messages;  pictures: how many there should be"""

    values: Any
    where: str
    pictures: int


def read_labels(parts: Sequence[Given], classes: Sequence[str] | None = None) -> tuple[list[Labels], tuple[str, ...]]:
    """The labels of all parts as classes numbered from 0, (N,) each, and the names of the classes.

    Each part holds whole numbers of any type, words, truth values, (N,) or (N, 1), or one-hot rows (N, K).
    The classes are the labels that occur in the first part, which is to train with, as in scikit-learn: numbers by
    value, which may begin at 1 and have gaps, and words by alphabet.  Of one-hot rows they are the K columns, by their
    names if they are a DataFrame's.  With `classes`, words are names of these, and
    numbers their places from 0, or, where they do not start there, the names in the order of the numbers.
    Raises DataError for anything else: missing or several labels, fractions, soft labels, a number far from all others
    that one picture has, and labels of another part that the first has not.
    """
    where = parts[0].where
    given = None if classes is None else _checked(classes, where)
    read, columns = [], None
    for part in parts:
        array = plain_array(part.values, part.where)
        if array.ndim == 2 and array.shape[1] > 1:
            column = _one_hot(array, part)
            names = tuple(str(name) for name in getattr(part.values, "columns", range(array.shape[1])))
            if given is not None and len(given) != len(names):
                raise DataError(f"{part.where} has {len(names)} one-hot columns, but there are {len(given)} classes.")
            read.append(np.array(names)[column] if hasattr(part.values, "columns") else column)
            columns = columns or names
        else:
            read.append(_single(array, part))
    if any(labels.dtype.kind == "U" for labels in read):
        read = [labels.astype(np.str_) for labels in read]
    present = np.unique(np.concatenate(read))
    if given is None and columns is None:
        _check_far(read[0], where)
        _check_trained(read, parts)
    found = given or columns or tuple(map(str, sorted(present.tolist(), key=rank)))
    if len(found) > MAX_CLASSES:
        raise DataError(
            f"{where} has {len(found):,} different labels, more than {MAX_CLASSES:,} classes: are they classes?"
        )
    places = _places(present, found, where, by_name=given is None)
    return [places[np.searchsorted(present, labels)] for labels in read], found


def _check_far(labels: NDArray[Any], where: str) -> None:
    """Raise DataError for a number that one picture has, and that is far above all others: a slip, and no class."""
    if labels.dtype.kind != "i":
        return
    present, counts = np.unique(labels, return_counts=True)
    usual = max(9, 2 * len(present))  # where the numbers of so many classes end, gaps included
    if counts[-1] == 1 and len(present) > 2 and present[-2] <= usual < present[-1]:
        raise DataError(
            f"{where} has the label {present[-1]} for a single picture, {np.argmax(labels)} (from 0), and none above "
            f"{present[-2]} for all others: correct it, leave the picture out, or name all classes."
        )


def _check_trained(read: Sequence[NDArray[Any]], parts: Sequence[Given]) -> None:
    """Raise DataError for labels of another part that no training picture has."""
    for labels, part in zip(read[1:], parts[1:]):
        unknown = np.setdiff1d(labels, read[0])
        if len(unknown):
            raise DataError(
                f"{part.where} has pictures of {', '.join(repr(str(label)) for label in unknown[:5])}, but no "
                "training picture is of these classes: give some, leave these pictures out, or name all classes."
            )


def _single(array: NDArray[Any], part: Given) -> NDArray[Any]:
    """(N,) or (N, 1) of one label each, as int64 or words."""
    where = part.where
    if array.ndim == 2 and array.shape[1] == 1:  # as in MedMNIST, CIFAR and DataFrames of one column
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(
            f"{where} has the shape {array.shape}, but labels are (N,), (N, 1) or one-hot rows (N, classes): give one "
            "label for each picture."
        )
    _check_count(array, part)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind in "Ub":
        array = array.astype(np.str_)
        empty = np.flatnonzero(array == "")
        if len(empty):
            raise DataError(f"{where} has an empty label for picture {empty[0]} (from 0): name it, or leave it out.")
        return array
    if array.dtype.kind not in "iuf":
        raise DataError(f"{where} holds values of type {array.dtype}, but labels are whole numbers or words.")
    missing = np.flatnonzero(array != array)  # NaN
    if len(missing):
        raise DataError(f"{where} has no label for picture {missing[0]} (from 0), but NaN: fill it, or leave it out.")
    wrong = np.flatnonzero(
        ~(np.isfinite(array) & (array == np.rint(array)) & (np.abs(array.astype(np.float64)) < 2**53))
    )
    if len(wrong):
        raise DataError(
            f"{where} has the label {array[wrong[0]]} for picture {wrong[0]} (from 0), but labels are classes, whole "
            "numbers or words: numnist predicts no measurements."
        )
    return array.astype(np.int64)


def _one_hot(array: NDArray[Any], part: Given) -> Labels:
    """The column of the only 1 in each row.  Raises DataError for rows that are not one-hot, saying what they are."""
    where, shape = part.where, array.shape
    if array.dtype.kind not in "iufb":
        raise DataError(f"{where} has the shape {shape} and the type {array.dtype}: give one label for each picture.")
    if shape[0] == 1 and part.pictures == shape[1]:
        raise DataError(f"{where} has the shape {shape}: give the labels as (N,), with .ravel().")
    _check_count(array, part)
    ones = array.sum(axis=1)
    if ((array == 0) | (array == 1)).all():
        wrong = np.flatnonzero(ones != 1)
        if not len(wrong):
            return array.argmax(axis=1).astype(np.int64)
        if ones.max() > 1:
            raise DataError(
                f"{where} is multi-label: row {np.flatnonzero(ones > 1)[0]} (from 0) names several of the {shape[1]} "
                "classes. numnist gives each picture one class: choose one column, y[:, k], and train a network for it."
            )
        raise DataError(f"{where} is one-hot, but row {wrong[0]} (from 0) has no 1: give it a class, or leave it out.")
    if array.dtype.kind == "f" and array.min() >= 0 and (np.abs(ones - 1) < _ONE_SUM).all():
        raise DataError(f"{where} has soft labels, shares of several classes: give the likeliest, y.argmax(axis=1).")
    raise DataError(
        f"{where} has the shape {shape} and is not one-hot: labels are (N,), (N, 1), or rows with a single 1. If one "
        "column has the classes, give that, such as y[:, 0]."
    )


def _check_count(array: NDArray[Any], part: Given) -> None:
    if len(array) != part.pictures:
        raise DataError(
            f"{part.where} holds {len(array):,} labels for {part.pictures:,} pictures: images and labels must come in "
            "pairs, in the same order."
        )
    if not len(array):
        raise DataError(f"{part.where} holds no labels: give one for each picture.")


def _checked(classes: Sequence[str], where: str) -> tuple[str, ...]:
    if isinstance(classes, str):
        raise DataError(f"classes is the word {classes!r}, but must be a list of names, for the labels in {where}.")
    names = tuple(map(str, plain_array(classes, "classes").ravel()))
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise DataError(f"classes names {twice[0]!r} twice, for the labels in {where}: each class needs its own name.")
    if not names:
        raise DataError(f"classes is empty: name the classes of the labels in {where}, or leave it out.")
    return names


def _places(present: NDArray[Any], classes: tuple[str, ...], where: str, by_name: bool) -> Labels:
    """The class of each label that occurs.   present: (labels,), sorted"""
    position = {name: k for k, name in enumerate(classes)}
    named = [position.get(str(label)) for label in present]
    numbers = present.dtype.kind == "i"
    if numbers and not by_name and present[0] >= 0 and present[-1] < len(classes):
        if None not in named and named != present.tolist():
            raise DataError(
                f"{where} has numbers, and classes names numbers in another order ({', '.join(classes[:4])} …): "
                "whether a label is a name or a place in them is open. Give the labels as words, or leave classes out."
            )
        return present.astype(np.int64)
    if None not in named:
        return np.array(named, np.int64)
    if numbers and len(present) == len(classes):
        return np.arange(len(classes))
    unknown = [str(label) for label, place in zip(present.tolist(), named) if place is None]
    raise DataError(
        f"{where} has the labels {', '.join(unknown[:5])}{' …' if len(unknown) > 5 else ''}, which are not among the "
        f"{len(classes):,} classes {', '.join(classes[:5])}{' …' if len(classes) > 5 else ''}: name all of them, in "
        "the order of the labels."
    )


def rank(label: Any) -> tuple[bool, int, str]:
    """The order of classes: numbers first, by their value, also as words; then words."""
    try:
        return False, int(label), str(label)
    except ValueError:
        return True, 0, str(label)
