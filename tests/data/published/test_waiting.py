"""How long a download may take, by a clock that passes only when told."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from numnist.data.published.transfer import CREDIT, PATIENCE, STEADY, WaitBudget


class Clock:
    """Time that passes only when told."""

    now = 0.0

    def __call__(self):
        return self.now


def test_the_default_patience_ends_within_15_seconds():
    assert PATIENCE + 3 * CREDIT <= 14  # because an error must come within 15, and hashing takes some


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 100_000)), max_size=50))
def test_no_more_time_passes_than_the_patience_and_what_the_data_needs(arrivals):
    clock = Clock()
    budget = WaitBudget(PATIENCE, clock)
    budget.start()
    for pause, count in arrivals:
        clock.now += pause
        budget.received(count)
    needed = sum(count for _, count in arrivals) / STEADY
    assert clock.now <= PATIENCE - budget.left + needed + 1e-9  # because sums of floats round


@pytest.mark.parametrize("burst", [500, 5_000, 45_000])
def test_data_that_flows_steadily_costs_no_patience(burst):
    clock = Clock()
    budget = WaitBudget(PATIENCE, clock)
    budget.start()
    budget.received(2 * burst)  # networks begin with a full buffer
    for _ in range(10_000):
        clock.now += burst / (1.1 * STEADY)
        budget.received(burst)
    assert budget.left == PATIENCE


def test_a_large_burst_makes_up_for_no_more_than_a_second():
    clock = Clock()
    budget = WaitBudget(PATIENCE, clock)
    budget.start()
    budget.received(100_000_000)
    clock.now += 5
    budget.received(0)
    assert budget.left == pytest.approx(PATIENCE - 4)  # 5 seconds, 1 of them on credit
