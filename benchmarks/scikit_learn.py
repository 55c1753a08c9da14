"""NumnistClassifier and NumnistRegressor beside scikit-learn's MLPs: the same network, settings and numbers, in turns.

    python benchmarks/scikit_learn.py            # a minute on two cores; needs MNIST
    python benchmarks/scikit_learn.py --data diabetes friedman   # these alone; the others stay as they were measured
    python benchmarks/scikit_learn.py --table    # only rewrite the table from the stored record

One hidden layer of 100 units with ReLU, Adam at 0.001, batches of 200, float32, standardised features, on all cores.
Each seed gives the weights and the batches; on all data but MNIST it also says which quarter is held out.
Regressors have batches of 32, since diabetes are few, and standardised targets; both are scored by R².
"""

from __future__ import annotations

import statistics
import time
import warnings
from typing import Any

import numpy as np
from records import HERE, ROOT, accuracy_cells, choose_blas_kernel, load, made_by, parser, save, write_between
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_digits, make_friedman1
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from numnist import Adam, load as load_data
from numnist.bench.tables import Table
from numnist.sklearn import NumnistClassifier, NumnistRegressor
from numnist.support.environment import stamp

RECORD = HERE / "scikit_learn.json"
EPOCHS = {"digits": 50, "mnist": 10, "diabetes": 20, "friedman": 20}
REGRESSION = {
    "diabetes": lambda: load_diabetes(return_X_y=True),
    "friedman": lambda: make_friedman1(20_000, noise=1.0, random_state=0),
}
SEEDS = range(3)
BATCH, RATE = 200, 1e-3
FEW = 32  # of a batch in regression


def split(name: str, seed: int) -> list[Any]:
    """Training and test features, then training and test labels."""
    if name == "digits":
        x, y = load_digits(return_X_y=True)
        return list(train_test_split(x.astype(np.float32), y, test_size=0.25, random_state=seed, stratify=y))
    if name in REGRESSION:
        x, y = REGRESSION[name]()
        return list(train_test_split(x.astype(np.float32), y, test_size=0.25, random_state=seed))
    data = load_data("mnist", offline=True)
    train = (
        np.concatenate([data.train.x, data.validation.x]),
        np.concatenate([data.train.labels, data.validation.labels]),
    )
    flat = [x.reshape(len(x), -1).astype(np.float32) for x in (train[0], data.test.x)]
    return [*flat, train[1], data.test.labels]


def estimators(name: str, seed: int) -> dict[str, Any]:
    """Ours and theirs, by their names."""
    epochs, regression = EPOCHS[name], name in REGRESSION
    size = FEW if regression else BATCH
    ours: Any = NumnistRegressor if regression else NumnistClassifier
    theirs: Any = MLPRegressor if regression else MLPClassifier
    found = {
        ours: ours(
            (100,), optimizer=Adam(RATE), epochs=epochs, batch_size=size, dtype=np.float32, random_state=seed, n_jobs=-1
        ),
        theirs: make_pipeline(
            StandardScaler(),
            theirs(
                hidden_layer_sizes=(100,), learning_rate_init=RATE, max_iter=epochs, batch_size=size, alpha=0.0,
                tol=0.0, n_iter_no_change=epochs, random_state=seed,
            ),
        ),
    }  # fmt: skip
    if regression:
        found[theirs] = TransformedTargetRegressor(found[theirs], transformer=StandardScaler())
    return {kind.__name__: each for kind, each in found.items()}


def measure(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for seed in SEEDS:
        x, x_test, y, y_test = split(name, seed)
        for which, model in estimators(name, seed).items():
            values = found.setdefault(which, {"score": [], "seconds": []})
            started = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is meant
                model.fit(x, y)
            values["seconds"].append(time.perf_counter() - started)
            values["score"].append(float(model.score(x_test, y_test)))
    return found


def table(record: dict[str, Any]) -> str:
    rows = []
    for name, found in record["data"].items():
        (_, ours), (theirs, other) = found.items()
        ratio = statistics.median(b / a for a, b in zip(ours["seconds"], other["seconds"]))
        for which, values in found.items():
            score, *_, seeds = accuracy_cells(values["score"])
            if name in REGRESSION:
                mean, deviation = statistics.fmean(values["score"]), statistics.stdev(values["score"])
                score = f"R² {mean:.3f} ± {deviation:.3f}"
            seconds = f"{statistics.median(values['seconds']):.2f}"
            last = f"{ratio:.2f}" if which == theirs else ""
            rows.append((name, which, f"{EPOCHS[name]}", score, seconds, last, seeds))
    heads = ("data", "estimator", "epochs", "test score", "seconds", "its time ÷ numnist's", "seeds")
    return f"{Table(heads, rows, texts=(0, 1)).markdown()}\n\n{made_by(record, 'scikit_learn.py')}"


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--data", nargs="+", choices=EPOCHS, default=list(EPOCHS))
    given = arguments.parse_args()
    choose_blas_kernel()
    record = load(RECORD)
    if not given.table:
        found = {name: measure(name) for name in given.data}
        record = stamp() | {"data": {name: found.get(name) or record["data"][name] for name in EPOCHS}}
    save(RECORD, record)
    write_between(ROOT / "docs" / "scikit-learn.md", "comparison", table(record))
    print(table(record))


if __name__ == "__main__":
    main()
