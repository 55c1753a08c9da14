"""Time by layer: how long each layer of a training step takes, forward and backward."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from numnist.data.dataset import Split
from numnist.fast.compile import Program, compile
from numnist.model.model import Model
from numnist.nn.base import Layer, Mode
from numnist.nn.losses import Loss
from numnist.nn.sequential import Sequential
from numnist.support.workers import Workers

RUNS = 4  # the first warms up and is not counted


@dataclass(frozen=True)
class StepTime:
    """Layers that run as one, and their milliseconds for a shard."""

    layers: tuple[Layer, ...]
    forward: float
    backward: float

    @property
    def total(self) -> float:
        return self.forward + self.backward


def time_by_layer(
    model: Model, shard: Split, loss: Loss, runs: int = RUNS, clock: Callable[[], float] = time.perf_counter
) -> list[StepTime]:
    """Forward and backward milliseconds of each step of a Sequential in training, on one thread, in its layers' order.

    shard: the pictures of one step.  A step is a layer, or a convolution with what follows it (see
    fast/compile.py).  Each time is the median of all runs but the first.
    """
    network = model.network
    assert isinstance(network, Sequential)  # as that of every recipe
    program = compile(network, len(shard), training=True)
    assert isinstance(program, Program)
    forward: list[list[float]] = [[] for _ in program.steps]
    backward: list[list[float]] = [[] for _ in program.steps]
    x = model.normalization.apply(shard.x, model.dtype)
    p, g = model.p, model.parameters.views(np.zeros_like(model.theta))
    trained_first = next((i for i in range(len(network.layers)) if p[i].size), 0)

    def run(_: int) -> None:
        flow, caches = x, []
        for times, step in zip(forward, program.steps):
            start = clock()
            flow, cache = step.forward(p, flow, Mode(train=True))
            times.append(1e3 * (clock() - start))
            caches.append(cache)
        flow = loss(flow, shard.labels)[1]
        for times, step, cache in reversed(list(zip(backward, program.steps, caches))):
            start = clock()
            if step.at >= trained_first:  # training needs no gradient before it (fast/compile.py)
                flow = step.backward(p, g, flow, cache, step.at > trained_first)
            times.append(1e3 * (clock() - start))

    with Workers(1) as workers:  # which also holds BLAS to one thread
        workers.run(run, range(runs))
    timed = zip((step.at for step in program.steps), forward, backward)
    found = sorted((at, median(ahead[1:]), median(back[1:])) for at, ahead, back in timed)
    ends = [*(at for at, *_ in found[1:]), None]
    return [StepTime(network.layers[at:end], *times) for (at, *times), end in zip(found, ends)]
