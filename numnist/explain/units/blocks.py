"""Blocks of a network in words: a name, and one plain sentence with the block's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from numnist.explain.words import Words
from numnist.interpret.blocks import UNSEEN, Block, is_head
from numnist.nn.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from numnist.nn.base import Plan, Shape
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense
from numnist.nn.norm import BatchNorm, LayerNorm
from numnist.nn.pool import AvgPool2d, GlobalAvgPool, MaxPool2d
from numnist.nn.residual import Residual
from numnist.support.checks import pair

KINDS: dict[type, Words] = {
    Conv2d: Words("block.kind.convolution", "Convolution"),
    Dense: Words("block.kind.dense", "Dense layer"),
    Residual: Words("block.kind.residual", "Residual block"),
}
SEVERAL: dict[type, Words] = {
    Conv2d: Words("block.kinds.convolution", "Convolutions"),
    Dense: Words("block.kinds.dense", "Dense layers"),
    Residual: Words("block.kinds.residual", "Residual blocks"),
}
SCORES = Words("block.kind.scores", "Scores")
AFTERWARDS: dict[type, Words] = {
    BatchNorm: Words("block.after.batch_norm", "batch norm puts each output on a common scale"),
    LayerNorm: Words("block.after.layer_norm", "layer norm puts each picture's outputs on a common scale"),
    ReLU: Words("block.after.relu", "ReLU sets what is negative to 0"),
    LeakyReLU: Words("block.after.leaky_relu", "leaky ReLU makes what is negative small"),
    ELU: Words("block.after.elu", "ELU lets what is negative go no lower than a bound"),
    GELU: Words("block.after.gelu", "GELU brings what is negative close to 0"),
    SiLU: Words("block.after.silu", "SiLU brings what is negative close to 0"),
    Sigmoid: Words("block.after.sigmoid", "the sigmoid presses the sums between 0 and 1"),
    Tanh: Words("block.after.tanh", "tanh presses the sums between −1 and 1"),
    Softmax: Words("block.after.softmax", "softmax makes shares of them that add up to 1"),
    GlobalAvgPool: Words("block.after.average", "average pooling keeps the mean of each map"),
}


def block_names(blocks: Sequence[Block]) -> list[Words]:
    """A name for each block: its kind, with a number where there are several; the last is "Scores"."""
    kinds = [_kind(block) for block in blocks[:-1]]
    texts = [str(kind) for kind in kinds]
    numbers = [texts[: i + 1].count(text) if texts.count(text) > 1 else None for i, text in enumerate(texts)]
    names = [
        kind if number is None else Words("block.numbered", "{kind} {number}", kind=kind, number=number)
        for kind, number in zip(kinds, numbers)
    ]
    return [*names, SCORES]


def block_words(blocks: Sequence[Block], k: int) -> Words:
    """What the k-th of a network's blocks does with what it is given, and what comes of it."""
    block, last = blocks[k], k == len(blocks) - 1
    made = _made(block.out_shape, last)
    if len(block.heads) > 1:
        heads = [_short(plan) for plan in block.heads]
        steps = Words("block.steps", "{count} steps, each with its own weights: {heads:then}. They make {made}.")
        return steps.put(count=len(heads), heads=heads, made=made)
    before = _clauses(block, before=True)
    clauses = [*before, *([_head(block.heads[0], k == 0)] if block.heads else []), *_clauses(block, before=False)]
    if not clauses:
        return Words("block.nothing", "It passes on what it is given: {made}.", made=made)
    return Words("block.sentence", "{clauses:C}: {made}.", clauses=clauses, made=made)


def _kind(block: Block) -> Words:
    kinds = {str(_named(plan)): type(plan.layer) for plan in block.heads}
    if not kinds:
        return Words("block.kind.preparation", "Preparation")
    if len(block.heads) == 1:
        return _named(block.heads[0])
    several = Words("block.kinds.layers", "Layers")
    return SEVERAL.get(next(iter(kinds.values())), several) if len(kinds) == 1 else several


def _named(plan: Plan) -> Words:
    own = Words("block.kind.own", "{layer}", layer=type(plan.layer).__name__)
    return KINDS.get(type(plan.layer), own)


def _head(plan: Plan, first: bool) -> Words:
    """The clause on the layer that the block is made around.   first: its input is the picture"""
    layer = plan.layer
    if isinstance(layer, Conv2d):
        return _conv(layer, plan.in_shape, plan.out_shape, first)
    if isinstance(layer, Dense):
        inputs, units = prod(plan.in_shape), plan.out_shape[0]
        what = _inputs(inputs) if first else _numbers(inputs)
        if units == 1:
            return Words("block.dense.one", "1 unit weighs {what} and adds them up", what=what)
        return Words("block.dense", "{units} units each weigh {what} and add them up", units=units, what=what)
    if isinstance(layer, Residual):
        return Words("block.residual", "layers around which a shortcut leads compute what to add to their input")
    return Words("block.own", "{layer} computes", layer=type(layer).__name__)


