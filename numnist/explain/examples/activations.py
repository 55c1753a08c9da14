"""Examples of activations, made from the table in numnist/naive/activations.py."""

from __future__ import annotations

from collections.abc import Iterator

from numnist.explain.arithmetic import n, with_numbers
from numnist.explain.examples.layer_example import ByHand, LayerExample, LayerRun
from numnist.naive.activations import Activation
from numnist.nn.base import Layer

X = ((1, -0.5), (-2, 0.5), (3, -1.5))
DY = ((1, 0.5), (2, -1), (-0.5, 2))
PLACES = ((0, 0), (1, 0))  # where x is 1, and where it is -2


def activation_example(layer: Layer, activation: Activation) -> LayerExample:
    """y and dx by hand for one positive and one negative x."""

    def by_hand(run: LayerRun) -> Iterator[ByHand]:
        for name, formula in (("y", activation.y), ("dx", activation.slope)):
            for at in PLACES:
                x, dy = float(run.x[at]), float(run.dy[at])
                words = with_numbers(formula.text, activation.letters(layer, x))
                value = formula.f(layer, x)
                yield (
                    ByHand(name, at, words, value) if name == "y" else ByHand(name, at, f"{n(dy)}·{words}", dy * value)
                )

    return LayerExample(layer, X, DY, (activation.gradient,), by_hand, paper=activation.paper, note=activation.note)
