"""The layers as plain functions of arrays, to hold your own against: they call the layers, and are nothing new.

    y = conv2d(x, w, b, stride=2)
    dx, dw, db = conv2d.gradients(dy, x, w, b, stride=2)
    loss, dlogits = cross_entropy(logits, labels)

Here the sample axis comes first, as homework, PyTorch and Keras have it: (N, features), and (N, C, H, W) for pictures.
Weights are shaped as in PyTorch: (out, in) and (K, C/groups, kh, kw); biases and scales (out,).  Results are float64,
or float32 if all arrays are.  Arrays that do not fit raise ShapeError, options that make no sense UsageError.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numnist.nn import activations
from numnist.nn.as_function import Call, as_function, floats, samples_first, samples_last
from numnist.nn.base import Array
from numnist.nn.conv import Conv2d
from numnist.nn.dense import Dense
from numnist.nn.losses import Loss, MeanSquaredError, MulticlassSVM, SoftmaxCrossEntropy
from numnist.nn.norm import BatchNorm, LayerNorm
from numnist.nn.pool import AvgPool2d, GlobalAvgPool, MaxPool2d
from numnist.nn.windows import Padding
from numnist.support.checks import Pair
from numnist.support.errors import ShapeError


@as_function
def dense(x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None) -> Call:
    """y = x wᵀ + b.   x: (N, in), w: (units, in), b: (units,) -> (N, units)"""
    return Call(Dense(_length(w), bias=b is not None), x, {"w": w, "b": b}, ("w", "b"))


@as_function
def conv2d(
    x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None, *,
    stride: Pair = 1, padding: Padding = 0, dilation: Pair = 1, groups: int = 1,
) -> Call:  # fmt: skip
    """Convolution, see Conv2d.   x: (N, C, H, W), w: (K, C/groups, kh, kw), b: (K,) -> (N, K, oh, ow)"""
    shape = np.shape(w)
    if len(shape) != 4:
        raise ShapeError(f"conv2d needs w of the shape (K, C/groups, kh, kw), but gets {shape}.")
    layer = Conv2d(shape[0], shape[2:], stride, padding, dilation, groups, bias=b is not None)
    return Call(layer, x, {"w": w, "b": b}, ("w", "b"))


@as_function
def max_pool2d(x: ArrayLike, window: Pair, *, stride: Pair | None = None, padding: Padding = 0) -> Call:
    """The maximum of each window, see MaxPool2d.   x: (N, C, H, W) -> (N, C, oh, ow)"""
    return Call(MaxPool2d(window, stride, padding), x, {})


@as_function
def avg_pool2d(
    x: ArrayLike, window: Pair, *, stride: Pair | None = None, padding: Padding = 0, count_padding: bool = True
) -> Call:
    """The mean of each window, see AvgPool2d.   x: (N, C, H, W) -> (N, C, oh, ow)"""
    return Call(AvgPool2d(window, stride, padding, count_padding), x, {})


@as_function
def global_avg_pool(x: ArrayLike) -> Call:
    """The mean of each channel.   x: (N, C, H, W) -> (N, C)"""
    return Call(GlobalAvgPool(), x, {})


@as_function
def batch_norm(
    x: ArrayLike, w: ArrayLike, b: ArrayLike, *,
    mean: ArrayLike | None = None, var: ArrayLike | None = None, eps: float = 1e-5,
) -> Call:  # fmt: skip
    """Batch normalisation by the batch's own mean and variance, or by those given, as in evaluation mode.

    x: (N, features) or (N, C, H, W) -> the same shape;  w, b, mean, var: (features,) or (C,)
    """
    if (mean is None) != (var is None):
        raise ShapeError("batch_norm needs mean and var both, as after training, or neither, as in training.")
    still = {"mean": np.zeros_like(w), "var": np.ones_like(w)} if mean is None else {"mean": mean, "var": var}
    return Call(BatchNorm(eps=eps), x, {"w": w, "b": b, **still}, ("w", "b"), train=mean is None)


@as_function
def layer_norm(x: ArrayLike, w: ArrayLike, b: ArrayLike, *, eps: float = 1e-5) -> Call:
    """Normalisation of each sample over all its features.   x: (N, ...) -> the same shape;  w, b: (...)"""
    return Call(LayerNorm(eps), x, {"w": w, "b": b}, ("w", "b"))


@as_function
def relu(x: ArrayLike) -> Call:
    """max(x, 0)"""
    return Call(activations.ReLU(), x, {})


@as_function
def leaky_relu(x: ArrayLike, slope: float = 0.01) -> Call:
    """x where x > 0, slope·x elsewhere"""
    return Call(activations.LeakyReLU(slope), x, {})


@as_function
def elu(x: ArrayLike, alpha: float = 1.0) -> Call:
    """x where x > 0, α(eˣ - 1) elsewhere"""
    return Call(activations.ELU(alpha), x, {})


@as_function
def gelu(x: ArrayLike) -> Call:
    """GELU in its tanh form"""
    return Call(activations.GELU(), x, {})


@as_function
def silu(x: ArrayLike) -> Call:
    """x·sigmoid(x)"""
    return Call(activations.SiLU(), x, {})


@as_function
def sigmoid(x: ArrayLike) -> Call:
    """1 / (1 + e⁻ˣ)"""
    return Call(activations.Sigmoid(), x, {})


@as_function
def tanh(x: ArrayLike) -> Call:
    """The hyperbolic tangent"""
    return Call(activations.Tanh(), x, {})


@as_function
def softmax(x: ArrayLike) -> Call:
    """eˣⁱ / Σ eˣʲ over the classes.   x: (N, classes), or (N, C, H, W) over the channels"""
    return Call(activations.Softmax(), x, {})


def cross_entropy(logits: ArrayLike, labels: ArrayLike, *, label_smoothing: float = 0.0) -> tuple[float, Array]:
    """(loss, dlogits), see SoftmaxCrossEntropy.   logits: (N, classes), labels: (N,) whole numbers"""
    return _loss(SoftmaxCrossEntropy(label_smoothing), logits, labels)


def mean_squared_error(logits: ArrayLike, labels: ArrayLike) -> tuple[float, Array]:
    """(loss, dlogits), see MeanSquaredError.   logits: (N, classes), labels: (N,) whole numbers"""
    return _loss(MeanSquaredError(), logits, labels)


def multiclass_svm(
    logits: ArrayLike, labels: ArrayLike, *, margin: float = 1.0, squared: bool = False
) -> tuple[float, Array]:
    """(loss, dlogits), see MulticlassSVM.   logits: (N, classes), labels: (N,) whole numbers"""
    return _loss(MulticlassSVM(margin, squared), logits, labels)


def _loss(loss: Loss, logits: ArrayLike, labels: ArrayLike) -> tuple[float, Array]:
    _, (scores,) = floats({}, logits)
    labels = np.asarray(labels)
    if scores.ndim != 2 or not len(scores) or labels.shape != scores.shape[:1] or labels.dtype.kind not in "iu":
        raise ShapeError(
            f"a loss needs logits (N, classes) and labels (N,), which are whole numbers, for at least one sample, but "
            f"gets {scores.shape} and {labels.shape} of {labels.dtype}."
        )
    if not 0 <= labels.min() <= labels.max() < scores.shape[1]:
        raise ShapeError(f"labels run from {labels.min()} to {labels.max()}, but must be 0 to {scores.shape[1] - 1}.")
    value, dlogits = loss(samples_last(scores), labels)
    return value, samples_first(dlogits)


def _length(w: Any) -> int:
    if np.ndim(w) != 2:
        raise ShapeError(f"dense needs w of the shape (units, in), but gets {np.shape(w)}.")
    return len(w)
