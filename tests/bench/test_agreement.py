"""Agreement: any backend that computes something else is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numnist import Adam, Model
from numnist.bench.agreement import LEARNING_RATE, LOSSES, PICTURES, TOLERANCE, Sample, disagreement, log_probabilities
from numnist.bench.backends import ours
from numnist.bench.work import Work
from tests.bench.made_up import work


def did(work: Work) -> Sample:
    """Results of numnist, in this process."""
    backend = ours.Backend(work)
    logits = backend.logits(PICTURES)
    return Sample([backend.step() for _ in range(LOSSES)], logits)


@pytest.fixture
def right(tmp_path):
    return work(tmp_path, learning_rate=LEARNING_RATE, whole_batch=True)


def test_numnist_agrees_with_itself(right):
    assert disagreement(did(right), did(right)) == ""


def test_logits_may_be_less_by_a_number_for_each_picture(right):
    sample = did(right)
    shifted = sample.logits - sample.logits.max(axis=1, keepdims=True)
    assert disagreement(Sample(sample.losses, shifted), sample) == ""
    assert np.allclose(np.exp(log_probabilities(sample.logits)).sum(axis=1), 1)  # float64: ten roundings


def test_a_backend_that_does_not_train_is_compared_by_its_predictions(right):
    sample = did(right)
    assert disagreement(Sample([], sample.logits), sample) == ""
    assert "log probabilities" in disagreement(Sample([], sample.logits[:, ::-1]), sample)


def test_numbers_that_are_none_disagree(right):
    sample = did(right)
    assert "nan" in disagreement(Sample([float("nan"), *sample.losses[1:]], sample.logits), sample)
    assert disagreement(Sample(sample.losses, np.full_like(sample.logits, np.nan)), sample)


@pytest.mark.parametrize(
    "wrong",
    [{"learning_rate": 1.05 * LEARNING_RATE}, {"learning_rate": 0.0}, {"batch": 16}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_another_learning_rate_or_batch_is_found(right, wrong):
    assert disagreement(did(replace(right, **wrong)), did(right))


def test_another_normalisation_is_found(right):
    wrong = replace(right.normalization, mean=np.zeros((1, 1, 1)))
    assert disagreement(did(replace(right, normalization=wrong)), did(right))


def test_other_initial_weights_are_found(right, monkeypatch):
    expected = did(right)
    original = Work.model

    def scaled(self) -> Model:
        model = original(self)
        model.theta *= 1.001
        return model

    monkeypatch.setattr(Work, "model", scaled)
    assert disagreement(did(right), expected)


def test_adam_without_its_bias_correction_is_found(right, monkeypatch):
    expected = did(right)

    def uncorrected(self, theta, grad, slots, rate, t):
        m, v = slots["m"], slots["v"]
        m += (1 - self.beta1) * (grad - m)
        v += (1 - self.beta2) * (grad * grad - v)
        theta -= rate * m / (np.sqrt(v) + self.eps)

    monkeypatch.setattr(Adam, "update", uncorrected)
    assert "after 1 steps" in disagreement(did(right), expected)


def test_batch_norm_over_a_part_of_the_batch_is_found(tmp_path):
    whole = work(tmp_path, "lenet-bn", learning_rate=LEARNING_RATE, whole_batch=True, batch=128)
    assert disagreement(did(replace(whole, whole_batch=False)), did(whole))


def test_the_difference_that_is_let_through_is_small():
    assert TOLERANCE <= 1e-4  # every planted mistake above costs more
