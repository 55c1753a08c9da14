"""scikit-learn: MLPClassifier, which has dense layers with ReLU between them, and nothing else."""

from __future__ import annotations

from math import sqrt

import numpy as np
from threadpoolctl import threadpool_limits

from numnist.bench.work import BETA1, BETA2, EPS, Array, BaseBackend, Work
from numnist.nn import Dense, Flatten, ReLU
from numnist.nn.sequential import Sequential


class Backend(BaseBackend):
    """Gathers normalised float32 pictures within the step; each step is a partial_fit of one batch."""

    def __init__(self, work: Work):
        from sklearn.neural_network import MLPClassifier

        self.limits = threadpool_limits(work.threads)
        built = [b for b in work.built() if isinstance(b.layer, Dense)]
        self.x = work.floats().reshape(-1, built[0].in_shape[0])  # (N, 784)
        self.labels, self.batches = work.labels(), work.batches(len(self.x))
        self.network = MLPClassifier(
            [b.out_shape[0] for b in built[:-1]], solver="adam", alpha=0, batch_size=work.batch, shuffle=False,
            learning_rate_init=work.learning_rate, beta_1=BETA1, beta_2=BETA2, n_iter_no_change=10**9,
        )  # fmt: skip
        # Only a first batch makes it allocate its arrays.  Then the initial weights replace the trained ones, and the
        # optimizer's state is dropped.
        self.network.partial_fit(self.x[: work.batch], self.labels[: work.batch], classes=np.arange(10))
        for i, b in enumerate(built):
            self.network.coefs_[i][...] = b.arrays["w"].T
            self.network.intercepts_[i][...] = b.arrays["b"]
        del self.network._optimizer
        self.t = 0

    @staticmethod
    def unsupported(network: Sequential) -> str:
        others = [layer for layer in network.layers if not isinstance(layer, Flatten | Dense | ReLU)]
        return f"MLPClassifier has no {type(others[0]).__name__}" if others else ""

    def step(self) -> float:
        batch = next(self.batches)
        self.t += 1
        # Like Keras it adds epsilon before the bias correction of v, all others after it: this makes it the same Adam.
        self.network.epsilon = EPS * sqrt(1 - BETA2**self.t)  # with which the first step creates the optimizer
        if self.t > 1:
            self.network._optimizer.epsilon = self.network.epsilon
        self.network.partial_fit(self.x[batch], self.labels[batch])
        return float(self.network.loss_)

    def logits(self, count: int) -> Array:
        """Log probabilities, which are logits too."""
        return self.network.predict_log_proba(self.x[:count])
