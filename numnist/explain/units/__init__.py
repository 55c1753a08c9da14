"""Units: one number that a layer made of a picture, worked out from the numbers that it was made of.

back = trace_back(model, picture[None], [label])
unit = explained_unit(back, "4", (7, 3, 3))        its formula, the formula in numbers, and its gradient
"""

from __future__ import annotations

from numnist.explain.units import activations, norms, products, routing
from numnist.explain.units.unit import Index, Unit, UnitGradient, Worker, anything
from numnist.interpret.trace import Passed, WayBack
from numnist.nn import LAYERS
from numnist.nn.base import Layer, Shape
from numnist.support.errors import UsageError

__all__ = ["Unit", "UnitGradient", "explained_unit", "index_of"]

# How each layer of the closed table is explained, by its own class: a layer that inherits may do something else.
WORKERS: dict[type[Layer], Worker] = {
    LAYERS[name]: worker for table in (products.WORKERS, routing.WORKERS, norms.WORKERS, activations.WORKERS)
    for name, worker in table.items()
}  # fmt: skip


def explained_unit(back: WayBack, place: str, index: Index = ()) -> Unit:
    """One number of the output of the layer at this place, for the first of the pictures that went through.

    index: (k,) into (features,), or (k, i, j) into (C, H, W); of the latter (k,) alone is where that map is strongest.
    Raises UsageError for a place or an index that is not there.
    """
    passed = next((passed for passed in back.layers if passed.place == place), None)
    if passed is None:
        places = ", ".join(passed.place for passed in back.layers)
        raise UsageError(f"there is no layer at place {place!r}; there are {places}.")
    at = index_of(passed, index)
    return WORKERS.get(type(passed.layer), anything)(passed, at, _picture_before(back.layers, passed))


def index_of(passed: Passed, index: Index) -> Index:
    """The whole index of a unit.  Raises UsageError where there is none."""
    shape = passed.y.shape[:-1]
    if len(index) not in (1, len(shape)) or not all(0 <= i < size for i, size in zip(index, shape)):
        given = ",".join(map(str, index)) or "none"
        raise UsageError(
            f"layer {passed.place} {passed.layer!r} makes {shape} and has no unit {given}: "
            f"give {'K or K,i,j' if len(shape) == 3 else 'K'}, counted from 0."
        )
    if len(index) == len(shape):
        return index
    inner = abs(passed.y[index[0], ..., 0])
    flat = int(inner.argmax())
    i, j = divmod(flat, inner.shape[1])
    return index[0], i, j


def _picture_before(layers: list[Passed], passed: Passed) -> Shape:
    """The shape of the picture that a layer's input of features was flattened from; its own shape where it was not."""
    own = passed.x.shape[:-1]
    for before in reversed(layers[: layers.index(passed)]):
        if before.y.shape[:-1] != own:
            break
        if before.x.shape[:-1] != own:
            return before.x.shape[:-1] if type(before.layer) is LAYERS["Flatten"] else own
    return own
