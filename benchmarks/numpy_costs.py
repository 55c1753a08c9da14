"""The cost of single NumPy operations, and of the optimizer's chunks, matrix products and blocks by their size.

    python benchmarks/numpy_costs.py        # half a minute; rewrites the tables of docs/design.md

The numbers behind choices in numnist/fast and training/update.py.  Run it on an idle machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from records import ROOT, choose_blas_kernel, made_by, write_between

import numnist
from numnist.bench.tables import Table
from numnist.data.strokes.drawing import load_strokes
from numnist.fast import im2col
from numnist.fast.winograd import Winograd
from numnist.nn import Conv2d
from numnist.support.environment import stamp
from numnist.support.malloc import keep_freed_pages
from numnist.support.workers import Workers
from numnist.training import memory
from numnist.training.rank import UPDATE
from numnist.training.state import State
from numnist.training.step import Engine

SIZE = 32768  # float32 numbers: 128 KiB, which fits a core's second-level cache with the result
REPEATS = 41


def seconds(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Median of `repeats` runs, after one to warm up."""
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def operations() -> dict[str, float]:
    """Nanoseconds per element."""
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


def updates(data: numnist.Dataset, units: int, chunk: int, ranks: int) -> float:
    """Milliseconds of Adam's update of all weights of a network."""
    model = numnist.Model(numnist.Sequential(numnist.Flatten(), numnist.Dense(units), numnist.Dense(10)), data)
    settings = numnist.Settings(numnist.Adam())
    memory.CHUNK = chunk
    with Engine(model, settings, State.fresh(model, settings), data.train, ranks=ranks) as engine:
        engine.ranks.join(wait=True)
        engine.step(np.arange(len(data.train))[:128], 0, 1e-3)
        return 1e3 * seconds(lambda: engine.ranks.run(UPDATE))


def products(columns: int) -> float:
    """Gflop per second of a 28 × 9 matrix, the weights of cnn28's convolution, times one with that many columns."""
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((28, 9), dtype=np.float32), rng.standard_normal((9, columns), dtype=np.float32)
    out = np.empty((28, columns), np.float32)
    with Workers(1) as workers:
        (took,) = workers.run(lambda _: seconds(lambda: np.matmul(w, x, out=out)), range(1))
    return 2e-9 * w.size * columns / took


def blocks(data: numnist.Dataset, limit: int) -> float:
    """Milliseconds of a step of the recipe quick with blocks of at most that many bytes of outputs."""
    im2col.BLOCK_BYTES = limit
    recipe = numnist.load_recipe("quick")
    model = recipe.model(data)
    state = State.fresh(model, recipe)
    batch = np.arange(recipe.batch_size) % len(data.train)
    with Engine(model, recipe, state, data.train, ranks=1) as engine:
        return 1e3 * seconds(lambda: engine.step(batch, 0, 1e-3), 21)


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


def tables(data: numnist.Dataset) -> list[Table]:
    """Everything, measured now."""
    costs = [(name if "random" in name else f"`{name}`", f"{cost:.2f}") for name, cost in operations().items()]
    adam = [
        (f"{chunk:,}", *(f"{updates(data, units, chunk, n):.2f} ms" for units in (256, 4800) for n in (1, 2)))
        for chunk in (16384, 32768, 65536, 131072, 262144)
    ]
    gflops = [(f"{n:,}", f"{products(n):.0f}") for n in (832, 1664, 3328, 3968, 4096, 6656, 13312)]  # 28·9·3968 < 10⁶
    steps = [(f"{limit >> 10:,} KiB", f"{blocks(data, limit):.1f} ms") for limit in (2**n for n in range(18, 23))]
    counts = (1, 4, 8, 16, 64)
    winograd = [(f"{n}", *(f"{gain(n, count):.2f}" for count in counts)) for n in (4, 8, 16, 32)]
    pictures = [f"{count} picture{'s' if count > 1 else ''}" for count in counts]
    return [
        Table(("float32, in cache", "ns per element"), costs),
        Table(("Adam's update in chunks of", "0.2 million numbers, 1 rank", "2 ranks", "3.8 million, 1 rank",
               "2 ranks"), adam, texts=()),
        Table(("28 × 9 by 9 ×", "Gflop per second, 1 thread"), gflops, texts=()),
        Table(("outputs of a block", "step of `quick`, 1 rank"), steps, texts=()),
        Table(("im2col's time ÷ Winograd's, channels", *pictures), winograd, texts=()),
    ]  # fmt: skip


def main() -> None:
    choose_blas_kernel()
    keep_freed_pages()
    found = tables(load_strokes(train=1024, validation=0, test=0))
    text = "\n\n".join([*(table.markdown() for table in found), made_by(stamp(), "numpy_costs.py")])
    write_between(ROOT / "docs" / "design.md", "costs", text)
    print(text)


if __name__ == "__main__":
    main()
