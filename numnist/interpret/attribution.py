"""Attribution: which pixels an answer hangs on, and which changes would make it another.

Both follow the gradient at the pixels, which is the layers' own `backward` gone all the way (interpret/trace.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.interpret.trace import trace_back
from numnist.model.model import Model
from numnist.nn.activations import softmax
from numnist.support.errors import UsageError

Floats = NDArray[np.float64]

CONVINCED = 0.9  # the probability from which on a picture counts as the other label
STEPS = 100  # at most, some 4 ms each for the ready models
STEP = 0.1  # of a pixel's range from 0 to 1: the most that one pixel changes in a step
SPARSITY = 0.3  # of a step is taken back from every pixel at first; less leaves dust, more reaches less
BLUR = 1.5  # pixels: about the radius of a pen in 28×28, so that what comes are strokes and not single pixels


def saliency(model: Model, pictures: NDArray[Any], labels: Any, *, blur: float = 0.0) -> Floats:
    """How much the label's score depends on each pixel: |d logit / d pixel|, the largest over the channels.

    (Simonyan, Vedaldi & Zisserman 2013, arxiv.org/abs/1312.6034, section 3: the score before softmax, whose gradient
    does not vanish where the network is sure.)

    blur: the radius in pixels of a soft dot; then not a pixel but such a dot around it grows, all of its weight being
    1.  Neighbouring pixels often pull to opposite sides, so that what single ones do looks like noise.
    pictures: (N, H, W) or (N, C, H, W), labels: (N,) -> (N, H, W), logits per full range of a pixel.
    Raises ShapeError or UsageError for what does not fit.
    """
    score = np.equal.outer(np.arange(len(model.classes)), np.asarray(labels))  # (classes, N)
    dpixels = trace_back(model, pictures, labels, wanted=score).dpixels.astype(np.float64)  # (N, C, H, W)
    if blur:
        down, across = (_blur(size, blur) for size in dpixels.shape[2:])
        dpixels = down @ dpixels @ across
    return np.abs(dpixels).max(axis=1)


@dataclass(frozen=True, eq=False)
class Changed:
    """A picture on its way: (C, H, W) uint8, how the model reads it, and how probable it finds the label wanted."""

    picture: NDArray[np.uint8]
    answer: int
    probability: float


@dataclass(frozen=True, eq=False)
class Journey:
    """A picture changed step by step towards a label: pictures[0] as it was, then one after each step.

    reached: whether the last is read as the label with a probability of at least CONVINCED.
    """

    label: int
    pictures: list[Changed]
    reached: bool

    @property
    def steps(self) -> int:
        return len(self.pictures) - 1

    @property
    def change(self) -> Floats:
        """What was added to (+) and taken from (-) each pixel, 1 being its whole range: (C, H, W)."""
        return (self.pictures[-1].picture.astype(np.float64) - self.pictures[0].picture) / 255


def towards(model: Model, picture: NDArray[Any], label: int, *, steps: int = STEPS) -> Journey:
    """Change a picture's pixels as little as possible until the model reads it as `label`: a counterfactual.

    (Wachter, Mittelstadt & Russell 2017, arxiv.org/abs/1711.00399: loss for the label + a price for the L1 distance,
    here paid by soft thresholding; Szegedy et al. 2013, arxiv.org/abs/1312.6199, for how little can suffice.)

    Each step goes against the loss's gradient, blurred (as in Yosinski et al. 2015, arxiv.org/abs/1506.06579) and
    scaled so that the fastest pixel moves by STEP, then brings every pixel back towards where it was, which undoes what
    is not worth its price.  The price falls to nothing over the steps, so that more is changed only where little does
    not suffice.  Pixels stay from 0 to 1, and are judged as the whole levels 0..255 that are shown.  Nothing is random.

    picture: (H, W) or (C, H, W), uint8 0..255 or float 0..1, prepared as the model expects it.
    Raises UsageError for a label that is none or a picture that does not fit.
    """
    if not 0 <= label < len(model.classes):
        raise UsageError(f"label {label} is none of the model's: give 0 to {len(model.classes) - 1}.")
    given = model.pictures(np.asarray(picture)[None])[0]  # (C, H, W)
    start = given / 255 if given.dtype == np.uint8 else given.astype(np.float64)
    down, across = (_blur(size, BLUR) for size in start.shape[1:])
    change = np.zeros_like(start)
    journey: list[Changed] = []
    for step in range(steps + 1):
        levels = np.rint((start + change) * 255).astype(np.uint8)
        back = trace_back(model, levels[None], [label])
        probs = softmax(back.logits[:, 0].astype(np.float64))
        journey.append(Changed(levels, int(probs.argmax()), float(probs[label])))
        reached = journey[-1].answer == label and journey[-1].probability >= CONVINCED
        slope = down @ back.dpixels[0].astype(np.float64) @ across
        steepest = np.abs(slope).max()
        if reached or steepest == 0 or step == steps:  # flat: there is nowhere to go
            break
        change -= slope * (STEP / steepest)
        price = STEP * SPARSITY * (1 - step / steps)
        change = np.sign(change) * np.maximum(np.abs(change) - price, 0)
        change = np.clip(start + change, 0, 1) - start
    return Journey(label, journey, reached)


def _blur(size: int, radius: float) -> Floats:
    """The symmetric matrix (size, size) that averages neighbours by a Gaussian; beyond the edges there is nothing."""
    apart = np.subtract.outer(np.arange(size), np.arange(size)) / radius
    weights: Floats = np.exp(-0.5 * apart * apart)
    return weights / weights[size // 2].sum()
