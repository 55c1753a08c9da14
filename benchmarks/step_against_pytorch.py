"""One training step of the 28-filter network, numnist beside PyTorch, in turns.

    pip install '.[parity]' && python benchmarks/step_against_pytorch.py

conv 28 3×3, ReLU, max pool 2, dense 128, ReLU, dense 10; batch 1024, Adam 1e-3, float32, 2 threads each.  Each side
has a process of its own, as users have it: numnist with freed pages kept, as its command line does (numnist/memory.py);
PyTorch with channels_last pictures and fused Adam, once as it is and once with freed pages kept too.  All start from
the same weights and see the same batches; the losses of the first steps must agree before anything is timed.
Writes benchmarks/step_against_pytorch.json and the README's table.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from records import HERE, ROOT, machine, save, stamp, write_between

import numnist
from numnist.engine import Engine
from numnist.memory import keep_freed_pages
from numnist.training import State
from numnist.workers import Workers

BATCH, THREADS, STEPS = 1024, 2, 4  # steps in a round
SIDES = ("numnist", "pytorch", "pytorch, freed pages kept")
Stepper = Callable[[int], float]  # trains step i and answers its loss


def our_steps(data: numnist.Dataset, model: numnist.Model) -> Stepper:
    optimizer, loss = numnist.Adam(1e-3), numnist.softmax_cross_entropy
    state = State.fresh(model, optimizer)
    engine = Engine(model, optimizer, loss, theta=state.theta, slots=state.slots, workers=Workers(THREADS))

    def step(i: int) -> float:
        batch = np.arange(i * BATCH, (i + 1) * BATCH) % len(data.train)
        return engine.step(data.train, batch, i, optimizer.learning_rate).loss

    return step


def their_steps(data: numnist.Dataset, model: numnist.Model) -> Stepper:
    import torch

    torch.set_num_threads(THREADS)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 28, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
        torch.nn.Linear(28 * 13 * 13, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10),
    )  # fmt: skip
    for i in (0, 4, 6):
        network[i].weight.data = torch.tensor(model.p[i].w.copy())
        network[i].bias.data = torch.tensor(model.p[i].b[:, 0].copy())
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    x = torch.tensor(model.normalization.apply(data.train.x, np.float32).transpose(3, 0, 1, 2).copy())
    labels = torch.tensor(data.train.labels)

    def step(i: int) -> float:
        batch = torch.arange(i * BATCH, (i + 1) * BATCH) % len(x)
        optimizer.zero_grad()
        pictures = x[batch].contiguous(memory_format=torch.channels_last)
        loss = torch.nn.functional.cross_entropy(network(pictures), labels[batch])
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def serve(side: str, pipe: Connection) -> None:
    """A side's process: for each (first, count) it trains those steps and answers losses and milliseconds a step."""
    if side != "pytorch":
        keep_freed_pages()
    data = numnist.load("mnist")
    model = numnist.load_recipe("cnn28").model(data)
    step = (our_steps if side == "numnist" else their_steps)(data, model)
    while (order := pipe.recv()) is not None:
        first, count = order
        started = time.perf_counter()
        losses = [step(i) for i in range(first, first + count)]
        pipe.send((losses, 1e3 * (time.perf_counter() - started) / count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    spawn = multiprocessing.get_context("spawn")
    pipes: dict[str, Connection] = {}
    for side in SIDES:
        pipes[side], theirs = spawn.Pipe()
        spawn.Process(target=serve, args=(side, theirs), daemon=True).start()

    def ask(side: str, first: int, count: int) -> tuple[list[float], float]:
        pipes[side].send((first, count))
        losses, milliseconds = pipes[side].recv()
        return losses, milliseconds

    first = {side: ask(side, 0, 5)[0] for side in SIDES}
    for side in SIDES[1:]:
        assert np.allclose(first[side], first["numnist"], atol=1e-4, rtol=0), f"not the same work: {first}"
    times: dict[str, list[float]] = {side: [] for side in SIDES}
    for r in range(rounds):
        for side in SIDES:
            times[side].append(ask(side, 5 + r * STEPS, STEPS)[1])
    for pipe in pipes.values():
        pipe.send(None)
    ratios = {side: [a / b for a, b in zip(times["numnist"], times[side])] for side in SIDES[1:]}
    import torch

    record = stamp(torch=torch.__version__) | {
        "rounds": rounds,
        "losses_of_first_steps": first,
        "milliseconds_a_step": {side: [round(t, 2) for t in values] for side, values in times.items()},
        "numnist_divided_by": {
            side: {"median": round(statistics.median(r), 3), "lowest": round(min(r), 3), "highest": round(max(r), 3)}
            for side, r in ratios.items()
        },
    }
    save(HERE / "step_against_pytorch.json", record)
    write_between(ROOT / "README.md", "step", table(record))
    print(table(record))


def table(record: dict[str, Any]) -> str:
    """The README's table in Markdown."""
    lines = ["| one step | milliseconds, median (lowest – highest) | numnist ÷ it |", "| --- | ---: | ---: |"]
    for side, times in record["milliseconds_a_step"].items():
        ratio = record["numnist_divided_by"].get(side)
        share = f"{ratio['median']:.2f} ({ratio['lowest']:.2f} – {ratio['highest']:.2f})" if ratio else ""
        lines.append(f"| {side} | {statistics.median(times):.1f} ({min(times):.1f} – {max(times):.1f}) | {share} |")
    return "\n".join(
        [
            *lines,
            "",
            f"{record['rounds']} rounds in turns, {THREADS} threads each, PyTorch {record['made_with']['torch']}. "
            f"{machine(record)} Made by `python benchmarks/step_against_pytorch.py`.",
        ]
    )


if __name__ == "__main__":
    main()
