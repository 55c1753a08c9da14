"""Floating-point operations: how many a training step needs, and how many per second this machine reaches."""

from __future__ import annotations

import time

import numpy as np

from numnist.nn.base import Plan
from numnist.support.workers import Workers

SIDE = 2048  # of the matrices: large enough for the full speed of matrix products
TRIES = 5


def training_flops(plan: Plan, batch: int) -> int:
    """Additions and multiplications in the matrix products and convolutions of one step.

    Each layer has three products, for y, dw and dx, each of macs multiply-adds per picture; the first layer with
    parameters needs no dx.  Anything else (ReLU, pooling, batch norm, Adam) is not counted.
    """
    first = next((leaf.macs for _, leaf in plan.leaves() if leaf.macs), 0)
    return 2 * batch * (3 * plan.total_macs - first)


def peak_flops(threads: int) -> float:
    """Float32 operations per second in matrix products on that many threads, the best of TRIES."""
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((SIDE, SIDE), dtype=np.float32) for _ in range(2))
    outs = [np.empty_like(a) for _ in range(threads)]
    best = np.inf
    with Workers(threads) as workers:
        workers.run(lambda out: np.matmul(a, b, out=out), outs)  # warms up
        for _ in range(TRIES):
            started = time.perf_counter()
            workers.run(lambda out: np.matmul(a, b, out=out), outs)  # one product per thread
            best = min(best, time.perf_counter() - started)
    return threads * 2 * SIDE**3 / best
