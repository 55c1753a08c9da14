"""Settings of a space: how many there are, and which nobody has tried."""

from __future__ import annotations

import pytest

from numnist.experiment.sweeps.distinct import count_settings, find_untried, setting
from numnist.experiment.sweeps.space import Choices, Range


@pytest.mark.parametrize(
    ("domain", "count"),
    [
        (Choices((1, "a", None, True)), 4),
        (Range(32, 96, whole=True, step=32), 3),
        (Range(1, 100, whole=True, log=True), 100),
        (Range(0.0, 0.6, step=0.1), 7),
        (Range(0.0, 0.6), None),
        (Range(1e-4, 1.0, log=True), None),
    ],
)
def test_how_many_settings_there_are(domain, count):
    assert count_settings({"a": domain}) == count
    assert count_settings({"a": domain, "b": Choices((1, 2, 3))}) == (None if count is None else 3 * count)


def test_every_setting_is_found_once_wherever_the_search_begins():
    space = {"a": Choices((1, True, "x")), "b": Range(0.0, 0.3, step=0.1), "c": Range(2, 8, whole=True, step=3)}
    for start in (0.0, 0.5, 0.999):
        tried = set()
        while (found := find_untried(space, tried, start)) is not None:
            assert setting(space, found) not in tried
            assert 0 <= found["b"] <= 0.3
            assert found["c"] in (2, 5, 8)
            tried.add(setting(space, found))
        assert len(tried) == 3 * 4 * 3


def test_a_range_without_steps_has_no_end_of_settings():
    assert find_untried({"a": Range(0.0, 1.0)}, set(), 0.5) is None


def test_settings_are_told_apart_by_value_not_by_rounding():
    space = {"a": Choices((1, True)), "b": Range(0.0, 0.6, step=0.1)}
    assert setting(space, {"a": 1, "b": 0.3}) == setting(space, {"a": 1, "b": 0.1 + 0.2})
    assert setting(space, {"a": 1, "b": 0.3}) != setting(space, {"a": True, "b": 0.3})
    assert setting(space, {"a": 1}) is None, "b is not chosen yet"
