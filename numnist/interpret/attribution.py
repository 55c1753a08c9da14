"""Attribution: saliency maps (which pixels a score depends on) and counterfactuals (what would change the prediction).

Both follow the gradient at the pixels, which the layers' own `backward` computes (interpret/trace.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.interpret.trace import trace_backward
from numnist.model.model import Model
from numnist.nn.losses import SoftmaxCrossEntropy
from numnist.support.errors import UsageError

Floats = NDArray[np.float64]

CONFIDENT = 0.9  # the label's probability at which a counterfactual is reached
STEPS = 100  # at most, some 4 ms each for the pretrained models
STEP = 0.1  # of a pixel's range from 0 to 1: the most that one pixel changes in a step
SPARSITY = 0.3  # the share of a step that soft thresholding takes back at first; less leaves dust, more reaches less
BLUR = 1.5  # pixels: about the radius of a pen in 28×28, so that the change is made of strokes, not single pixels


def saliency(model: Model, pictures: NDArray[Any], labels: Any, *, blur: float = 0.0) -> Floats:
    """How much the label's score depends on each pixel: |d logit / d pixel|, the largest over the channels.

    (Simonyan, Vedaldi & Zisserman 2013, arxiv.org/abs/1312.6034, section 3: the score before softmax, whose gradient
    does not vanish where the network is confident.)

    blur: the standard deviation in pixels of a Gaussian; then not one pixel grows but such a dot around it, of total
    weight 1.  Neighbouring pixels often pull in opposite directions, so that single ones look like noise.
    pictures: (N, H, W) or (N, C, H, W), labels: (N,) -> (N, H, W), logits per full range of a pixel.
    Raises ShapeError or UsageError for pictures or labels that do not fit the model, and NotFiniteError where the
    gradient is infinite or not a number.
    """
    if not 0 <= blur < np.inf:
        raise UsageError(f"saliency blur is {blur!r}, but must be a standard deviation in pixels, 0 for none.")
    score = np.equal.outer(np.arange(len(model.classes)), np.asarray(labels))  # (classes, N)
    dpixels = trace_backward(model, pictures, labels, dlogits=score).dpixels.astype(np.float64)  # (N, C, H, W)
    if blur:
        down, across = (_blur(size, blur) for size in dpixels.shape[2:])
        dpixels = down @ dpixels @ across
    return np.abs(dpixels).max(axis=1)


@dataclass(frozen=True, eq=False)
class Frame:
    """One step: the picture (C, H, W) uint8, the predicted class's index, and the wanted label's probability."""

    picture: NDArray[np.uint8]
    predicted: int
    probability: float


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """A picture changed step by step until the model predicts `label`: frames[0] is the original.

    reached: whether the last frame is classified as the label with a probability of at least CONFIDENT.
    """

    label: int
    frames: list[Frame]
    reached: bool

    @property
    def steps(self) -> int:
        return len(self.frames) - 1

    @property
    def change(self) -> Floats:
        """What was added to (+) and taken from (-) each pixel, 1 being its whole range: (C, H, W)."""
        return (self.frames[-1].picture.astype(np.float64) - self.frames[0].picture) / 255


def counterfactual(model: Model, picture: NDArray[Any], label: int, *, steps: int = STEPS) -> Counterfactual:
    """Change a picture's pixels as little as possible until the model classifies it as `label`.

    (Wachter, Mittelstadt & Russell 2017, arxiv.org/abs/1711.00399: the label's loss plus an L1 penalty on the change,
    here minimised by soft thresholding; Szegedy et al. 2013, arxiv.org/abs/1312.6199, on how little can suffice.)

    Each step descends the loss's gradient, blurred (as in Yosinski et al. 2015, arxiv.org/abs/1506.06579) and scaled so
    that the fastest pixel moves by STEP; soft thresholding then moves every pixel back towards its original value,
    which undoes what is not worth its penalty.  The penalty falls to 0 over the steps, so that more is changed only
    where little does not suffice.  Pixels stay within 0 to 1 and are evaluated as the integer levels 0..255 that are
    shown.  Nothing is random.

    picture: (H, W) or (C, H, W), uint8 0..255 or float 0..1, prepared as the model expects it.
    Raises UsageError for a label that does not exist or a picture that does not fit, and NotFiniteError where the
    network's output or the gradient is infinite or not a number.
    """
    if not 0 <= label < len(model.classes):
        raise UsageError(f"label {label} is none of the model's: give 0 to {len(model.classes) - 1}.")
    given = model.check_pictures(np.asarray(picture)[None])[0]  # (C, H, W)
    start = given / 255 if given.dtype == np.uint8 else given.astype(np.float64)
    down, across = (_blur(size, BLUR) for size in start.shape[1:])
    change = np.zeros_like(start)
    frames: list[Frame] = []
    loss = SoftmaxCrossEntropy(background=model.background)
    for step in range(steps + 1):
        levels = np.rint((start + change) * 255).astype(np.uint8)
        back = trace_backward(model, levels[None], [label], loss)
        probs = model.probabilities(back.logits[:, 0].astype(np.float64))
        frames.append(Frame(levels, int(probs.argmax()), float(probs[label])))
        reached = frames[-1].predicted == label and frames[-1].probability >= CONFIDENT
        slope = down @ back.dpixels[0].astype(np.float64) @ across
        steepest = np.abs(slope).max()
        if reached or steepest == 0 or step == steps:  # a gradient of 0 has no direction
            break
        change -= slope * (STEP / steepest)
        penalty = STEP * SPARSITY * (1 - step / steps)
        change = np.sign(change) * np.maximum(np.abs(change) - penalty, 0)
        change = np.clip(start + change, 0, 1) - start
    return Counterfactual(label, frames, reached)


def _blur(size: int, radius: float) -> Floats:
    """The symmetric matrix (size, size) that averages neighbours by a Gaussian; beyond the edges everything is 0."""
    apart = np.subtract.outer(np.arange(size), np.arange(size)) / radius
    weights: Floats = np.exp(-0.5 * apart * apart)
    return weights / weights[size // 2].sum()
