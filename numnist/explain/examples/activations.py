"""Examples of activations, made from the table in numnist/naive/activations.py."""

from __future__ import annotations

from functools import partial

from numnist.explain.arithmetic import n, with_numbers
from numnist.explain.examples.layer_example import ByHand, LayerExample, LayerRun
from numnist.naive.activations import Activation
from numnist.nn.base import Layer

X = ((1, -0.5), (-2, 0.5), (3, -1.5))
DY = ((1, 0.5), (2, -1), (-0.5, 2))
PLACES = ((0, 0), (1, 0))  # where x is 1, and where it is -2


def activation_example(layer: Layer, activation: Activation) -> LayerExample:
    """y and dx by hand for one positive and one negative x."""
    by_hand = tuple(partial(make, activation, at) for make in (y_at, dx_at) for at in PLACES)
    return LayerExample(layer, X, DY, (activation.gradient,), by_hand, paper=activation.paper, note=activation.note)


def y_at(activation: Activation, at: tuple[int, int], run: LayerRun) -> ByHand:
    x = float(run.x[at])
    words = with_numbers(activation.y.text, activation.letters(run.layer, x))
    return ByHand("y", at, words, activation.y.f(run.layer, x))


def dx_at(activation: Activation, at: tuple[int, int], run: LayerRun) -> ByHand:
    x, dy = float(run.x[at]), float(run.dy[at])
    words = with_numbers(activation.slope.text, activation.letters(run.layer, x))
    return ByHand("dx", at, f"{n(dy)}·{words}", dy * activation.slope.f(run.layer, x))
