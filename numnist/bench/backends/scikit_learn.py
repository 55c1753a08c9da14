"""scikit-learn: MLPClassifier, which has dense layers with ReLU between them, and nothing else."""

from __future__ import annotations

import warnings

import numpy as np
from threadpoolctl import threadpool_limits

from numnist.bench.work import BETA1, BETA2, EPS, Array, BaseBackend, Work
from numnist.nn import Dense, Flatten, ReLU
from numnist.nn.sequential import Sequential


class Backend(BaseBackend):
    """Gathers uint8 pictures and normalises them with NumPy within the step, a partial_fit of one batch.

    Like Keras it adds epsilon before the bias correction of v, all others after it, so that its epsilon is up to 32
    times as large in the first steps.  Over five steps that changes no loss by more than 1e-6 of it.
    """

    def __init__(self, work: Work):
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier

        self.limits = threadpool_limits(work.threads)
        built = [b for b in work.built() if isinstance(b.layer, Dense)]
        self.scale, self.offset = np.float32(work.scale), np.float32(work.offset)
        self.x = work.pictures().reshape(-1, built[0].in_shape[0])  # (N, 784)
        self.labels, self.batches = work.labels(), work.batches(len(self.x))
        self.network = MLPClassifier(
            [b.out_shape[0] for b in built[:-1]], alpha=0, batch_size=work.batch, shuffle=False, max_iter=1,
            learning_rate_init=work.learning_rate, beta_1=BETA1, beta_2=BETA2, epsilon=EPS, n_iter_no_change=10**9,
        )  # fmt: skip
        # Only a fit makes it allocate its arrays, with a picture of each class.  That of L-BFGS leaves no state of Adam
        # behind, and nothing of it remains once the initial weights replace the fitted ones.
        first = [int(np.argmax(self.labels == label)) for label in range(10)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.network.set_params(solver="lbfgs").fit(self.normalised(self.x[first]), self.labels[first])
        self.network.set_params(solver="adam")
        self.network.coefs_ = [np.ascontiguousarray(b.arrays["w"].T) for b in built]
        self.network.intercepts_ = [np.array(b.arrays["b"]) for b in built]
        self.network.loss_curve_, self.network.best_loss_ = [], np.inf  # what only Adam's own first fit would set

    @staticmethod
    def unsupported(network: Sequential) -> str:
        others = [layer for layer in network.layers if not isinstance(layer, Flatten | Dense | ReLU)]
        return f"MLPClassifier has no {type(others[0]).__name__}" if others else ""

    def normalised(self, pictures: Array) -> Array:
        x = pictures.astype(np.float32)
        x *= self.scale
        x += self.offset
        return x

    def step(self) -> float:
        batch = next(self.batches)
        self.network.partial_fit(self.normalised(self.x[batch]), self.labels[batch])
        return float(self.network.loss_)

    def logits(self, count: int) -> Array:
        """Log probabilities, which are logits too."""
        return self.network.predict_log_proba(self.normalised(self.x[:count]))
