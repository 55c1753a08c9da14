"""Units: one number of a layer's output, worked out from the layer's inputs.

back = trace_backward(model, image[None], [label])
unit = explain_unit(back, "4", (7, 3, 3))        its formula, the formula in numbers, and its gradient
"""

from __future__ import annotations

from numnist.explain.units.layers import EXPLAINERS, activation
from numnist.explain.units.unit import Index, Unit, UnitExplainer, UnitGradient, UnitTrace, explain_unknown
from numnist.interpret.trace import BackwardTrace, LayerTrace
from numnist.naive import NAIVE
from numnist.naive.activations import Activation
from numnist.nn import LAYERS
from numnist.nn.base import Layer, Shape
from numnist.support.errors import UsageError

__all__ = ["Unit", "UnitGradient", "explain_unit"]


def explain_unit(back: BackwardTrace, place: str, index: Index = ()) -> Unit:
    """One number of the output of the layer at this place, for the first image of the trace.

    index: (k,) into (features,), or (k, i, j) into (C, H, W), where (k,) alone means where map k is strongest.
    Raises UsageError for a place or an index that does not exist.
    """
    passed = next((passed for passed in back.layers if passed.place == place), None)
    if passed is None:
        places = ", ".join(passed.place for passed in back.layers)
        raise UsageError(f"there is no layer at place {place!r}; there are {places}.")
    return explainer_of(passed.layer)(UnitTrace(passed, index_of(passed, index), _image_shape(back.layers, passed)))


def explainer_of(layer: Layer) -> UnitExplainer:
    """By the layer's own class, since a layer that inherits from numnist's may compute something else."""
    name = type(layer).__name__
    if LAYERS.get(name) is not type(layer):
        return explain_unknown
    return activation if isinstance(NAIVE[name], Activation) else EXPLAINERS.get(name, explain_unknown)


def index_of(passed: LayerTrace, index: Index) -> Index:
    """The complete index of a unit.  Raises UsageError if there is no such unit."""
    shape = passed.y.shape[:-1]
    if len(index) not in (1, len(shape)) or not all(0 <= i < size for i, size in zip(index, shape)):
        given = ",".join(map(str, index)) or "none"
        raise UsageError(
            f"layer {passed.place} {passed.layer!r} has output {shape} and no unit {given}: "
            f"give {'K or K,i,j' if len(shape) == 3 else 'K'}, counted from 0."
        )
    if len(index) == len(shape):
        return index
    i, j = divmod(int(abs(passed.y[index[0], ..., 0]).argmax()), shape[2])
    return index[0], i, j


def _image_shape(layers: list[LayerTrace], passed: LayerTrace) -> Shape:
    """The shape of the image that a layer's features were flattened from; the input's own shape if they were not."""
    before = reversed(layers[: layers.index(passed)])
    last = next((layer for layer in before if layer.x.shape != layer.y.shape), passed)  # that changed the shape
    return last.x.shape[:-1] if type(last.layer) is LAYERS["Flatten"] else passed.x.shape[:-1]
