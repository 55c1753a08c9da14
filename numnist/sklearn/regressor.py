"""The regressor: targets standardised, the mean squared error of them, and back."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted, validate_data

from numnist.data.dataset import Split
from numnist.ink.normalize import Normalization
from numnist.model.model import Model
from numnist.nn.losses import MeanSquaredError
from numnist.sklearn.base import FLOATS, NumnistEstimator
from numnist.support.rng import keyed_rng
from numnist.training.state import State
from numnist.training.step import Engine

SQUARED = MeanSquaredError()


class NumnistRegressor(RegressorMixin, NumnistEstimator):  # type: ignore[misc]
    """A regressor of one or more targets, for features (N, F) or for pictures in rows, which `shape` tells apart.

    hidden: units of each hidden dense layer, with ReLU behind each;  network: a layer that ends in one number for each
    target instead, such as Sequential(Conv2d(16, 3), ReLU(), Flatten(), Dense(1)); its input is (F, 1, 1), or `shape`.
    shape: (H, W) or (C, H, W) of pictures whose pixels, 0..1 or 0..255, are the columns of X.
    optimizer, schedule, epochs, batch_size, l2, clip_norm, average, augment: as in Settings.  The loss is the mean
    squared error of standardised targets, so that each target counts alike, whatever its unit.
    validation: the fraction of samples that is held out for `validation_scores_`;  patience: stop after that many
    epochs in which the score on these did not rise, and keep the best weights.
    dtype: of the network's numbers: float64, as usual in scikit-learn, or np.float32, which is about twice as fast.
    random_state: decides weights, batches and dropout: an int, a RandomState, or None for another result each time.
    n_jobs: cores to use at most; None is 1, as usual in scikit-learn, and -1 all.  The result does not depend on it.

    Features are standardised and limited as NumnistClassifier's are.  Targets are standardised by their mean and
    deviation, and are not limited: clip or transform those that have outliers (TransformedTargetRegressor).

    Attributes after `fit`: n_features_in_, n_outputs_, n_iter_ (epochs), loss_curve_ (the training loss of each, of
    standardised targets, L2 included), and validation_scores_ (R² on what was held out, None without).
    Keep it by pickle or joblib: numnist's model files hold classifiers.  Sample weights are not supported.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train a new network.   X: (N, F);  y: (N,) or (N, targets), finite numbers

        Raises ValueError for X and y that scikit-learn refuses, and for targets too large to be squared; UsageError for
        settings that make no sense, ShapeError for layers that do not fit, NotFiniteError where the training diverges.
        """
        X, targets = self._checked(X, y, reset=True)
        self._begin(X)
        kept, held = np.arange(len(X)), None
        if self._holds_out():
            order, count = keyed_rng(self._seed, "split").permutation(len(X)), round(self.validation * len(X))
            if not 2 <= count < len(X):
                raise ValueError(
                    f"validation={self.validation:g} of {len(X):,} samples is {count}, but R² needs two at least, and "
                    "the training one: give more samples, or another fraction."
                )
            kept, held = order[count:], order[:count]
        self._start(X[kept], targets[kept])
        best_epoch, best_score = 0, -np.inf
        scores: list[float] = []
        with self._engine(X[kept], targets[kept]) as engine:
            while self.n_iter_ < self.epochs:
                self._train_epoch(engine, scheduled=True)
                if held is None:
                    continue
                scores.append(float(r2_score(targets[held], self._predict(X[held]))))
                if scores[-1] > best_score:
                    self._state.best, best_epoch, best_score = self._model.theta.copy(), self.n_iter_, scores[-1]
                if self.patience is not None and self.n_iter_ - best_epoch >= self.patience:
                    break
        if self.patience is not None:
            self._state.give_best(self._model)
        self.validation_scores_ = None if held is None else scores
        return self

    def partial_fit(self, X: Any, y: Any) -> Self:
        """Train one epoch on X and y, going on from before.

        The first call's X and y also decide how features and targets are standardised: let them be many.  The learning
        rate stays the optimizer's: a schedule has no length here.  Raises what `fit` raises, and ValueError for another
        number of targets.
        """
        first = not hasattr(self, "n_outputs_")
        X, targets = self._checked(X, y, reset=first)
        if first:
            self._begin(X)
            self._start(X, targets)
            self.validation_scores_ = None
        with self._engine(X, targets) as engine:
            self._train_epoch(engine, scheduled=False)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """The targets of each row, in their own unit: (N,) or (N, targets), as y was."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        predicted = self._predict(X)
        return predicted[:, 0] if self._flat else predicted

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[NDArray[Any], NDArray[Any]]:
        """X, and targets (N, targets).  On reset the shape of y is remembered, else it must be that one."""
        X, y = validate_data(self, X, y, dtype=FLOATS, reset=reset, multi_output=True, y_numeric=True)
        targets = np.asarray(y, np.float64).reshape(len(X), -1)
        if reset:
            self.n_outputs_, self._flat = targets.shape[1], np.ndim(y) == 1
        elif targets.shape[1] != self.n_outputs_:
            raise ValueError(f"y has {targets.shape[1]} targets, but had {self.n_outputs_} in the first call.")
        return X, targets

    def _start(self, X: NDArray[Any], targets: NDArray[Any]) -> None:
        """A new model for samples like these."""
        with np.errstate(over="ignore", invalid="ignore"):  # checked at once
            self._center, deviation = targets.mean(axis=0), targets.std(axis=0)
        if not np.isfinite(deviation).all():
            raise ValueError(f"y has values up to {np.abs(targets).max():.1e}, which cannot be squared: scale them.")
        constant = np.where(self._center == 0, 1.0, np.abs(self._center))  # for a target that is always the same
        self._scale = np.where(deviation > 0, deviation, constant)
        x = self._inputs(X)
        C, H, W = x.shape[1:]
        normalization = Normalization.fit("global", x)
        names = tuple(map(str, range(self.n_outputs_)))
        network = self._network(self.n_outputs_)
        self._model = Model(
            network, (C, H, W), seed=self._seed, dtype=self.dtype, classes=names, normalization=normalization
        )
        self._state = State.fresh(self._model, self._settings(SQUARED))

    def _engine(self, X: NDArray[Any], targets: NDArray[Any]) -> Engine:
        standardised = ((targets - self._center) / self._scale).astype(self.dtype)
        settings = self._settings(SQUARED)
        self._state.resume(self._model, settings)
        return Engine(self._model, settings, self._state, Split(self._inputs(X), standardised), self._threads())

    def _predict(self, X: NDArray[Any]) -> NDArray[Any]:
        """Targets (N, targets) of checked rows."""
        return self._model.logits(self._inputs(X), self._threads()) * self._scale + self._center

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
