"""A record of a comparison, with round numbers."""

from __future__ import annotations

from typing import Any

from numnist.bench.compare import FORMAT
from numnist.bench.networks import REFERENCES
from numnist.bench.peers import choose
from numnist.bench.work import Work, write_pictures
from numnist.data import Split
from numnist.data.strokes.drawing import draw
from numnist.support.environment import stamp


def network(threads: tuple[int, ...] = (2,), left_out: Any = None, failed: Any = None, **values: Any) -> dict[str, Any]:
    """One network's part.   values: of its run with any number of threads"""
    return {
        "title": "a network",
        "batch": 128,
        "steps": 5,
        "answers": 5,
        "parameters": 1000,
        "gflop_a_step": 0.1,
        "losses": {},
        "left_out": left_out or {"scikit-learn": "MLPClassifier has no Conv2d"},
        "failed": failed or {},
        "runs": {str(n): run(**values) for n in threads},
    }


def run(**values: Any) -> dict[str, Any]:
    """numnist takes 2 ms where PyTorch takes 3, TensorFlow 2.4 and the row with kept pages 1."""
    return {
        "peak_gflops": 200.0,
        "training_ms": {
            "numnist": [2.0, 2.0, 4.0],
            "pytorch": [3.0, 3.0, 3.0],
            "pytorch, freed pages kept": [1.0, 1.0, 1.0],
            "tensorflow": [2.4, 2.2, 2.6],
        },
        "answering_ms": {
            "numnist": [10.0, 10.0, 10.0],
            "pytorch": [40.0, 20.0, 30.0],
            "pytorch, freed pages kept": [10.0, 10.0, 10.0],
            "tensorflow": [20.0, 20.0, 20.0],
            "onnxruntime": [5.0, 5.0, 5.0],
        },
        "memory_mb": {
            "numnist": {"loaded": 80.0, "most": 100.0},
            "pytorch": {"loaded": 200.0, "most": 300.0},
            "tensorflow": {"loaded": None, "most": None},
        },
        "epoch_s": {"numnist": [0.5], "pytorch": [3.0], "tensorflow": [4.0]},
    } | values


def record(**networks: dict[str, Any]) -> dict[str, Any]:
    """A whole comparison's."""
    networks = networks or {"mlp": network()}
    return stamp(pytorch="2.13.0", tensorflow="2.21.0") | {
        "peers": ["pytorch", "tensorflow"],
        "data": "mnist",
        "rounds": 3,
        "format": FORMAT,
        "threads": [int(n) for n in next(iter(networks.values()))["runs"]],
        "answered": 1000,
        "epoch_pictures": 10_000,
        "epoch_rounds": 1,
        "networks": networks,
        "skipped": {},
    }


def work(folder: Any, name: str = "mlp", batch: int = 32, count: int = 256, **values: Any) -> Work:
    """A reference network without dropout on a few strokes."""
    x, labels = draw(count, seed=4)
    normalization = write_pictures(folder, Split(x[:, None], labels))
    return Work(folder, REFERENCES[name].without_dropout, batch, 1, normalization, **values)


ALONE = choose([])[0]  # numnist without peers
