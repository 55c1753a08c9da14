"""What the estimators have in common: settings, inputs, and an epoch of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from numnist.nn import Dense, Flatten, Sequential
from numnist.nn.activations import ReLU
from numnist.nn.base import Layer
from numnist.nn.losses import Loss
from numnist.optim.optimizers import Adam, Optimizer
from numnist.optim.schedules import Constant, Schedule
from numnist.sklearn.limits import Limits
from numnist.support.checks import whole
from numnist.support.errors import UsageError
from numnist.support.rng import keyed_rng
from numnist.support.workers import cores
from numnist.training.settings import Settings
from numnist.training.step import Engine

FLOATS = (np.float64, np.float32)  # what X may hold


class NumnistEstimator(BaseEstimator):  # type: ignore[misc]
    """Base of the classifier and the regressor, whose arguments NumnistRegressor describes."""

    def __init__(
        self,
        hidden: Sequence[int] = (100,),
        *,
        network: Layer | None = None,
        shape: tuple[int, ...] | None = None,
        optimizer: Optimizer | None = None,
        schedule: Schedule | None = None,
        epochs: int = 100,
        batch_size: int = 32,
        l2: float = 0.0,
        clip_norm: float | None = None,
        average: float | None = None,
        augment: Any = None,
        validation: float = 0.0,
        patience: int | None = None,
        dtype: Any = np.float64,
        random_state: Any = None,
        n_jobs: int | None = None,
    ):
        self.hidden = hidden
        self.network = network
        self.shape = shape
        self.optimizer = optimizer
        self.schedule = schedule
        self.epochs = epochs
        self.batch_size = batch_size
        self.l2 = l2
        self.clip_norm = clip_norm
        self.average = average
        self.augment = augment
        self.validation = validation
        self.patience = patience
        self.dtype = dtype
        self.random_state = random_state
        self.n_jobs = n_jobs

    @property
    def n_iter_(self) -> int:
        return len(self.loss_curve_)

    def _begin(self, X: NDArray[Any]) -> None:
        """Forget what was learnt, and see what X is like."""
        self.loss_curve_: list[float] = []
        self._seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        self._limits = Limits.of(X, self.shape)

    def _inputs(self, X: NDArray[Any]) -> NDArray[Any]:
        return self._limits.apply(X).astype(self.dtype, copy=False)

    def _holds_out(self) -> bool:
        """Whether samples are held out.  Raises UsageError for a fraction that makes no sense."""
        if not self.validation and self.patience is None:
            return False
        if not 0 < self.validation < 1:
            raise UsageError(f"validation is {self.validation!r}, but must be a fraction between 0 and 1.")
        return True

    def _network(self, outputs: int) -> Layer:
        if self.network is not None:
            return self.network
        hidden = (layer for units in self.hidden for layer in (Dense(units), ReLU()))
        return Sequential(Flatten(), *hidden, Dense(outputs))

    def _settings(self, loss: Loss, class_weight: str | None = None) -> Settings:
        return Settings(
            self.optimizer or Adam(),
            schedule=self.schedule or Constant(),
            loss=loss,
            epochs=self.epochs,
            batch_size=self.batch_size,
            l2=self.l2,
            clip_norm=self.clip_norm,
            average=self.average,
            augment=self.augment,
            class_weight=class_weight,
            patience=self.patience,
            seed=self._seed,
        )

    def _threads(self) -> int:
        if self.n_jobs is None:
            return 1
        return cores() if self.n_jobs == -1 else whole(self.n_jobs, "n_jobs")

    def _train_epoch(self, engine: Engine, scheduled: bool) -> None:
        """Train an epoch, and add its loss to the curve.

        scheduled: whether the rate follows the schedule, which has a length in `fit` alone.
        """
        settings, state, count = engine.settings, engine.state, len(engine.split)
        steps, size = settings.steps(count), settings.batch_size
        order = keyed_rng(settings.seed, "batches", self.n_iter_).permutation(count)
        total = 0.0
        for at in range(0, count, size):
            batch = order[at : at + size]
            rate = settings.learning_rate(state.step, steps) if scheduled else settings.optimizer.learning_rate
            total += len(batch) * engine.step(batch, state.step, rate)[0]
            state.step += 1
        self.loss_curve_.append(total / count)
