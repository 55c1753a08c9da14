"""Schedules: pure functions of the step, with 1 as the most they say."""

from __future__ import annotations

import json
import tomllib
from math import cos, pi, sqrt

import pytest
import tomli_w

from numnist.optim.schedules import (
    SCHEDULES,
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseSqrtDecay,
    OneCycle,
    StepDecay,
    Warmup,
)
from numnist.support.errors import UsageError
from numnist.support.serialisation import from_dict, to_dict

EACH = [
    Constant(),
    StepDecay(),
    StepDecay(0.5, every=2),
    ExponentialDecay(),
    InverseSqrtDecay(),
    CosineDecay(),
    CosineDecay(0.1),
    OneCycle(),
    OneCycle(0.5, start=0.2, final=0.0),
    OneCycle(0.0),
    OneCycle(1.0),
    Warmup(),
    Warmup(5),
    Warmup(7, CosineDecay(0.2)),
    Warmup(3, Warmup(9)),
]


def curve(schedule, total=60, epoch=6):
    return [schedule(step, epoch, total) for step in range(total)]


def test_every_schedule_is_tried():
    assert {type(schedule).__name__ for schedule in EACH} == set(SCHEDULES)


@pytest.mark.parametrize("schedule", EACH, ids=repr)
def test_factor_lies_between_0_and_1(schedule):
    for total, epoch in ((60, 6), (1, 1), (2, 1), (7, 3), (1000, 469)):
        factors = curve(schedule, total, epoch)
        assert all(type(factor) is float for factor in factors)  # a NumPy scalar would make float32 float64
        assert all(0 <= factor <= 1 + 1e-15 for factor in factors)


@pytest.mark.parametrize("schedule", EACH, ids=repr)
def test_factor_is_a_function_of_the_step_alone(schedule):
    forwards = curve(schedule)
    assert [schedule(step, 6, 60) for step in reversed(range(60))] == forwards[::-1]


@pytest.mark.parametrize("schedule", EACH, ids=repr)
def test_needs_total_says_whether_a_longer_run_is_another(schedule):
    same = curve(schedule, 60) == curve(schedule, 120)[:60]
    assert schedule.needs_total != same


@pytest.mark.parametrize("schedule", [schedule for schedule in EACH if schedule.needs_total], ids=repr)
def test_steps_beyond_the_end_stay_at_the_end(schedule):
    """The cosine would come up again."""
    # cosines in float64: a few units in the last of 16 digits, here and below
    assert all(schedule(step, 6, 60) == pytest.approx(schedule(59, 6, 60), abs=1e-15) for step in range(60, 130))


def test_step_decay_falls_at_the_ends_of_epochs():
    factors = curve(StepDecay(0.5, every=2))
    assert factors[:12] == [1.0] * 12
    assert factors[12:24] == [0.5] * 12
    assert factors[59] == 0.5**4


def test_exponential_and_inverse_root_fall_every_epoch():
    assert curve(ExponentialDecay(0.9))[::6] == [0.9**epoch for epoch in range(10)]
    assert curve(InverseSqrtDecay())[::6] == [1 / sqrt(epoch + 1) for epoch in range(10)]
    assert len(set(curve(ExponentialDecay(0.9)))) == 10


def test_cosine_goes_from_1_to_final_with_its_half_in_the_middle():
    factors = curve(CosineDecay(0.1), total=61)
    assert factors[0] == 1
    assert factors[30] == pytest.approx(0.55, abs=1e-15)
    assert factors[60] == pytest.approx(0.1, abs=1e-15)
    assert factors[15] == pytest.approx(0.1 + 0.9 * (1 + cos(pi / 4)) / 2, abs=1e-15)
    assert factors == sorted(factors, reverse=True)


def test_one_cycle_starts_low_peaks_at_1_and_ends_at_almost_nothing():
    factors = curve(OneCycle(0.25, start=0.04, final=0.001), total=61)
    assert factors[0] == pytest.approx(0.04, abs=1e-15)
    assert factors[15] == 1
    assert factors[60] == pytest.approx(0.001, abs=1e-15)
    assert factors[:16] == sorted(factors[:16])
    assert factors[15:] == sorted(factors[15:], reverse=True)


def test_warmup_is_a_line_and_then_the_other_schedule():
    factors, other = curve(Warmup(10, CosineDecay())), curve(CosineDecay())
    assert factors[0] == pytest.approx(0.1)  # not 0, which would waste a step; approx: float64 rounds 1/10
    assert factors[4] == pytest.approx(0.5 * other[4])
    assert factors[9:] == other[9:]


@pytest.mark.parametrize("schedule", EACH, ids=repr)
def test_specification_survives_files(schedule):
    data = to_dict(schedule)
    for found in (data, json.loads(json.dumps(data)), tomllib.loads(tomli_w.dumps(data))):
        assert from_dict(found, SCHEDULES) == schedule


@pytest.mark.parametrize(
    "make",
    [
        lambda: StepDecay(2),
        lambda: StepDecay(0.5, every=0),
        lambda: StepDecay(0.5, every=1.5),
        lambda: ExponentialDecay(-0.5),
        lambda: ExponentialDecay("slow"),
        lambda: CosineDecay(1.5),
        lambda: OneCycle(1.1),
        lambda: OneCycle(final=-1),
        lambda: Warmup(0),
        lambda: Warmup(10, then=0.5),
    ],
)
def test_field_that_makes_no_sense_is_refused(make):
    with pytest.raises(UsageError, match="must be"):
        make()
