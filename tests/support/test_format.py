"""Durations and shares as people read them."""

from __future__ import annotations

import pytest

from numnist.support.format import duration, measured_time, percent, probability_percent


@pytest.mark.parametrize(
    ("seconds", "text", "fine"),
    [(0.04, "0 s", "40 ms"), (4.2, "4 s", "4.2 s"), (45, "45 s", "45.0 s"), (95, "1 min 35 s", "95.0 s"),
     (185, "3 min 05 s", "3 min 05 s"), (5399, "89 min 59 s", "89 min 59 s"), (7800, "2 h 10 min", "2 h 10 min")],
)  # fmt: skip
def test_durations_are_as_fine_as_asked(seconds, text, fine):
    assert (duration(seconds), duration(seconds, fine=True)) == (text, fine)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3e-6, "3 µs"), (0.01234, "12.3 ms"), (1.0, "1 s"), (119.0, "119 s"), (120.0, "2 min"), (960.0, "16 min"),
     (7200.0, "2 h"), (1.2e6, "13.9 days")],
)  # fmt: skip
def test_measured_times_are_in_the_unit_that_reads_best(seconds, text):
    assert measured_time(seconds) == text


def test_a_missing_share_is_a_dash_or_as_asked():
    assert (percent(0.99244), percent(0.5, 1), percent(None), percent(None, missing="")) == ("99.24%", "50.0%", "–", "")


@pytest.mark.parametrize(
    ("share", "text"), [(0.5, "50.0%"), (0.9994, "99.9%"), (0.99996, "99.996%"), (0.9999999, "99.999%"), (1, "100%")]
)
def test_a_probability_is_never_rounded_to_certainty(share, text):
    assert probability_percent(share) == text
