"""The classifier: what scikit-learn asks of an estimator, as calls of the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from numnist.data.dataset import Dataset, Split
from numnist.data.splits import stratified_split
from numnist.ink.normalize import Normalization
from numnist.model.model import Model
from numnist.nn.base import Layer
from numnist.nn.losses import CROSS_ENTROPY, ClassWeighted, Loss
from numnist.optim.optimizers import Optimizer
from numnist.optim.schedules import Schedule
from numnist.sklearn.base import FLOATS, NumnistEstimator
from numnist.training.events import Epoch
from numnist.training.loop import train
from numnist.training.settings import Settings
from numnist.training.state import State
from numnist.training.step import Engine


class NumnistClassifier(ClassifierMixin, NumnistEstimator):  # type: ignore[misc]
    """A classifier for features (N, F), or for pictures in rows, which `shape` tells apart.

    hidden: units of each hidden dense layer, with ReLU behind each;  network: a layer that ends in logits instead, such
    as Sequential(Conv2d(16, 3), ReLU(), Flatten(), Dense(10)); its input is (F, 1, 1), or `shape`.
    shape: (H, W) or (C, H, W) of pictures whose pixels, 0..1 or 0..255, are the columns of X.
    optimizer, schedule, loss, epochs, batch_size, l2, clip_norm, average, augment, patience: as in Settings.
    class_weight: "balanced", or how much a class counts, {class: 2.0}; 1 for those that are not named.
    validation: the fraction of each class that is held out for `patience` and `validation_scores_`.
    dtype: of the network's numbers: float64, as usual in scikit-learn, or np.float32, which is about twice as fast.
    random_state: decides weights, batches and dropout: an int, a RandomState, or None for another result each time.
    n_jobs: cores to use at most; None is 1, as usual in scikit-learn, and -1 all.  The result does not depend on it.

    Features are standardised.  A value that is further than 10 interquartile ranges from its feature's median counts
    as if it were there, so that single outliers do not hide all other values.

    Attributes after `fit`: classes_ (K,), n_features_in_, model_ (the Model, which takes features as they are after
    that limit, or pictures of 0..1), n_iter_ (epochs), loss_curve_ (the training loss of each), and
    validation_scores_ (the accuracy on what was held out, None without).
    Sample weights and several labels at once are not supported.
    """

    def __init__(
        self,
        hidden: Sequence[int] = (100,),
        *,
        network: Layer | None = None,
        shape: tuple[int, ...] | None = None,
        optimizer: Optimizer | None = None,
        schedule: Schedule | None = None,
        loss: Loss | None = None,
        epochs: int = 100,
        batch_size: int = 32,
        l2: float = 0.0,
        clip_norm: float | None = None,
        average: float | None = None,
        augment: Any = None,
        class_weight: Mapping[Any, float] | str | None = None,
        validation: float = 0.0,
        patience: int | None = None,
        dtype: Any = np.float64,
        random_state: Any = None,
        n_jobs: int | None = None,
    ):
        super().__init__(
            hidden,
            network=network,
            shape=shape,
            optimizer=optimizer,
            schedule=schedule,
            epochs=epochs,
            batch_size=batch_size,
            l2=l2,
            clip_norm=clip_norm,
            average=average,
            augment=augment,
            validation=validation,
            patience=patience,
            dtype=dtype,
            random_state=random_state,
            n_jobs=n_jobs,
        )
        self.loss = loss
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any) -> Self:
        """Train a new network.   X: (N, F);  y: (N,) classes of any type

        Raises ValueError for X and y that scikit-learn refuses, and for a single class; UsageError for settings that
        make no sense, ShapeError for layers that do not fit.
        """
        X, y = validate_data(self, X, y, dtype=FLOATS)
        check_classification_targets(y)
        self._begin_classes(X, np.unique(y))
        labels = np.searchsorted(self.classes_, y)
        x = self._inputs(X)
        kept = held = np.zeros(0, np.int64)
        if self._holds_out():
            kept, held = stratified_split(labels, self.validation, (self._seed, "split"))
            if not len(held):
                raise ValueError("there is no class of which a sample can be held out: give more, or validation=0.")
        parts = Split(x, labels), Split(x[held], labels[held])
        data = self._dataset(parts[0][kept] if len(held) else parts[0], parts[1])
        self._make_model(data)
        self.validation_scores_: list[float | None] | None = [] if len(held) else None
        for event in train(self.model_, data, self._class_settings(), threads=self._threads()):
            if isinstance(event, Epoch):
                self.loss_curve_.append(event.loss)
                if self.validation_scores_ is not None:
                    self.validation_scores_.append(event.validation_accuracy)
            self._state = event.state
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Train one epoch on X and y, going on from before.

        classes: all that there are, needed in the first call.  The first call's X also decides how features are
        standardised.  The learning rate stays the optimizer's: a schedule has no length here.
        Raises ValueError for classes that are not among those, for class_weight="balanced", which needs all samples,
        and what `fit` raises.
        """
        if self.class_weight == "balanced":
            raise ValueError('class_weight="balanced" needs all samples at once: give a weight for each class.')
        first = not hasattr(self, "classes_")
        if first and classes is None:
            raise ValueError("classes must be given in the first call of partial_fit: all that there will be.")
        X, y = validate_data(self, X, y, dtype=FLOATS, reset=first)
        check_classification_targets(y)
        if first:
            self._begin_classes(X, np.unique(classes))
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes are {np.unique(classes)}, but were {self.classes_} in the first call.")
        unknown = np.setdiff1d(y, self.classes_)
        if unknown.size:
            raise ValueError(f"y has classes that were not among those of the first call: {unknown}.")
        data = self._dataset(Split(self._inputs(X), np.searchsorted(self.classes_, y)), None)
        settings = self._class_settings()
        if first:
            self._make_model(data)
            self._state = State.fresh(self.model_, settings)
        self._state.resume(self.model_, settings)
        with Engine(self.model_, settings, self._state, data.train, self._threads()) as engine:
            self._train_epoch(engine, scheduled=False)
        return self

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The probability of each class: (N, K), in the order of `classes_`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        return self.model_.predict_proba(self._inputs(X), self._threads())

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each row: (N,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _begin_classes(self, X: NDArray[Any], classes: NDArray[Any]) -> None:
        if len(classes) < 2:
            raise ValueError(f"there is one class only, {classes[0]!r}: a classifier tells classes apart, give two.")
        self.classes_ = classes
        self._begin(X)

    def _dataset(self, training: Split, validation: Split | None) -> Dataset:
        none = Split(training.x[:0], training.labels[:0])
        return Dataset("X", training, validation or none, none, tuple(map(str, self.classes_.tolist())))

    def _make_model(self, data: Dataset) -> None:
        network = self._network(len(data.classes))
        normalization = Normalization.fit("global", data.train.x)
        self.model_ = Model(network, data, seed=self._seed, dtype=self.dtype, normalization=normalization)

    def _class_settings(self) -> Settings:
        loss, weights = self.loss or CROSS_ENTROPY, self.class_weight
        if not isinstance(weights, Mapping):
            return self._settings(loss, weights)
        unknown = [each for each in weights if each not in self.classes_]
        if unknown:
            raise ValueError(f"class_weight names {unknown[0]!r}, but there are the classes {self.classes_}.")
        return self._settings(ClassWeighted(loss, tuple(float(weights.get(each, 1)) for each in self.classes_)))
