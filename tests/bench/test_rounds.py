"""Rounds: the order of measurements, and the arithmetic of ratios."""

from __future__ import annotations

import pytest

from numnist.bench.process import BackendError
from numnist.bench.rounds import Spread, ratio, spread, take_turns


def test_the_median_stands_between_the_lowest_and_the_highest():
    assert spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert spread([4.0, 1.0, 2.0, 3.0]).median == 2.5


def test_ratios_are_taken_round_by_round():
    """A round in which the machine was slow for both moves no ratio: 10/5 is 4/2."""
    assert ratio([4.0, 10.0, 6.0], [2.0, 5.0, 2.0]) == Spread(2.0, 2.0, 3.0)


def test_figures_of_different_rounds_are_not_compared():
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


def test_backends_take_turns_and_the_first_round_is_not_counted():
    order = []

    def turn(name):
        order.append(name)
        return float(len(order))

    figures = take_turns({n: lambda n=n: turn(n) for n in "abc"}, 2, pause=0, failed=pytest.fail)
    assert "".join(order) == "abcabcabc"
    assert figures == {"a": [4.0, 7.0], "b": [5.0, 8.0], "c": [6.0, 9.0]}


def test_without_a_warm_up_every_round_counts():
    times = iter([1.0, 2.0])
    assert take_turns({"a": lambda: next(times)}, 2, pause=0, warm_up=False) == {"a": [1.0, 2.0]}


def test_a_backend_that_fails_is_reported_and_the_others_go_on():
    turns = iter([1.0, 2.0])

    def breaks():
        try:
            return next(turns)
        except StopIteration:
            raise BackendError("out of luck") from None

    failures = {}
    figures = take_turns({"a": breaks, "b": lambda: 5.0}, 3, pause=0, failed=failures.__setitem__)
    assert figures == {"b": [5.0, 5.0, 5.0]}
    assert str(failures["a"]) == "out of luck"
