"""Accuracy and its confidence interval, metrics of each class, the confusion matrix, and the worst mistakes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, strategies as st

from numnist import DataError, Dataset, Flatten, Model, MulticlassSVM, Sequential, Split, evaluate
from numnist.evaluation.metrics import Evaluation, wilson_interval
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
    # published to 4 digits, so rounded by at most half of the last
    assert wilson_interval(correct, count) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_share_and_lies_in_0_to_1(case):
    low, high = wilson_interval(*case)
    assert 0 <= low <= case[0] / case[1] + 1e-15  # a few roundings of float64, where the bound is the share itself
    assert case[0] / case[1] - 1e-15 <= high <= 1
    mirrored = wilson_interval(case[1] - case[0], case[1])
    assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=1e-12)  # a few roundings of float64


def test_confusion_counts_truth_in_rows_and_predictions_in_columns():
    split = Split(np.zeros((6, 1, 1, 1), np.uint8), np.array([0, 0, 1, 2, 2, 2]))
    found = Evaluation(1.0, np.eye(4)[[0, 2, 1, 2, 2, 0]], split, ("a", "b", "c", "d"))
    assert found.confusion.tolist() == [[1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 2, 0], [0, 0, 0, 0]]


def evaluated(*pixels, labels):
    """The evaluation of a model whose logits are the four pixels."""
    x = np.array(pixels, np.float32).reshape(-1, 1, 2, 2)
    split = Split(x, np.array(labels))
    data = Dataset("pixels", split, split, split, ("a", "b", "c", "d"))
    return evaluate(Model(Sequential(Flatten()), data, normalization="unit"), data.test)


A, B, C = [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]


def test_an_evaluation_counts_correct_predictions():
    found = evaluated(A, A, B, C, labels=[0, 1, 1, 0])
    assert (found.accuracy, found.errors, found.count) == (0.5, 2, 4)
    assert found.to_dict()["per_class"] == {"a": 0.5, "b": 0.5, "c": None, "d": None}
    assert found.confusion.tolist() == [[1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert found.confidence_interval == wilson_interval(2, 4)
    e = np.e
    assert found.loss == pytest.approx(np.log(e + 3) - 0.5, rel=1e-6)  # the label's logit is 1 in half of them; float32


def test_an_evaluation_prints_and_becomes_json():
    found = evaluated(A, A, B, labels=[0, 0, 0])
    assert str(found) == "66.67% right (95% confidence 20.77 to 93.85%), 1 errors in 3"
    assert json.loads(json.dumps(found.to_dict()))["per_class"] == {
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
    with pytest.raises(DataError, match="nothing to evaluate: this split is empty"):
        evaluate(Model(CONV, dataset()), dataset().test[:0])


NAMES = ("a", "b", "c")


def predicted(labels, answers, confidence, classes: tuple[str, ...] = NAMES) -> Evaluation:
    """Predictions for pictures with these labels, with that probability; the other classes share the rest."""
    probs = np.repeat((1 - np.array(confidence, float))[:, None] / (len(classes) - 1), len(classes), axis=1)
    probs[np.arange(len(labels)), answers] = confidence
    split = Split(np.zeros((len(labels), 1, 2, 2), np.uint8), np.array(labels))
    return Evaluation(1.0, np.log(probs), split, classes)


FIVE = predicted([0, 0, 1, 1, 1], [0, 1, 1, 0, 0], [0.9, 0.6, 0.7, 0.8, 0.95])


def test_counts_and_accuracy_as_counted_by_hand():
    assert (FIVE.count, FIVE.errors, FIVE.accuracy) == (5, 3, pytest.approx(0.4))
    assert FIVE.confidence_interval[0] < 0.4 < FIVE.confidence_interval[1]
    assert FIVE.confusion.tolist() == [[1, 1, 0], [2, 1, 0], [0, 0, 0]]


def test_the_worst_mistakes_are_the_most_confident():
    assert FIVE.worst_mistakes(2).tolist() == [4, 3]
    assert FIVE.worst_mistakes(99).tolist() == [4, 3, 1]


def test_a_cell_has_its_mistakes_most_confident_first_and_correct_predictions_least_confident_first():
    same = predicted([0, 0, 0, 0], [0, 0, 1, 1], [0.9, 0.5, 0.6, 0.8])
    assert {key: group.tolist() for key, group in same.confusion_cells().items()} == {(0, 0): [1, 0], (0, 1): [3, 2]}


def test_every_picture_is_in_exactly_one_cell_and_that_is_its_own():
    rng = np.random.default_rng(0)
    labels, answers = rng.integers(0, 3, (2, 200))
    seen = predicted(labels, answers, rng.uniform(0.5, 1, 200))
    cells = seen.confusion_cells()
    assert sorted(i for group in cells.values() for i in group) == list(range(200))
    for (truth, answer), group in cells.items():
        assert len(group) == seen.confusion[truth, answer]
        assert set(labels[group]) == {truth}
        assert set(answers[group]) == {answer}


def test_precision_recall_and_f1_of_each_class_as_counted_by_hand():
    a, b, c = FIVE.per_class.values()
    assert (a.count, a.precision, a.recall, a.f1) == (2, 1 / 3, 1 / 2, 2 / 5)
    assert (b.count, b.precision, b.recall, b.f1) == (3, 1 / 2, 1 / 3, 2 / 5)
    assert (c.count, c.precision, c.recall, c.f1) == (0, None, None, None)
    assert (a.confused_with, b.confused_with, c.confused_with) == ((("b", 1),), (("a", 2),), ())


def test_a_class_is_most_often_confused_with_the_first_of_its_list():
    found = predicted([0] * 6, [1, 2, 2, 0, 2, 1], [0.9] * 6).per_class["a"]
    assert found.confused_with == (("c", 3), ("b", 2))


def test_classes_that_are_confused_equally_often_keep_their_order():
    assert predicted([0] * 5, [2, 1, 2, 1, 0], [0.9] * 5).per_class["a"].confused_with == (("b", 2), ("c", 2))


def test_a_prediction_has_the_picture_with_its_label_and_probabilities():
    model, test = trained(CONV), dataset().test
    probs = model.predict_proba(test.x)
    for i, found in zip((4, 0), evaluate(model, test).predictions([4, 0]), strict=True):
        label, best = test.labels[i], probs[i].argmax()
        assert (found.index, found.label, found.predicted) == (i, model.classes[label], model.classes[best])
        assert (found.probability, found.label_probability) == (probs[i, best], probs[i, label])
        assert np.array_equal(found.picture, test.x[i])
        assert json.loads(json.dumps(found.to_dict()))["right"] == found.correct == (label == best)


def rare():
    """Eight of ten pictures are of class 0 and found; one of class 1 is missed, one of class 2 found; none is of 3."""
    labels = np.array([0] * 8 + [1, 2])
    logits = np.full((10, 4), -1.0)
    logits[np.arange(10), labels] = 1
    logits[8] = 5, 4, -1, 3  # of class 1, taken for 0; the second guess is right
    split = Split(np.zeros((10, 1, 1, 1), np.uint8), labels)
    return Evaluation(0.0, logits, split, tuple("abcd"))


def test_mean_metrics_count_rare_classes_as_much_as_others():
    evaluation = rare()
    assert evaluation.accuracy == 0.9
    assert evaluation.balanced_accuracy == pytest.approx((1 + 0 + 1) / 3)
    assert evaluation.precision == pytest.approx((8 / 9 + 0 + 1) / 3)
    assert evaluation.f1 == pytest.approx((16 / 17 + 0 + 1) / 3)


def test_top_accuracy_counts_the_label_among_the_most_probable():
    evaluation = rare()
    assert [evaluation.top_accuracy(k) for k in (1, 2, 3)] == [0.9, 1.0, 1.0]
    assert evaluation.to_dict()["top"] == {"2": 1.0, "3": 1.0}
