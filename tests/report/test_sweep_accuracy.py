"""The axis of accuracies: by error where the good trials would crowd, and right at its ends, 0% and 100%."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from numnist.report.sweep.accuracy import AccuracyAxis

SOME_BAD = [0.1, 0.1135, 0.62, 0.97, 0.98, 0.985, 0.988, 0.9895]


def words(axis):
    return [text for text, _ in axis.ticks]


def test_good_trials_have_room_beside_bad_ones():
    axis = AccuracyAxis.of(SOME_BAD)
    assert axis.by_error
    assert words(axis) == ["0%", "50%", "80%", "90%", "95%", "98%", "99%"]
    # errors from 3% to 1% of a scale from 100% to 1%: log(3) / log(100) = 0.24, where a plain axis gives 2% of it
    assert axis.place(0.99) - axis.place(0.97) == pytest.approx(0.2386, abs=1e-4)
    assert axis.place(0.99) - axis.place(0.9) == pytest.approx(axis.place(0.9) - axis.place(0.0))
    assert "logarithm of the error" in axis.note()


@pytest.mark.parametrize(
    "values",
    [
        [0.97, 0.975, 0.98, 0.985, 0.99],  # spread evenly: nothing is gained
        [0.1, 0.5, 0.501, 0.502],  # crowded by error too
        [0.98],
        [0.5, 0.5, 0.5],
        [0.1, 1.0, 1.0, 1.0],  # those at 100% are one place on any axis
    ],
)
def test_elsewhere_the_axis_is_plain(values):
    axis = AccuracyAxis.of(values)
    assert not axis.by_error
    assert axis.note() == ""
    middle = (axis.low + axis.high) / 2
    assert axis.place(middle) == pytest.approx(0.5)


def test_100_percent_has_a_place_of_its_own():
    axis = AccuracyAxis.of([*SOME_BAD, 1.0])
    assert axis.place(1.0) == 1.0
    assert words(axis)[-2:] == ["99%", "100%"]
    assert axis.place(0.99) == pytest.approx(axis.top)
    assert axis.top < 0.9
    assert "infinitely far" in axis.note()


@pytest.mark.parametrize("value", [0.0, 0.004, 0.99, 1.0])
def test_no_tick_is_beyond_what_an_accuracy_can_be(value):
    axis = AccuracyAxis.of([value, value])
    assert all(0 <= float(text.rstrip("%")) <= 100 for text in words(axis))
    assert 0 <= axis.place(value) <= 1


@pytest.mark.parametrize("digits", range(3, 12))
def test_a_tick_below_100_percent_is_never_called_100(digits):
    best = 1 - 10.0**-digits
    axis = AccuracyAxis.of([0.1, 0.9, best, best - 10.0**-digits, best - 2 * 10.0**-digits])
    assert axis.by_error
    assert "100%" not in words(axis)
    assert words(axis)[-1] == f"{'9' * 2}.{'9' * (digits - 2)}%"
    assert len(axis.ticks) <= 13


@given(st.lists(st.integers(0, 5000), min_size=1).map(lambda counts: [count / 5000 for count in counts]))
def test_better_stands_higher_and_ticks_stand_where_they_say(values):
    axis = AccuracyAxis.of(values)
    ordered = sorted(set(values))
    places = [axis.place(value) for value in ordered]
    assert all(a < b for a, b in pairwise(places))
    assert places[0] >= -1e-9  # a sum of two roundings
    assert places[-1] <= 1 + 1e-9
    for text, place in axis.ticks:
        # written with 6 digits, and 1e-4 of an axis is a fiftieth of a pixel
        assert axis.place(float(text.rstrip("%")) / 100) == pytest.approx(place, abs=1e-4)
