"""NumnistClassifier beside scikit-learn's MLPClassifier: the same network, settings and numbers, in turns.

    python benchmarks/scikit_learn.py            # a minute on two cores; needs MNIST
    python benchmarks/scikit_learn.py --table    # only rewrite the table from the stored record

One hidden layer of 100 units with ReLU, Adam at 0.001, batches of 200, float32, standardised features, on all cores.
Each seed gives the weights and the batches; on scikit-learn's own digits it also says which quarter is held out.
"""

from __future__ import annotations

import statistics
import time
import warnings
from typing import Any

import numpy as np
from records import HERE, ROOT, accuracy_cells, choose_blas_kernel, load, made_by, parser, save, write_between
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from numnist import Adam, load as load_data
from numnist.bench.tables import Table
from numnist.sklearn import NumnistClassifier
from numnist.support.environment import stamp

RECORD = HERE / "scikit_learn.json"
EPOCHS = {"digits": 50, "mnist": 10}
SEEDS = range(3)
BATCH, RATE = 200, 1e-3
OURS, THEIRS = "NumnistClassifier", "MLPClassifier"


def split(name: str, seed: int) -> list[Any]:
    """Training and test features, then training and test labels."""
    if name == "digits":
        x, y = load_digits(return_X_y=True)
        return list(train_test_split(x.astype(np.float32), y, test_size=0.25, random_state=seed, stratify=y))
    data = load_data("mnist", offline=True)
    train = (
        np.concatenate([data.train.x, data.validation.x]),
        np.concatenate([data.train.labels, data.validation.labels]),
    )
    flat = [x.reshape(len(x), -1).astype(np.float32) for x in (train[0], data.test.x)]
    return [*flat, train[1], data.test.labels]


def estimator(which: str, epochs: int, seed: int) -> Any:
    if which == OURS:
        return NumnistClassifier(
            (100,),
            optimizer=Adam(RATE),
            epochs=epochs,
            batch_size=BATCH,
            dtype=np.float32,
            random_state=seed,
            n_jobs=-1,
        )
    theirs = MLPClassifier(
        (100,), learning_rate_init=RATE, max_iter=epochs, batch_size=BATCH, alpha=0.0, tol=0.0, n_iter_no_change=epochs,
        random_state=seed,
    )  # fmt: skip
    return make_pipeline(StandardScaler(), theirs)


def measure(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {which: {"accuracy": [], "seconds": []} for which in (OURS, THEIRS)}
    for seed in SEEDS:
        x, x_test, y, y_test = split(name, seed)
        for which in (OURS, THEIRS):
            model = estimator(which, EPOCHS[name], seed)
            started = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is meant
                model.fit(x, y)
            found[which]["seconds"].append(time.perf_counter() - started)
            found[which]["accuracy"].append(float(model.score(x_test, y_test)))
    return found


def table(record: dict[str, Any]) -> str:
    rows = []
    for name, found in record["data"].items():
        ratio = statistics.median(b / a for a, b in zip(found[OURS]["seconds"], found[THEIRS]["seconds"]))
        for which in (OURS, THEIRS):
            accuracy, *_, seeds = accuracy_cells(found[which]["accuracy"])
            seconds = f"{statistics.median(found[which]['seconds']):.2f}"
            rows.append(
                (name, which, f"{EPOCHS[name]}", accuracy, seconds, f"{ratio:.2f}" if which == THEIRS else "", seeds)
            )
    heads = ("data", "estimator", "epochs", "test accuracy", "seconds", "its time ÷ numnist's", "seeds")
    return f"{Table(heads, rows, texts=(0, 1)).markdown()}\n\n{made_by(record, 'scikit_learn.py')}"


def main() -> None:
    given = parser(__doc__).parse_args()
    choose_blas_kernel()
    record = load(RECORD) if given.table else stamp() | {"data": {name: measure(name) for name in EPOCHS}}
    save(RECORD, record)
    write_between(ROOT / "docs" / "scikit-learn.md", "comparison", table(record))
    print(table(record))


if __name__ == "__main__":
    main()
