"""Limits of what a file may ask for: each is checked by numbers alone, before any memory is spent."""

from __future__ import annotations

import pytest

from numnist import Conv2d, Dense, Flatten, MaxPool2d, ReLU, Sequential, UsageError
from numnist.model.limits import LAYERS, check_description, check_plan

PICTURE = (1, 28, 28)


@pytest.mark.parametrize(
    ("network", "shape", "message"),
    [
        (Sequential(Flatten(), Dense(100_000_001)), PICTURE, "layer 1, .* makes 100,000,001 numbers"),
        (Sequential(Conv2d(1, 33, padding="same")), (64, 64, 64), "layer 0, .* makes 285,474,816 numbers"),
        (Sequential(ReLU(), MaxPool2d(12_000, 12_000, 6_000)), PICTURE, "layer 1, .* makes 144.* numbers"),
        (Sequential(Conv2d(90_000, 1), *[ReLU()] * 15), (1, 32, 32), "1,474,560,000 numbers for one picture"),
        (Sequential(Conv2d(2_000, 1), Conv2d(20_000, 1)), PICTURE, "multiply-adds for one picture"),
    ],
    ids=["outputs", "patches", "padding", "all layers together", "multiply-adds"],
)
def test_a_network_that_takes_too_much_is_refused(network, shape, message):
    with pytest.raises(UsageError, match=message):
        check_plan(network.build(shape))


def test_usual_networks_are_far_below():
    check_plan(Sequential(Conv2d(64, 5, padding="same"), ReLU(), MaxPool2d(2), Flatten(), Dense(1000)).build(PICTURE))


def test_a_description_has_at_most_a_thousand_layers_however_they_are_nested():
    flat = {"type": "Sequential", "layers": [{"type": "ReLU"}] * (LAYERS - 1)}
    check_description(flat)
    deep: dict[str, object] = {"type": "ReLU"}
    for _ in range(LAYERS):
        deep = {"type": "Residual", "body": deep}
    for description in ({"type": "Residual", "body": flat}, deep, {"layers": [[0]] * (30 * LAYERS)}):
        with pytest.raises(UsageError, match="more than 1,000 layers"):
            check_description(description)
