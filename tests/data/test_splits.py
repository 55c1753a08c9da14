"""Splits by class: equal shares, no class without pictures in a part, and words for what is rare."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from numnist.data.splits import class_notes, stratified_split
from numnist.support.errors import UsageError


def of(counts):
    """Sorted labels, as files often have them: counts[k] times the label k."""
    return np.repeat(np.arange(len(counts)), counts)


COUNTS = st.lists(st.integers(1, 30), min_size=1, max_size=12)


@given(COUNTS, st.floats(0.01, 0.9))
def test_every_picture_is_in_one_part_and_every_class_of_two_in_both(counts, fraction):
    labels = of(counts)
    rest, held = stratified_split(labels, fraction)
    assert sorted([*rest, *held]) == list(range(len(labels)))
    for k, count in enumerate(counts):
        assert (labels[rest] == k).any()
        assert (labels[held] == k).any() == (count >= 2)


@given(COUNTS, st.floats(0.01, 0.9), st.floats(0.01, 0.9))
def test_a_class_of_three_is_in_all_of_three_parts(counts, test, validation):
    labels = of(counts)
    rest, held = stratified_split(labels, test, leave=2)
    train, kept = stratified_split(labels[rest], validation)
    for k in np.flatnonzero(np.array(counts) >= 3):
        for part in (labels[held], labels[rest][train], labels[rest][kept]):
            assert (part == k).any()


@given(COUNTS, st.data())
def test_a_number_is_kept_exactly_and_leaves_every_class_one(counts, data):
    labels = of(counts)
    number = data.draw(st.integers(0, len(labels) - len(counts)))
    rest, held = stratified_split(labels, number)
    assert len(held) == number
    assert set(labels[rest]) == set(range(len(counts)))


def test_shares_are_those_of_the_classes():
    labels = of([600, 300, 60])
    assert np.bincount(labels[stratified_split(labels, 1 / 6)[1]]).tolist() == [100, 50, 10]


def test_shares_that_are_no_whole_numbers_are_off_by_less_than_one():
    labels = of([7, 11, 13, 17])
    held = labels[stratified_split(labels, 20)[1]]
    assert np.abs(np.bincount(held) - 20 * np.bincount(labels) / 48).max() < 1


def test_a_fraction_grows_where_it_would_give_a_class_none():
    assert len(stratified_split(of([3] * 100), 1 / 6)[1]) == 100


def test_a_number_below_the_number_of_classes_is_kept():
    assert len(stratified_split(of([10] * 8), 3)[1]) == 3


def test_both_parts_are_shuffled_the_same_way_every_time_and_differently_with_another_key():
    labels = of([200, 200])
    for part, again, other in zip(
        stratified_split(labels, 0.5), stratified_split(labels, 0.5), stratified_split(labels, 0.5, (1, "split"))
    ):
        assert np.array_equal(part, again)
        assert not np.array_equal(part, other)
        assert set(labels[part][:20]) == {0, 1}  # of a fair shuffle, all alike with a chance of 2 in a million


def test_labels_may_be_any_numbers():
    rest, held = stratified_split(np.array([-1, 7, -1, 7]), 0.5)
    assert (len(rest), len(held)) == (2, 2)


@pytest.mark.parametrize("amount", [-1, 5, 100, 1.0, 1.5, -0.1, float("nan"), True, "some", None])
def test_an_amount_that_makes_no_sense_is_refused(amount):
    with pytest.raises(UsageError, match="cannot be held out"):
        stratified_split(of([3, 3]), amount)


def test_nothing_may_be_held_out():
    for amount in (0, 0.0):
        rest, held = stratified_split(of([3, 3]), amount)
        assert (len(rest), len(held)) == (6, 0)
    assert [len(part) for part in stratified_split(of([]), 0)] == [0, 0]


def test_rare_and_missing_classes_are_said():
    parts = {"training": of([20, 1, 1, 0]), "validation": of([4, 1]), "test": of([4, 1])}
    assert class_notes(parts, ("cat", "dog", "cow", "emu")) == (
        "no pictures of emu: the network cannot learn what it never sees",
        "no validation pictures of cow (1 picture in all)",
        "no test pictures of cow (1 picture in all)",
        "rare classes: dog (3 pictures in all), cow (1 picture in all)",
    )


def test_even_classes_are_worth_no_word():
    assert class_notes({"training": of([6, 6]), "validation": of([]), "test": of([2, 3])}, ("a", "b")) == ()


def test_a_long_list_is_cut():
    (note,) = class_notes({"training": of([100, *[1] * 40])}, tuple(map(str, range(41))))
    assert note.endswith("10 (1 picture in all) and 30 more")
