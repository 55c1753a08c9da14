"""Exercise: the forward pass of a convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.exercises.exercise import Case, Exercise, Mistake
from numnist.nn.as_function import forward_last
from numnist.nn.base import Array
from numnist.nn.conv import Conv2d


def y(a: Any, **changed: Any) -> Array:
    """The convolution with some of its arguments changed."""
    a = {**vars(a), **changed}
    layer = Conv2d(len(a["w"]), a["w"].shape[2:], stride=a["stride"], padding=a["padding"])
    return forward_last(layer, {"w": a["w"], "b": a["b"]}, a["x"])


def case(what: str, x: Any, w: Any, b: Any = 0, stride: int = 1, padding: int = 0) -> Case:
    """x: (H, W) of one picture with one channel, or (C, H, W, N);  w: (kh, kw), or (K, C, kh, kw)"""
    x, w = np.array(x, float), np.array(w, float)
    x, w = (x[None, :, :, None] if x.ndim == 2 else x), (w[None, None] if w.ndim == 2 else w)
    b = np.array(b, float).reshape(-1, 1)
    return Case(what, {"x": x, "w": w, "b": b, "stride": stride, "padding": padding})


def channels_apart(a: Any) -> Any:
    """Each filter sees the channel of its own number only."""
    if len(a.w) != len(a.x):
        return None
    return np.concatenate(
        [y(a, x=a.x[k : k + 1], w=a.w[k : k + 1, k : k + 1], b=a.b[k : k + 1]) for k in range(len(a.w))]
    )


PICTURE = ((1, 2, 0), (0, 3, 1), (2, 0, 4))
KERNEL = ((1, 10), (100, 1000))
COLOURED = np.stack([PICTURE, np.eye(3)])[..., None]  # (2, 3, 3, 1)
FILTERS = np.arange(16).reshape(2, 2, 2, 2)
RNG = np.random.default_rng(2)
CONV_FORWARD = Exercise(
    "conv-forward", "a convolution, as loops or as one matrix product", ("y",),
    (
        case("a kernel of one pixel", PICTURE, ((2,),)),
        case("a kernel of 2 × 2", PICTURE, KERNEL),
        case("a kernel of 1 × 2, a picture of 2 × 3", PICTURE[:2], ((1, 10),)),
        case("a bias", PICTURE, KERNEL, 0.5),
        case("two channels", COLOURED, ((KERNEL, ((0, 1), (2, 0))),), 0.5),
        case("two filters", COLOURED, FILTERS, (0.5, -0.25)),
        case("two samples", np.stack([PICTURE, np.eye(3)], axis=-1)[None], KERNEL, 0.5),
        case("padding 1", PICTURE, KERNEL, 0.5, padding=1),
        case("stride 2", np.arange(20).reshape(4, 5), KERNEL, 0.5, stride=2),
        case("stride 2, padding 1", PICTURE, KERNEL, 0.5, stride=2, padding=1),
        case("random numbers", RNG.standard_normal((3, 6, 5, 2)), RNG.standard_normal((4, 3, 3, 2)),
             RNG.standard_normal(4), stride=2, padding=1),
    ),
    lambda a: {"y": y(a)},
    (
        Mistake("y", lambda a, r: y(a, w=a.w[:, :, ::-1, ::-1]),
                "the kernel is turned upside down: the formula here does not turn it (it is a cross-correlation, as in "
                "all libraries)."),
        Mistake("y", lambda a, r: y(a, w=a.w.transpose(0, 1, 3, 2)) if a.w.shape[2] == a.w.shape[3] else None,
                "rows and columns of the kernel are exchanged."),
        Mistake("y", lambda a, r: y(a, b=0 * a.b), "the bias is missing."),
        Mistake("y", lambda a, r: y(a, b=a.w[0].size * a.b),
                "the bias is added more than once: in which of the loops does it stand?"),
        Mistake("y", lambda a, r: y(a, b=len(a.x) * a.b),
                "the bias is added once for every channel: in which of the loops does it stand?"),
        Mistake("y", lambda a, r: y(a, b=-a.b), "the bias is subtracted."),
        Mistake("y", lambda a, r: y(a, b=np.broadcast_to(a.b[:1], a.b.shape)), "every filter has a bias of its own."),
        Mistake("y", lambda a, r: y(a, w=a.w[:, :1], x=a.x[:1]), "only the first channel of x counts."),
        Mistake("y", lambda a, r: y(a, w=a.w[:, -1:], x=a.x[-1:]),
                "only the last channel of x counts (is something overwritten?)"),
        Mistake("y", lambda a, r: channels_apart(a), "each filter sees one channel, but must see all of them."),
        Mistake("y", lambda a, r: y(a, w=np.broadcast_to(a.w[:1], a.w.shape)),
                "all filters use the weights of the first."),
        Mistake("y", lambda a, r: np.broadcast_to(r["y"][..., :1], r["y"].shape),
                "all samples have the result of the first."),
        Mistake("y", lambda a, r: padded_after(a), "all padding is below and on the right: it belongs on every side."),
        Mistake("y", lambda a, r: np.concatenate([r["y"][..., :-1], 0 * r["y"][..., -1:]], axis=-1)
                if r["y"].shape[-1] > 1 else None, "the last sample is left out."),
        Mistake("y", lambda a, r: np.maximum(r["y"], 0), "negative numbers have become 0: a convolution has no ReLU."),
    ),
    lambda a: {"the number of channels": len(a.x), "the number of pixels of the kernel": a.w[0, 0].size},
)  # fmt: skip


def padded_after(a: Any) -> Array:
    behind = (0, 2 * a.padding)
    return y(a, x=np.pad(a.x, ((0, 0), behind, behind, (0, 0))), padding=0)
