"""Receptive field: which part of the picture a unit can see."""

from __future__ import annotations

from collections.abc import Sequence

from numnist.nn.activations import ACTIVATIONS, Softmax
from numnist.nn.base import Plan
from numnist.nn.conv import Conv2d
from numnist.nn.dropout import Dropout
from numnist.nn.norm import BatchNorm
from numnist.nn.pool import AvgPool2d, MaxPool2d
from numnist.nn.residual import Residual
from numnist.nn.sequential import Sequential
from numnist.nn.windows import Windows

Box = tuple[int, int, int, int]  # top, left, bottom, right; bottom and right are the first ones outside
POINTWISE = (BatchNorm, Dropout, *(each for each in ACTIVATIONS if each is not Softmax))  # as the network predicts


def receptive_field(plans: Sequence[Plan], row: int, column: int) -> Box:
    """The part of the picture on which a unit's value depends, inside the picture: (top, left, bottom, right).

    plans: of the layers from the picture to the unit's own, in order;  row, column: of the unit in its map.
    Kernels are followed from the unit back to the picture (Araujo, Norris & Sim 2019, doi.org/10.23915/distill.00021).
    Where a layer is not known to look at a part only, as a dense layer, it is the whole picture.
    """
    box = row, column, row + 1, column + 1
    for plan in reversed(plans):
        box = _behind(plan, box)
    return box


def _behind(plan: Plan, box: Box) -> Box:
    """The part of a layer's input on which a part of its output depends."""
    layer = plan.layer
    if len(plan.in_shape) != 3 or len(plan.out_shape) != 3:
        return _whole(plan)
    _, H, W = plan.in_shape
    if isinstance(layer, POINTWISE):
        return box
    if isinstance(layer, Conv2d | MaxPool2d | AvgPool2d):
        return _under(layer.windows(H, W), box)
    if isinstance(layer, Sequential):
        for child in reversed(plan.children):
            box = _behind(child, box)
        return box
    if isinstance(layer, Residual):
        branches = [_behind(child, box) for child in plan.children]
        top, left, bottom, right = zip(*branches, *([box] if layer.shortcut is None else []))
        return min(top), min(left), max(bottom), max(right)
    return _whole(plan)


def _under(win: Windows, box: Box) -> Box:
    """The pixels below the kernel at these places, without the padding."""
    top, left, bottom, right = box
    return (
        _clip(top * win.sh - win.top, win.H),
        _clip(left * win.sw - win.left, win.W),
        _clip((bottom - 1) * win.sh - win.top + (win.kh - 1) * win.dh + 1, win.H),
        _clip((right - 1) * win.sw - win.left + (win.kw - 1) * win.dw + 1, win.W),
    )


def _clip(at: int, most: int) -> int:
    return min(max(at, 0), most)


def _whole(plan: Plan) -> Box:
    """All of its input; of a vector, which has no places, a single one."""
    height, width = plan.in_shape[1:] if len(plan.in_shape) == 3 else (1, 1)
    return 0, 0, height, width
