"""Optimizers and schedules compared with PyTorch's, over a hundred steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numnist.optim.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp
from numnist.optim.schedules import CosineDecay, ExponentialDecay, OneCycle, StepDecay, Warmup

torch = pytest.importorskip("torch", reason="parity is measured against PyTorch: pip install --group parity")

STEPS, N = 100, 60
# Relative to the largest weight.  Measured: 2e-14 and 1e-6, because rounding accumulates over the steps.
TOLERANCES = {"float64": 1e-12, "float32": 1e-5}
L2 = 0.05

# numnist's optimizer, PyTorch's, and L2 in the loss
PAIRS: dict[str, tuple[Any, Any, float]] = {
    "SGD": (SGD(0.05), lambda p: torch.optim.SGD(p, lr=0.05), 0),
    "SGD with L2": (SGD(0.05), lambda p: torch.optim.SGD(p, lr=0.05, weight_decay=L2), L2),
    "Momentum": (Momentum(0.02), lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9), 0),
    "Momentum with L2": (
        Momentum(0.02, momentum=0.8),
        lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.8, weight_decay=L2),
        L2,
    ),
    "Nesterov": (Nesterov(0.02), lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True), 0),
    "AdaGrad": (AdaGrad(0.1), lambda p: torch.optim.Adagrad(p, lr=0.1), 0),
    "RMSProp": (RMSProp(0.01, decay=0.99), lambda p: torch.optim.RMSprop(p, lr=0.01), 0),
    "RMSProp, decay 0.9": (RMSProp(0.01), lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9), 0),
    "Adam": (Adam(0.01), lambda p: torch.optim.Adam(p, lr=0.01), 0),
    "Adam, betas 0.7 and 0.9": (
        Adam(0.01, beta1=0.7, beta2=0.9),
        lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.7, 0.9)),
        0,
    ),
    "Adam, large eps": (Adam(0.01, eps=0.1), lambda p: torch.optim.Adam(p, lr=0.01, eps=0.1), 0),
    "Adam with L2": (Adam(0.01), lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=L2), L2),
    "AdamW": (AdamW(0.01), lambda p: torch.optim.AdamW(p, lr=0.01), 0),
    "AdamW, decay 0.3": (
        AdamW(0.02, weight_decay=0.3),
        lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.3),
        0,
    ),
}


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", PAIRS)
def test_optimizer_follows_torch_for_100_steps(name, dtype):
    """On a quadratic loss that is 100 times steeper in some directions than in others, with noise in the gradient."""
    ours, theirs, l2 = PAIRS[name]
    rng = np.random.default_rng(0)
    theta = rng.standard_normal(N).astype(dtype)
    steep = np.geomspace(0.02, 2, N).astype(dtype)
    noise = (0.1 * rng.standard_normal((STEPS, N))).astype(dtype)
    slots = {slot: np.zeros(N, dtype) for slot in ours.slots}
    # float64 is the reference for both, as in reference.py
    parameter = torch.nn.Parameter(torch.from_numpy(theta.astype(np.float64)))
    optimizer = theirs([parameter])
    for step in range(STEPS):
        gradient = steep * theta + noise[step]
        if l2:
            gradient += l2 * theta  # as training does for l2
        if ours.weight_decay:
            theta *= 1 - ours.learning_rate * ours.weight_decay  # as training does for decoupled decay
        ours.update(theta, gradient, slots, ours.learning_rate, step + 1)
        parameter.grad = torch.from_numpy(steep.astype(np.float64)) * parameter.detach()
        parameter.grad += torch.from_numpy(noise[step].astype(np.float64))
        optimizer.step()
    expected = parameter.detach().numpy()
    error = np.abs(theta - expected).max() / np.abs(expected).max()
    assert theta.dtype == dtype
    assert all(slot.dtype == dtype for slot in slots.values())
    assert error <= TOLERANCES[dtype], f"off by {error:.1e}"


def rates(make: Any, total: int) -> list[float]:
    """The rates of a PyTorch scheduler over `total` steps, for a learning rate of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, found = make(optimizer), []
    for _ in range(total):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


lr_scheduler = torch.optim.lr_scheduler
TOTAL = 60
SCHEDULES = {
    "CosineDecay": (CosineDecay(), 1, lambda o: lr_scheduler.CosineAnnealingLR(o, TOTAL - 1)),
    "CosineDecay to 0.1": (CosineDecay(0.1), 1, lambda o: lr_scheduler.CosineAnnealingLR(o, TOTAL - 1, eta_min=0.1)),
    "StepDecay": (StepDecay(0.5, every=7), 1, lambda o: lr_scheduler.StepLR(o, 7, gamma=0.5)),
    "StepDecay in epochs": (StepDecay(0.5, every=2), 6, lambda o: lr_scheduler.StepLR(o, 12, gamma=0.5)),
    "ExponentialDecay": (ExponentialDecay(0.9), 1, lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
    "Warmup": (Warmup(10), 1, lambda o: lr_scheduler.LinearLR(o, 0.1, 1.0, 9)),
    # PyTorch's peak is at step pct_start · total - 1, numnist's at peak · (total - 1)
    "OneCycle": (
        OneCycle(peak=0.3, start=0.04, final=0.0001),
        1,
        lambda o: lr_scheduler.OneCycleLR(
            o,
            1.0,
            TOTAL,
            pct_start=(0.3 * (TOTAL - 1) + 1) / TOTAL,
            cycle_momentum=False,
            div_factor=25,
            final_div_factor=400,
        ),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_is_torchs(name):
    ours, epoch_steps, theirs = SCHEDULES[name]
    found = [ours(step, epoch_steps, TOTAL) for step in range(TOTAL)]
    # rtol: PyTorch multiplies from step to step, 60 roundings of 1e-16, and its cosine divides by small differences;
    # atol: the last rate of a cosine is 0, which sums of order 1 miss by a few 1e-16
    np.testing.assert_allclose(found, rates(theirs, TOTAL), rtol=1e-12, atol=1e-14)
