"""A model learns to tell pictures of no class."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from numnist import Adam, Dense, Flatten, Model, ReLU, Sequential, Settings, SoftmaxCrossEntropy, fit
from numnist.data.strokes.drawing import load_strokes
from numnist.data.strokes.further import with_drawn
from numnist.data.strokes.outliers import draw_outliers
from numnist.evaluation.calibration import measured_threshold
from numnist.evaluation.metrics import evaluate
from numnist.nn.losses import ClassWeighted
from numnist.support.errors import UsageError
from numnist.training.events import Epoch, Step
from numnist.training.loop import train

NETWORK = Sequential(Flatten(), Dense(64), ReLU(), Dense(10))
LOSS = SoftmaxCrossEntropy(background=True)


@cache
def data(outliers: int):
    return with_drawn(load_strokes(train=2000, validation=300, test=300), 0, outliers)


def trained(background: bool, **settings):
    some = data(1400 if background else 0)
    model = Model(NETWORK, some, background=background)
    fit(model, some, Settings(Adam(3e-3), epochs=5, batch_size=64, loss=LOSS, **settings) if background
        else Settings(Adam(3e-3), epochs=5, batch_size=64))  # fmt: skip
    return model


def test_outliers_are_told_and_digits_are_still_read():
    open_, closed = trained(True), trained(False)
    outliers = draw_outliers(300, split="test")
    surer = [(model.predict_proba(outliers).max(axis=1) > 0.5).mean() for model in (open_, closed)]
    assert surer[0] < 0.2  # 0.06 here
    assert surer[1] > 0.6  # 0.9 here
    right = [evaluate(model, data(0).test).accuracy for model in (open_, closed)]
    assert right[0] > right[1] - 0.04  # of 300 pictures
    none = 1 - open_.predict_proba(outliers).sum(axis=1)
    assert none.mean() > 0.6  # 0.77 here


def test_the_threshold_lets_few_outliers_be_sure():
    open_, validation = trained(True), data(0).validation
    threshold = measured_threshold(open_, validation)
    outliers = open_.predict_proba(draw_outliers(len(validation), split="validation")).max(axis=1)
    assert 0 < threshold < 1
    assert (outliers > threshold).mean() <= 1 / 40
    blind = Model(NETWORK, data(0), background=True, seed=None)
    blind.p[3].b[...] = 20 * np.eye(10)[:, :1]  # everything is a sure 0
    assert measured_threshold(blind, validation) == 1


def test_accuracy_in_training_counts_outliers_that_are_told():
    some = data(1400)
    model = Model(NETWORK, some, background=True, seed=None)  # all weights 0
    model.p[3].b[...] = -1.0  # every picture is of no class
    steps = [e for e in train(model, some, Settings(Adam(1e-9), loss=LOSS, batch_size=3400)) if isinstance(e, Step)]
    assert steps[0].accuracy == pytest.approx(1400 / 3400)


def test_class_weights_count_the_background_as_one_more_class():
    some = data(1400)
    loss = ClassWeighted.balanced(LOSS, some.training.labels, 10)
    assert len(loss.weights) == 11
    assert loss.weights[10] == pytest.approx(3400 / (11 * 1400))
    model = Model(NETWORK, some, background=True)
    settings = Settings(Adam(3e-3), batch_size=64, loss=LOSS, class_weight="balanced")
    (epoch,) = (event for event in train(model, some, settings) if isinstance(event, Epoch))
    assert epoch.loss < 2  # log 11 = 2.4 before


@pytest.mark.parametrize("background", [True, False])
def test_a_model_and_a_loss_that_disagree_are_refused(background):
    loss = SoftmaxCrossEntropy(background=not background)
    model = Model(NETWORK, data(0), background=background)
    with pytest.raises(UsageError, match="both must say the same"):
        list(train(model, data(0), Settings(loss=loss)))
