"""PyTorch as the reference: the same layers in torch.nn.functional, with gradients by autograd.

Arrays are converted from batch-last to PyTorch's batch-first and back.  The reference is always float64, also for
float32 layers: it gets the same float32 numbers, and its results are those that float32 should approximate.  Two
float32 results would only compare their rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numnist.nn import AvgPool2d, BatchNorm, Conv2d, Dropout, Layer, MaxPool2d, Mode, Residual, Sequential
from numnist.nn.base import Plan

torch = pytest.importorskip("torch", reason="parity is measured against PyTorch: pip install --group parity")
F = torch.nn.functional

ELEMENTWISE = {
    "ReLU": lambda _, x: F.relu(x),
    "LeakyReLU": lambda a, x: F.leaky_relu(x, a.slope),
    "ELU": lambda a, x: F.elu(x, a.alpha),
    "GELU": lambda _, x: F.gelu(x, approximate="tanh"),
    "SiLU": lambda _, x: F.silu(x),
    "Sigmoid": lambda _, x: torch.sigmoid(x),
    "Tanh": lambda _, x: torch.tanh(x),
    "Softmax": lambda _, x: F.softmax(x, dim=1),
    "Flatten": lambda _, x: x.flatten(1),
    "GlobalAvgPool": lambda _, x: x.mean(dim=(2, 3)),
}


def both(value: Any) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """TensorFlow's rule, which PyTorch has for stride 1 only: ⌈size / stride⌉ outputs, an odd pixel goes to the end."""
    total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def padded(layer: Any, x: Any, kernel: Any, stride: Any, dilation: Any, value: float) -> tuple[Any, Any]:
    """(x, padding for PyTorch to add): "same" is added here."""
    if layer.padding != "same":
        return x, 0 if layer.padding == "valid" else layer.padding
    sides = [same_padding(*args) for args in zip(x.shape[2:], both(kernel), both(stride), both(dilation))]
    return F.pad(x, (*sides[1], *sides[0]), value=value), 0


def forward(layer: Layer, p: dict[str, Any], x: Any, mode: Mode, prefix: str = "") -> Any:
    """y of torch tensors; running statistics in p are changed in place.   x: (N, ...)"""
    if isinstance(layer, Sequential):
        for i, inner in enumerate(layer.layers):
            x = forward(inner, p, x, mode.inside(i), f"{prefix}{i}.")
        return x
    if isinstance(layer, Residual):
        around = x if layer.shortcut is None else forward(layer.shortcut, p, x, mode.inside(1), f"{prefix}1.")
        return forward(layer.body, p, x, mode.inside(0), f"{prefix}0.") + around
    name, w, b = type(layer).__name__, p.get(f"{prefix}w"), p.get(f"{prefix}b")
    if name in ELEMENTWISE:
        return ELEMENTWISE[name](layer, x)
    if name == "Dense":
        return F.linear(x, w, None if b is None else b[:, 0])
    if isinstance(layer, Conv2d):
        x, padding = padded(layer, x, layer.kernel, layer.stride, layer.dilation, 0)
        bias = None if b is None else b[:, 0]
        return F.conv2d(x, w, bias, layer.stride, padding, layer.dilation, layer.groups)
    if isinstance(layer, MaxPool2d):
        stride = layer.window if layer.stride is None else layer.stride
        x, padding = padded(layer, x, layer.window, stride, 1, -np.inf)
        return F.max_pool2d(x, layer.window, stride, padding)
    if isinstance(layer, AvgPool2d):
        stride = layer.window if layer.stride is None else layer.stride
        if layer.padding != "same" or layer.count_padding:
            x, padding = padded(layer, x, layer.window, stride, 1, 0)
            return F.avg_pool2d(x, layer.window, stride, padding, count_include_pad=layer.count_padding)
        (sums, _), (ones, _) = (padded(layer, a, layer.window, stride, 1, 0) for a in (x, torch.ones_like(x)))
        return F.avg_pool2d(sums, layer.window, stride) / F.avg_pool2d(ones, layer.window, stride)
    if isinstance(layer, BatchNorm):
        mean, var = p[f"{prefix}mean"][:, 0], p[f"{prefix}var"][:, 0]
        return F.batch_norm(x, mean, var, w[:, 0], b[:, 0], mode.train, 1 - layer.momentum, layer.eps)
    if name == "LayerNorm":
        return F.layer_norm(x, x.shape[1:], w[..., 0], b[..., 0], layer.eps)
    if isinstance(layer, Dropout):  # with numnist's own mask: PyTorch would draw other random numbers
        shape = (*x.shape[1:], x.shape[0])
        mask, _ = layer.forward(None, np.ones(shape), mode)
        return x * first(mask)
    raise AssertionError(f"add {name} in PyTorch here")


def first(x: Any) -> Any:
    """A batch-last array as a batch-first float64 tensor."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 0), dtype=np.float64))


def last(x: Any) -> Any:
    """A batch-first tensor as a batch-last array."""
    return np.moveaxis(x.detach().numpy(), 0, -1)


def reference(layer: Layer, plan: Plan, arrays: dict[str, Any], x: Any, dy: Any, mode: Mode) -> dict[str, Any]:
    """y, dx, every gradient, and the running statistics after one step ("running 0.mean"), by PyTorch."""
    torch.set_num_threads(1)
    running = [name for name, param in plan.walk() if param.momentum is not None]
    p = {name: torch.tensor(np.asarray(a, np.float64), requires_grad=name not in running) for name, a in arrays.items()}
    tx = first(x).requires_grad_()
    y = forward(layer, p, tx, mode)
    y.backward(first(dy))
    found = {"y": last(y), "dx": last(tx.grad)}
    found |= {f"d{name}": t.grad.numpy() for name, t in p.items() if t.requires_grad}
    return found | {f"running {name}": p[name].numpy() for name in running}


def worst(found: dict[str, Any], expected: dict[str, Any]) -> tuple[float, str]:
    """The largest difference of any array, relative to the array's largest reference value, and the array's name.

    Where the reference is 0 up to its own rounding (a bias before batch norm), relative to the largest of all.
    """
    assert list(found) == list(expected)
    largest = max(np.abs(a).max() for a in expected.values())
    errors = []
    for name, a in expected.items():
        assert found[name].shape == a.shape, f"{name}: {found[name].shape} instead of {a.shape}"
        scale = np.abs(a).max()
        off = np.abs(found[name].astype(np.float64) - a).max()
        errors.append((float(off / (scale if scale > 1e-12 * largest else largest or 1.0)), name))
    return max(errors)
