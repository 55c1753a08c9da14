"""Limits of what a file may ask for, checked before memory is spent on it: files come from strangers too.

They hold for model files and for what is imported alike, so that what is imported can be saved and read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

from numnist.nn.base import Plan
from numnist.nn.conv import Conv2d
from numnist.nn.pool import Pool2d
from numnist.support.errors import UsageError

LAYERS = 1000
SIDE = 4096  # of an input: channels or features, rows, columns; and of a window or a padding
PLACES = 2**23  # numbers of one sample that an importer follows one by one, as they are turned and flattened: 32 MB
NUMBERS = 100_000_000  # in one layer, for one picture: 400 MB
ALL_NUMBERS = 1_000_000_000  # in all layers together: some seconds to write
MULTIPLY_ADDS = 20_000_000_000  # for one picture: a second; numnist's own recipes need at most 20 million


def check_description(description: Any) -> None:
    """Raise UsageError for more layers than LAYERS, in the dictionaries and lists that describe a network."""
    count, rest = 0, [description]
    while rest:
        each = rest.pop()
        if isinstance(each, dict):
            count += "type" in each
            rest.extend(each.values())
        elif isinstance(each, list):
            rest.extend(each)
        if count > LAYERS or len(rest) > 20 * LAYERS:
            raise UsageError(f"it has more than {LAYERS:,} layers, which numnist does not read.")


def check_in_shape(shape: Any) -> None:
    """Raise UsageError for what is no shape of an input, (C, H, W)."""
    if not (isinstance(shape, Sequence) and len(shape) == 3 and sides(shape)):
        raise UsageError(f"its input shape {shape} is not (C, H, W) of sizes 1 to {SIDE}.")


def sides(shape: Iterable[Any]) -> bool:
    """Whether all are whole numbers from 1 to SIDE."""
    return all(type(size) is int and 1 <= size <= SIDE for size in shape)


def check_plan(plan: Plan) -> None:
    """Raise UsageError for a network whose forward pass would take far more memory or time than a picture is worth, and
    for more layers than LAYERS.
    """
    total = 0
    for count, (place, leaf) in enumerate(plan.leaves(), 1):
        if count > LAYERS:
            raise UsageError(f"it has more than {LAYERS:,} layers, which numnist does not read.")
        largest = max(prod(leaf.in_shape), prod(leaf.out_shape), _patches(leaf))
        total += largest
        if largest > NUMBERS:
            raise UsageError(
                f"its layer {place or 0}, {leaf.layer!r}, makes {largest:,} numbers of one picture, more than the "
                f"{NUMBERS:,} that numnist takes."
            )
    for value, most, what in ((total, ALL_NUMBERS, "numbers"), (plan.total_macs, MULTIPLY_ADDS, "multiply-adds")):
        if value > most:
            raise UsageError(f"it takes {value:,} {what} for one picture, more than the {most:,} that numnist takes.")


def _patches(plan: Plan) -> int:
    """The numbers of a picture with its padding, or of all patches that a kernel sees, whichever are more."""
    if not isinstance(plan.layer, Conv2d | Pool2d):
        return 0
    C, H, W = plan.in_shape
    win = plan.layer.windows(H, W)
    return max(prod(win.padded_shape(C, 1)), C * win.kh * win.kw * win.oh * win.ow)
