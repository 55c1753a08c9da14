"""Intervals by Student's t."""

from __future__ import annotations

from math import isclose, sqrt

import numpy as np
import pytest

from numnist.support.sample import Sample, t_quantile


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.7062), (2, 4.3027), (3, 3.1824), (9, 2.2622), (30, 2.0423)])
def test_students_t_as_in_the_tables(freedom, t):
    assert isclose(t_quantile(freedom), t, abs_tol=6e-5), "the tables have four decimals"


def test_what_two_values_come_to():
    found = Sample.of([1.0, 3.0])
    assert (found.count, found.mean, found.deviation) == (2, 2.0, sqrt(2))
    assert isclose(found.half, 12.7062, rel_tol=1e-5)
    assert isclose(found.half_of_one, 12.7062 * sqrt(3), rel_tol=1e-5)
    assert found.to_dict()["interval_of_mean"] == [2 - found.half, 2 + found.half]


def test_a_single_value_has_no_intervals():
    found = Sample.of([0.5])
    assert (found.half, found.half_of_one) == (None, None)
    assert found.to_dict() == {
        "count": 1, "mean": 0.5, "deviation": None, "interval_of_mean": None, "interval_of_one": None,
    }  # fmt: skip


def test_both_intervals_hold_what_they_should_in_95_of_100_cases():
    """The lowest and highest of a few runs do not: that is why they are not told as bounds."""
    draws = np.random.default_rng(0).normal(size=(4000, 5))
    found = [Sample.of(values[:4].tolist()) for values in draws]
    mean = np.mean([abs(each.mean) < each.half for each in found])
    one = np.mean([abs(each.mean - values[4]) < each.half_of_one for each, values in zip(found, draws)])
    within = np.mean([values[:4].min() < values[4] < values[:4].max() for values in draws])
    assert abs(mean - 0.95) < 0.015, "four standard errors of 4,000 cases"
    assert abs(one - 0.95) < 0.015
    assert within < 0.65
