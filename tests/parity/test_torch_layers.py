"""Every layer compared with PyTorch: values, gradients, running statistics, in hundreds of random configurations."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from numnist.nn import EVAL, LAYERS, Conv2d, MaxPool2d, Mode, Ones, Param
from numnist.nn.losses import MeanSquaredError, MulticlassSVM, SoftmaxCrossEntropy
from tests.nn.bench import vector_views

torch = pytest.importorskip("torch", reason="parity is measured against PyTorch: pip install --group parity")
from tests.parity.configurations import EACH, KINDS, Configuration, configurations  # noqa: E402
from tests.parity.reference import F, first, forward, last, reference, worst  # noqa: E402

# Relative to the largest reference value.  Measured, rounding of some 100 terms: 7e-15 and 3e-6.  A wider float32
# tolerance would hide mistakes: a biased instead of the unbiased running variance costs 3e-5.
TOLERANCES = {"float64": 1e-12, "float32": 1e-5}


def values_of_order_1(rng: np.random.Generator, param: Param) -> Any:
    """Weights that keep signals at order 1, scales and variances near 1, and small biases.

    Large biases and vanishing signals would give batch norm inputs of 1.15 ± 0.03, whose gradients are off by 1e-4 in
    PyTorch's own float32.
    """
    if param.decayed:
        return rng.standard_normal(param.shape) * np.sqrt(2 / param.fan_in)
    return rng.uniform(0.5, 1.5, param.shape) if param.initializer == Ones() else rng.normal(0, 0.1, param.shape)


def found_and_expected(c: Configuration, dtype: str, mode: Mode, *, whole: bool, seed: int) -> tuple[Any, Any]:
    """Results of numnist and PyTorch: y, dx, gradients, running statistics after one step."""
    plan = c.layer.build(c.in_shape)
    rng = np.random.default_rng(seed)
    p, arrays = vector_views(plan, np.zeros(plan.size, dtype))
    for name, param in plan.walk():
        arrays[name][...] = values_of_order_1(rng, param)
    shape = (*c.in_shape, c.N)
    x = (rng.integers(0, 3, shape) if whole else rng.standard_normal(shape)).astype(dtype)
    dy = rng.standard_normal((*plan.out_shape, c.N)).astype(dtype)
    g, gradients = vector_views(plan, np.full(plan.size, np.nan, dtype))
    y, cache = c.layer.forward(p, x, mode)
    found = {"y": y, "dx": c.layer.backward(p, g, dy, cache)}
    running = {name: param.momentum for name, param in plan.walk() if param.momentum is not None}
    found |= {f"d{name}": a for name, a in gradients.items() if name not in running}
    for name, keep in running.items():  # as Engine commits them after a step
        moved = keep * arrays[name] + (1 - keep) * gradients[name] if mode.train else arrays[name]
        found[f"running {name}"] = moved
    assert all(a.dtype == dtype for a in found.values())
    return found, reference(c.layer, plan, arrays, x, dy, mode)


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("kind", KINDS)
def test_layer_agrees(kind, dtype):
    for i, c in enumerate(configurations(kind)):
        for mode in (Mode(True, 5, (i,)), EVAL):
            found, expected = found_and_expected(c, dtype, mode, whole=False, seed=i)
            error, where = worst(found, expected)
            assert error <= TOLERANCES[dtype], f"{c}, train={mode.train}: {where} is off by {error:.1e}"


def test_there_are_hundreds_of_configurations_of_every_layer():
    assert {kind.split()[0] for kind in KINDS} == set(LAYERS)
    assert len(KINDS) * EACH >= 200


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_pooled_ties_go_where_torch_sends_them(dtype):
    """With the numbers 0, 1, 2 most windows have several maxima; the first in row order gets the gradient."""
    for i, c in enumerate([*configurations("MaxPool2d"), Configuration(MaxPool2d(2), (1, 28, 28), 3)]):
        found, expected = found_and_expected(c, dtype, EVAL, whole=True, seed=i)
        error, where = worst(found, expected)
        assert error <= TOLERANCES[dtype], f"{c}: {where} is off by {error:.1e}"


def test_blank_pictures_send_the_whole_gradient_to_each_windows_first_pixel():
    x = torch.zeros(2, 1, 6, 6, dtype=torch.float64, requires_grad=True)
    y, cache = MaxPool2d(3, 2).forward(None, np.zeros((1, 6, 6, 2)))
    F.max_pool2d(x, 3, 2).sum().backward()
    assert np.array_equal(MaxPool2d(3, 2).backward(None, None, np.ones_like(y), cache), last(x.grad))


@pytest.mark.parametrize("kernel", [1, 3, 5, (3, 7)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_padding_is_torchs_own_for_stride_1(kernel, dilation):
    layer = Conv2d(2, kernel, padding="same", dilation=dilation)
    plan = layer.build((1, 9, 8))
    rng = np.random.default_rng(0)
    p, arrays = vector_views(plan, rng.standard_normal(plan.size))
    x = rng.standard_normal((1, 9, 8, 2))
    w, b = torch.from_numpy(arrays["w"]), torch.from_numpy(arrays["b"][:, 0])
    expected = F.conv2d(first(x), w, b, padding="same", dilation=dilation)
    assert np.abs(layer.forward(p, x)[0] - last(expected)).max() < 1e-12  # rounding of up to 22 terms of order 1


LOSSES = {
    "cross-entropy": (SoftmaxCrossEntropy(), F.cross_entropy),
    "cross-entropy, smoothing 0.1": (
        SoftmaxCrossEntropy(label_smoothing=0.1),
        partial(F.cross_entropy, label_smoothing=0.1),
    ),
    "cross-entropy, smoothing 1": (
        SoftmaxCrossEntropy(label_smoothing=1.0),
        partial(F.cross_entropy, label_smoothing=1.0),
    ),
    # PyTorch divides the hinge by the number of classes
    "hinge": (MulticlassSVM(), lambda s, t: F.multi_margin_loss(s, t) * s.shape[1]),
    "hinge, margin 0.3": (
        MulticlassSVM(margin=0.3),
        lambda s, t: F.multi_margin_loss(s, t, margin=0.3) * s.shape[1],
    ),
    "squared hinge": (
        MulticlassSVM(squared=True),
        lambda s, t: F.multi_margin_loss(s, t, p=2) * s.shape[1],
    ),
    "squared error": (MeanSquaredError(), lambda s, t: F.mse_loss(s, F.one_hot(t, s.shape[1]).to(s.dtype))),
}


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", LOSSES)
def test_loss_agrees(name, dtype):
    ours, theirs = LOSSES[name]
    for seed in range(12):
        rng = np.random.default_rng(seed)
        K, N = int(rng.integers(2, 12)), int(rng.integers(1, 40))
        logits = (rng.choice([0.1, 1, 20]) * rng.standard_normal((K, N))).astype(dtype)
        labels = rng.integers(0, K, N)
        loss, dlogits = ours(logits, labels)
        scores = first(logits).requires_grad_()
        expected = theirs(scores, torch.from_numpy(labels))
        expected.backward()
        error, where = worst(
            {"loss": np.array([loss]), "dlogits": dlogits},
            {"loss": np.array([float(expected.detach())]), "dlogits": last(scores.grad)},
        )
        assert dlogits.dtype == dtype
        assert error <= TOLERANCES[dtype], f"{K} classes, {N} samples: {where} is off by {error:.1e}"


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("number", range(6))
def test_network_with_its_loss_agrees(number, dtype):
    """From picture to loss and back, as in one training step."""
    c = configurations("Sequential")[number]
    plan = c.layer.build(c.in_shape)
    rng = np.random.default_rng(number)
    p, arrays = vector_views(plan, np.zeros(plan.size, dtype))
    for name, param in plan.walk():
        arrays[name][...] = values_of_order_1(rng, param)
    x, labels = rng.standard_normal((*c.in_shape, c.N)).astype(dtype), rng.integers(0, plan.out_shape[0], c.N)
    g, gradients = vector_views(plan, np.full(plan.size, np.nan, dtype))
    logits, cache = c.layer.forward(p, x, Mode(True))
    loss, dlogits = SoftmaxCrossEntropy()(logits, labels)
    dx = c.layer.backward(p, g, dlogits, cache)
    tp = {name: torch.tensor(a.astype(np.float64), requires_grad=True) for name, a in arrays.items()}
    for name, param in plan.walk():
        if param.momentum is not None:
            tp[name] = tp[name].detach()
            del gradients[name]
    tx = first(x).requires_grad_()
    expected = F.cross_entropy(forward(c.layer, tp, tx, Mode(True)), torch.from_numpy(labels))
    expected.backward()
    error, where = worst(
        {"loss": np.array([loss]), "dx": dx, **gradients},
        {"loss": np.array([float(expected.detach())]), "dx": last(tx.grad)}
        | {name: t.grad.numpy() for name, t in tp.items() if t.requires_grad},
    )
    assert error <= TOLERANCES[dtype], f"{c}: {where} is off by {error:.1e}"
