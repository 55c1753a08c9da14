"""One training step of the 28-filter network, numnist beside PyTorch, interleaved in one process.

    pip install '.[parity]' && python benchmarks/step_against_pytorch.py

conv 28 3×3, ReLU, max pool 2, dense 128, ReLU, dense 10; batch 1024, Adam 1e-3, float32, 2 threads each.
Both start from the same weights and see the same batches; the losses of the first steps must agree before
anything is timed.  Writes benchmarks/step_against_pytorch.json.
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import time
from pathlib import Path

import numpy as np
import torch

import numnist
from numnist.engine import Engine
from numnist.files import write_atomically
from numnist.memory import keep_freed_pages
from numnist.provenance import made_with
from numnist.training import State
from numnist.workers import Workers

BATCH, THREADS, STEPS = 1024, 2, 4  # steps in a round
RECORD = Path(__file__).with_suffix(".json")


def peer(model: numnist.Model) -> torch.nn.Sequential:
    """The same network in PyTorch, with the same weights."""
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 28, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
        torch.nn.Linear(28 * 13 * 13, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10),
    )  # fmt: skip
    for ours, theirs in ((0, 0), (4, 4), (6, 6)):
        network[theirs].weight.data = torch.tensor(model.p[ours].w.copy())
        network[theirs].bias.data = torch.tensor(model.p[ours].b[:, 0].copy())
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    keep_freed_pages()
    torch.set_num_threads(THREADS)
    data = numnist.load("mnist")
    model = numnist.load_recipe("cnn28").model(data)
    network = peer(model).to(memory_format=torch.channels_last)
    theirs = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    optimizer = numnist.Adam(1e-3)
    state = State.fresh(model, optimizer)
    x = torch.tensor(model.normalization.apply(data.train.x, np.float32).transpose(3, 0, 1, 2).copy())
    labels = torch.tensor(data.train.labels)
    with Workers(THREADS) as workers:
        engine = Engine(
            model, optimizer, numnist.softmax_cross_entropy, theta=state.theta, slots=state.slots, workers=workers
        )

        def our_step(step: int) -> float:
            batch = np.arange(step * BATCH, (step + 1) * BATCH) % len(data.train)
            return engine.step(data.train, batch, step, optimizer.learning_rate).loss

        def their_step(step: int) -> float:
            batch = torch.arange(step * BATCH, (step + 1) * BATCH) % len(data.train)
            theirs.zero_grad()
            pictures = x[batch].contiguous(memory_format=torch.channels_last)
            loss = torch.nn.functional.cross_entropy(network(pictures), labels[batch])
            loss.backward()
            theirs.step()
            return loss.item()

        first = [(our_step(i), their_step(i)) for i in range(5)]
        assert all(abs(a - b) < 1e-4 for a, b in first), f"not the same work: {first}"
        times: dict[str, list[float]] = {"numnist": [], "pytorch": []}
        for r in range(rounds):
            for name, step in (("numnist", our_step), ("pytorch", their_step)):
                started = time.perf_counter()
                for i in range(STEPS):
                    step(5 + r * STEPS + i)
                times[name].append((time.perf_counter() - started) / STEPS * 1e3)
    ratios = [a / b for a, b in zip(times["numnist"], times["pytorch"])]
    record = {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "made_with": made_with() | {"torch": torch.__version__},
        "rounds": rounds,
        "milliseconds": {name: [round(t, 2) for t in values] for name, values in times.items()},
        "ratio_median": round(statistics.median(ratios), 3),
        "ratio_range": [round(min(ratios), 3), round(max(ratios), 3)],
        "losses_of_first_steps": first,
    }
    write_atomically(RECORD, (json.dumps(record, indent=1) + "\n").encode())
    for name, values in times.items():
        print(f"{name:8s} {statistics.median(values):7.1f} ms a step ({min(values):.1f} – {max(values):.1f})")
    print(f"numnist ÷ pytorch, median of {rounds} rounds: {record['ratio_median']} {record['ratio_range']}")


if __name__ == "__main__":
    main()
