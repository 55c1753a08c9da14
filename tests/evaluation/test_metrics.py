"""Metrics: accuracy, its confidence interval, recall of each class and the confusion matrix."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, strategies as st

from numnist import DataError, Dataset, Flatten, Model, MulticlassSVM, Sequential, Split, evaluate
from numnist.evaluation.metrics import confusion, wilson
from tests.small import CONV, dataset, trained


@pytest.mark.parametrize(
    ("correct", "count", "low", "high"),
    [
        (9900, 10000, 0.987854, 0.991770),
        (0, 10, 0.0, 0.277533),  # Newcombe 1998, table I, method 3, gives these three and their like
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_wilsons_interval_has_its_published_values(correct, count, low, high):
    assert wilson(correct, count) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_share_and_lies_in_0_to_1(case):
    low, high = wilson(*case)
    assert 0 <= low <= case[0] / case[1] + 1e-15  # rounding, where the bound is the share itself
    assert case[0] / case[1] - 1e-15 <= high <= 1
    assert (1 - high, 1 - low) == pytest.approx(wilson(case[1] - case[0], case[1]), abs=1e-12)


def test_confusion_counts_truth_in_rows_and_answers_in_columns():
    matrix = confusion(np.array([0, 0, 1, 2, 2, 2]), np.array([0, 2, 1, 2, 2, 0]), 4)
    assert matrix.tolist() == [[1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 2, 0], [0, 0, 0, 0]]


def answers(*pixels, labels):
    """The evaluation of a model whose logits are the four pixels."""
    x = np.array(pixels, np.float32).reshape(-1, 1, 2, 2)
    split = Split(x, np.array(labels))
    data = Dataset("pixels", split, split, split, ("a", "b", "c", "d"))
    return evaluate(Model(Sequential(Flatten()), data, normalization="unit"), data.test)


A, B, C = [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]


def test_an_evaluation_counts_what_was_read_right():
    judged = answers(A, A, B, C, labels=[0, 1, 1, 0])
    assert (judged.accuracy, judged.errors, judged.count) == (0.5, 2, 4)
    assert judged.per_class == {"a": 0.5, "b": 0.5, "c": None, "d": None}
    assert judged.confusion.tolist() == [[1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert judged.confidence_interval == wilson(2, 4)
    e = np.e
    assert judged.loss == pytest.approx(np.log(e + 3) - 0.5, rel=1e-6)  # the label's logit is 1 in half of them


def test_an_evaluation_prints_and_becomes_json():
    judged = answers(A, A, B, labels=[0, 0, 0])
    assert str(judged) == "66.67% right (95% confidence 20.77 to 93.85%), 1 errors in 3"
    assert json.loads(json.dumps(judged.to_dict()))["per_class"] == {
        "a": pytest.approx(2 / 3),
        "b": None,
        "c": None,
        "d": None,
    }


def test_the_loss_is_the_one_asked_for():
    model, test = trained(CONV), dataset().test
    expected, _ = MulticlassSVM()(model.logits(test.x).T, test.labels)
    assert evaluate(model, test, loss=MulticlassSVM()).loss == expected


def test_the_number_of_threads_changes_nothing():
    model, test = trained(CONV), dataset(validation=300).validation
    first, second = (evaluate(model, test, threads=threads).to_dict() for threads in (1, 3))
    assert first == second


def test_an_empty_split_is_refused():
    with pytest.raises(DataError, match="nothing to judge: this split is empty"):
        evaluate(Model(CONV, dataset()), dataset().test[:0])
