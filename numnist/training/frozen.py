"""Freezing: training the last layer alone, on what the layers before it, as they are, make of the pictures.

A frozen layer runs as in evaluation: batch norm uses its running statistics, and dropout does nothing.  Nothing flows
back into it, and no part of the update touches its parameters.
"""

from __future__ import annotations

from numnist.model.parameters import Parameters
from numnist.nn.activations import Activation
from numnist.nn.base import Plan
from numnist.nn.flatten import Flatten
from numnist.nn.pool import AvgPool2d, GlobalAvgPool, MaxPool2d
from numnist.support.errors import UsageError

ALIKE = Activation | MaxPool2d | AvgPool2d | GlobalAvgPool | Flatten  # in training as in evaluation


def frozen_layers(plan: Plan, freeze: bool) -> int:
    """How many of a network's first layers are frozen: 0 without `freeze`.

    The last one with parameters is trained, and with it what stands between it and the one before, such as dropout:
    that regularises what is trained.  Raises UsageError where nothing would be frozen.
    """
    if not freeze:
        return 0
    *before, last = [i for i, child in enumerate(plan.children) if child.size] or [0]
    if not before:
        raise UsageError(
            "freeze keeps all layers with parameters but the last as they are, and this network has no others: "
            f"leave freeze out. It is {plan.layer!r}."
        )
    between = range(before[-1] + 1, last)
    return next((i for i in between if not isinstance(plan.children[i].layer, ALIKE)), last)


def frozen_parameters(parameters: Parameters, freeze: bool) -> int:
    """How many of a network's numbers are frozen, running statistics included."""
    trained = parameters.parts(frozen_layers(parameters.plan, freeze))
    return parameters.theta.size - sum(part.stop - part.start for part in trained)