def _inputs(count: int) -> Words:
    if count == 1:
        return Words("block.inputs.one", "the one input")
    return Words("block.inputs", "all {count} inputs", count=count)


def _numbers(count: int) -> Words:
    if count == 1:
        return Words("block.numbers.one", "the one number")
    return Words("block.numbers", "all {count} numbers", count=count)


def _conv(layer: Conv2d, in_shape: Shape, out_shape: Shape, first: bool) -> Words:
    (kh, kw), strides = pair(layer.kernel, "kernel"), pair(layer.stride, "stride")
    channels, H, W = in_shape
    window = Words("block.conv.window", "{height} × {width} {what}", height=kh, width=kw)
    window = window.put(what=_seen(channels // layer.groups, layer.groups == 1, first))
    filters = (
        Words("block.conv.filter", "1 filter looks")
        if layer.filters == 1
        else Words("block.conv.filters", "{count} filters each look", count=layer.filters)
    )
    if (kh, kw) == (H, W) and out_shape[1:] == (1, 1):
        return Words("block.conv.all", "{filters} at all {window}", filters=filters, window=window)
    parts: list[Words] = []
    if pair(layer.dilation, "dilation") != (1, 1):
        parts.append(Words("block.conv.gaps", " with gaps between them"))
    if strides != (1, 1):
        far = str(strides[0]) if strides[0] == strides[1] else " × ".join(map(str, strides))
        further = (
            Words("block.conv.pixels_further", ", {far} pixels further each time", far=far)
            if first
            else Words("block.conv.places_further", ", {far} places further each time", far=far)
        )
        parts.append(further)
    return Words("block.conv", "{filters} at {window} at a time{more:join}", filters=filters, window=window, more=parts)


def _seen(seen: int, whole: bool, first: bool) -> Words:
    """What a filter looks at, of so many channels.   whole: they are all that there are"""
    if first:
        if seen == 1:
            return Words("block.conv.pixels", "pixels")
        if seen == 3:
            return Words("block.conv.colours", "pixels in {count} colours", count=seen)
        return Words("block.conv.channels", "pixels of {count} channels", count=seen)
    if seen == 1:
        return Words("block.conv.map", "places of a map")
    if whole:
        return Words("block.conv.all_maps", "places of all {count} maps", count=seen)
    return Words("block.conv.maps", "places of {count} maps", count=seen)


def _clauses(block: Block, before: bool) -> list[Words]:
    """The clauses on the layers before or after the one that the block is made around."""
    at = next((i for i, plan in enumerate(block.plans) if is_head(plan)), -1)
    chosen = block.plans[:at] if before and at > 0 else () if before else block.plans[at + 1 :]
    return [_follower(plan) for plan in chosen if not isinstance(plan.layer, UNSEEN)]


def _follower(plan: Plan) -> Words:
    layer = plan.layer
    if not isinstance(layer, MaxPool2d | AvgPool2d):
        return AFTERWARDS[type(layer)]
    height, width = pair(layer.window, "window")
    kept = (
        Words("block.after.max_pool", "max pooling keeps the largest of each {height} × {width}")
        if isinstance(layer, MaxPool2d)
        else Words("block.after.average_pool", "average pooling keeps the mean of each {height} × {width}")
    )
    return kept.put(height=height, width=width)


def _short(plan: Plan) -> Words:
    layer = plan.layer
    if isinstance(layer, Conv2d):
        kh, kw = pair(layer.kernel, "kernel")
        filters = Words("block.short.conv", "{count} filters of {height} × {width}", count=layer.filters)
        return filters.put(height=kh, width=kw)
    if isinstance(layer, Dense):
        return Words("block.short.dense", "{count} units", count=plan.out_shape[0])
    return _named(plan)


def _made(shape: Shape, last: bool) -> Words:
    count = shape[0]
    if last and len(shape) == 1:
        if count > 1:
            return Words("block.made.scores", "one score for each class")
        return Words("block.made.score", "one score")
    if len(shape) == 1 or shape[1:] == (1, 1):
        if count > 1:
            return Words("block.made.numbers", "{count} numbers", count=count)
        return Words("block.made.number", "one number")
    height, width = shape[1:]
    if count > 1:
        return Words("block.made.maps", "{count} maps of {height} × {width}", count=count, height=height, width=width)
    return Words("block.made.map", "one map of {height} × {width}", height=height, width=width)
