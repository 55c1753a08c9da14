"""NumPy's costs: what single operations, the optimizer's pieces, products and blocks cost on this machine.

    python benchmarks/numpy_costs.py        # half a minute; rewrites the tables of docs/design.md

The numbers behind choices in layers/ and training/step.py.  Run it on a quiet machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from records import ROOT, write_between

import numnist
from numnist.data.strokes.drawing import load_strokes
from numnist.fast.winograd import Winograd
from numnist.nn import Conv2d, im2col
from numnist.support.environment import stamp, stamped
from numnist.support.malloc import keep_freed_pages
from numnist.support.workers import Workers
from numnist.training import step as engine
from numnist.training.loop import State

SIZE = 32768  # float32 numbers: 128 KiB, in a core's second-level cache with the result
REPEATS = 41


def seconds(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Median of some runs, after one to warm up."""
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def operations() -> dict[str, float]:
    """Nanoseconds an element."""
    rng = np.random.default_rng(0)
    x, y, out = (rng.standard_normal(SIZE, dtype=np.float32) for _ in range(3))
    mask = x > 0
    work: dict[str, Callable[[], Any]] = {
        "np.maximum(x, 0)": lambda: np.maximum(x, 0, out=out),
        "x + y": lambda: np.add(x, y, out=out),
        "x > 0": lambda: x > 0,
        "x * mask": lambda: np.multiply(x, mask, out=out),
        "np.where(mask, x, 0)": lambda: np.where(mask, x, np.float32(0)),
        "x[mask] = 0": lambda: out.__setitem__(mask, 0),
        "x.sum()": lambda: x.sum(),
        "uniform float32 random": lambda: rng.random(SIZE, dtype=np.float32),
        "16 random bits": lambda: rng.integers(0, 2**64 - 1, SIZE // 4, np.uint64, endpoint=True),
    }
    return {name: 1e9 * seconds(f) / SIZE for name, f in work.items()}


def updates(data: numnist.Dataset, units: int, piece: int, threads: int) -> float:
    """Milliseconds of Adam's walk over a network's vector."""
    model = numnist.Model(numnist.Sequential(numnist.Flatten(), numnist.Dense(units), numnist.Dense(10)), data)
    optimizer, state = numnist.Adam(), State.fresh(model, numnist.Adam())
    engine.PIECE, engine.ALONE = piece, 1
    with Workers(threads) as workers:
        loss = numnist.SoftmaxCrossEntropy()
        walker = engine.Engine(model, optimizer, loss, theta=state.theta, slots=state.slots, workers=workers)
        return 1e3 * seconds(lambda: walker._update(1.0, 1, 1e-3, gather=True))


def products(columns: int) -> float:
    """Gflop a second of a 28 × 9 matrix, the weights of the 28-filter network, times one of so many columns."""
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((28, 9), dtype=np.float32), rng.standard_normal((9, columns), dtype=np.float32)
    out = np.empty((28, columns), np.float32)
    with Workers(1) as workers:
        (took,) = workers.run(lambda _: seconds(lambda: np.matmul(w, x, out=out)), range(1))
    return 2e-9 * w.size * columns / took


def blocks(data: numnist.Dataset, limit: int) -> float:
    """Milliseconds of a step of the recipe quick with so many bytes of outputs at a time."""
    im2col.BLOCK_BYTES = limit
    recipe = numnist.load_recipe("quick")
    model, optimizer = recipe.model(data), recipe.optimizer
    state = State.fresh(model, optimizer)
    batch = np.arange(recipe.batch_size) % len(data.train)
    with Workers(2) as workers:
        step = engine.Engine(model, optimizer, recipe.loss, theta=state.theta, slots=state.slots, workers=workers).step
        return 1e3 * seconds(lambda: step(data.train, batch, 0, 1e-3), 21)


def halves(units: int) -> tuple[float, float]:
    """Microseconds of a dense layer's product with 784 inputs and 128 pictures, whole and in halves on two threads."""
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((units, 784), dtype=np.float32), rng.standard_normal((784, 128), dtype=np.float32)
    y = np.empty((units, 128), np.float32)
    parts = (slice(0, units // 2), slice(units // 2, units))
    with Workers(2) as workers:
        whole = seconds(lambda: np.matmul(w, x, out=y), 401)
        cut = seconds(lambda: workers.run(lambda part: np.matmul(w[part], x, out=y[part]), parts), 401)
    return 1e6 * whole, 1e6 * cut


def gain(channels: int, pictures: int) -> float:
    """Im2col's time ÷ Winograd's: forward and backward of a 3 × 3 convolution, 14 × 14, as many channels out as in."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((channels, 14, 14, pictures), dtype=np.float32)
    w = rng.standard_normal((channels, channels, 3, 3), dtype=np.float32)
    dw, conv = np.empty_like(w), Conv2d(channels, 3)

    def both(kind: type[im2col.Im2col | Winograd]) -> None:
        run = kind(conv, (1, 1), w, x, border=False, keep=True)
        dx = run.room(True)
        for rows in run.blocks:
            run.gradient(rows, run.outputs(rows), dw, dx)

    with Workers(1):
        return seconds(lambda: both(im2col.Im2col), 15) / seconds(lambda: both(Winograd), 15)


def main() -> None:
    keep_freed_pages()
    data = load_strokes(train=1024, validation=0, test=0)
    lines = ["| float32, in cache | ns an element |", "| --- | ---: |"]
    lines += [f"| `{name}` | {cost:.2f} |" if "random" not in name else f"| {name} | {cost:.2f} |"
              for name, cost in operations().items()]  # fmt: skip
    small, large = 256, 4800
    lines += ["", "| Adam's walk in pieces of | 0.2 million numbers, 1 thread | 2 threads | 3.8 million, 1 thread "
              "| 2 threads |", "| ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for piece in (16384, 32768, 65536, 131072, 262144):
        costs = [updates(data, units, piece, threads) for units in (small, large) for threads in (1, 2)]
        lines.append(f"| {piece:,} | " + " | ".join(f"{cost:.2f} ms" for cost in costs) + " |")
    lines += ["", "| 28 × 9 by 9 × | Gflop a second, 1 thread |", "| ---: | ---: |"]
    for count in (832, 1664, 3328, 3968, 4096, 6656, 13312):  # 28·9·3968 is just below a million
        lines.append(f"| {count:,} | {products(count):.0f} |")
    lines += ["", "| a block's outputs | a step of `quick` |", "| ---: | ---: |"]
    for limit in (1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22):
        lines.append(f"| {limit >> 10:,} KiB | {blocks(data, limit):.1f} ms |")
    lines += [
        "",
        "| dense layer of 784 × | numbers | whole, 1 thread | halves, 2 threads |",
        "| ---: | ---: | ---: | ---: |",
    ]
    for units in (64, 128, 192, 256, 512):
        whole, cut = halves(units)
        lines.append(f"| {units} | {784 * units:,} | {whole:.0f} µs | {cut:.0f} µs |")
    many, counts = (4, 8, 16, 32), (1, 4, 8, 16, 64)
    heads = " | ".join(f"{count} picture{'s' if count > 1 else ''}" for count in counts)
    lines += ["", f"| im2col's time ÷ Winograd's, channels | {heads} |", "| ---: |" + " ---: |" * len(counts)]
    for channels in many:
        lines.append(f"| {channels} | " + " | ".join(f"{gain(channels, count):.2f}" for count in counts) + " |")
    table = "\n".join([*lines, "", f"{stamped(stamp())} Made by `python benchmarks/numpy_costs.py`."])
    write_between(ROOT / "docs" / "design.md", "costs", table)
    print(table)


if __name__ == "__main__":
    main()
