"""Blocks of a network in words: a name, and one plain sentence with the block's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from numnist.interpret.blocks import UNSEEN, Block, is_head
from numnist.nn.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from numnist.nn.base import Plan, Shape
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense
from numnist.nn.norm import BatchNorm, LayerNorm
from numnist.nn.pool import AvgPool2d, GlobalAvgPool, MaxPool2d
from numnist.nn.residual import Residual
from numnist.support.checks import pair

KINDS: dict[type, str] = {Conv2d: "Convolution", Dense: "Dense layer", Residual: "Residual block"}
AFTERWARDS: dict[type, str] = {
    BatchNorm: "batch norm puts each output on a common scale",
    LayerNorm: "layer norm puts each picture's outputs on a common scale",
    ReLU: "ReLU sets what is negative to 0",
    LeakyReLU: "leaky ReLU makes what is negative small",
    ELU: "ELU lets what is negative go no lower than a bound",
    GELU: "GELU brings what is negative close to 0",
    SiLU: "SiLU brings what is negative close to 0",
    Sigmoid: "the sigmoid presses the sums between 0 and 1",
    Tanh: "tanh presses the sums between −1 and 1",
    Softmax: "softmax makes shares of them that add up to 1",
    GlobalAvgPool: "average pooling keeps the mean of each map",
}


def block_names(blocks: Sequence[Block]) -> list[str]:
    """A name for each block: its kind, with a number where there are several; the last is "Scores"."""
    kinds = [_kind(block) for block in blocks[:-1]]
    names = [f"{kind} {kinds[: i + 1].count(kind)}" if kinds.count(kind) > 1 else kind for i, kind in enumerate(kinds)]
    return [*names, "Scores"]


def block_sentence(blocks: Sequence[Block], k: int) -> str:
    """What the k-th of a network's blocks does with what it is given, and what comes of it."""
    block, last = blocks[k], k == len(blocks) - 1
    made = _made(block.out_shape, last)
    if len(block.heads) > 1:
        heads = ", then ".join(_short(plan) for plan in block.heads)
        return f"{len(block.heads)} steps, each with its own weights: {heads}. They make {made}."
    before = _clauses(block, before=True)
    clauses = [*before, *([_head(block.heads[0], k == 0)] if block.heads else []), *_clauses(block, before=False)]
    if not clauses:
        return f"It passes on what it is given: {made}."
    text = f"{', '.join(clauses[:-1])}, and {clauses[-1]}" if len(clauses) > 1 else clauses[0]
    return f"{text[0].upper()}{text[1:]}: {made}."


def _kind(block: Block) -> str:
    kinds = list(dict.fromkeys(KINDS.get(type(plan.layer), type(plan.layer).__name__) for plan in block.heads))
    if not kinds:
        return "Preparation"
    if len(block.heads) == 1:
        return kinds[0]
    return f"{kinds[0]}s" if len(kinds) == 1 else "Layers"


def _head(plan: Plan, first: bool) -> str:
    """The clause on the layer that the block is made around.   first: its input is the picture"""
    layer = plan.layer
    if isinstance(layer, Conv2d):
        return _conv(layer, plan.in_shape, plan.out_shape, first)
    if isinstance(layer, Dense):
        what = "input" if first else "number"
        inputs, units = prod(plan.in_shape), plan.out_shape[0]
        weighs = "1 unit weighs" if units == 1 else f"{units:,} units each weigh"
        return f"{weighs} {_all(inputs, what)} and add{'s' if units == 1 else ''} them up"
    if isinstance(layer, Residual):
        return "layers around which a shortcut leads compute what to add to their input"
    return f"{type(layer).__name__} computes"


def _conv(layer: Conv2d, in_shape: Shape, out_shape: Shape, first: bool) -> str:
    (kh, kw), strides = pair(layer.kernel, "kernel"), pair(layer.stride, "stride")
    channels, H, W = in_shape
    seen = channels // layer.groups
    filters = "1 filter looks" if layer.filters == 1 else f"{layer.filters:,} filters each look"
    if first:
        what = "pixels" if seen == 1 else f"pixels in {seen} colours" if seen == 3 else f"pixels of {seen} channels"
    else:
        of = f"all {seen} maps" if layer.groups == 1 and seen > 1 else f"{seen} maps" if seen > 1 else "a map"
        what = f"places of {of}"
    if (kh, kw) == (H, W) and out_shape[1:] == (1, 1):
        return f"{filters} at all {kh} × {kw} {what}"
    gaps = " with gaps between them" if pair(layer.dilation, "dilation") != (1, 1) else ""
    far = str(strides[0]) if strides[0] == strides[1] else " × ".join(map(str, strides))
    steps = "" if strides == (1, 1) else f", {far} {'pixels' if first else 'places'} further each time"
    return f"{filters} at {kh} × {kw} {what} at a time{gaps}{steps}"


def _clauses(block: Block, before: bool) -> list[str]:
    """The clauses on the layers before or after the one that the block is made around."""
    at = next((i for i, plan in enumerate(block.plans) if is_head(plan)), -1)
    chosen = block.plans[:at] if before and at > 0 else () if before else block.plans[at + 1 :]
    return [_follower(plan) for plan in chosen if not isinstance(plan.layer, UNSEEN)]


def _follower(plan: Plan) -> str:
    layer = plan.layer
    if isinstance(layer, MaxPool2d | AvgPool2d):
        height, width = pair(layer.window, "window")
        kept = "max pooling keeps the largest" if isinstance(layer, MaxPool2d) else "average pooling keeps the mean"
        return f"{kept} of each {height} × {width}"
    return AFTERWARDS[type(layer)]


def _short(plan: Plan) -> str:
    layer = plan.layer
    if isinstance(layer, Conv2d):
        return f"{layer.filters:,} filters of {' × '.join(map(str, pair(layer.kernel, 'kernel')))}"
    return f"{plan.out_shape[0]:,} units" if isinstance(layer, Dense) else KINDS.get(type(layer), type(layer).__name__)


def _made(shape: Shape, last: bool) -> str:
    if last and len(shape) == 1:
        return "one score for each class" if shape[0] > 1 else "one score"
    if len(shape) == 1 or shape[1:] == (1, 1):
        return f"{shape[0]:,} numbers" if shape[0] > 1 else "one number"
    size = " × ".join(map(str, shape[1:]))
    return f"{shape[0]:,} maps of {size}" if shape[0] > 1 else f"one map of {size}"


def _all(count: int, what: str) -> str:
    return f"all {count:,} {what}s" if count > 1 else f"the one {what}"
