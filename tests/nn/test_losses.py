"""Losses: their values at points that can be worked out by hand, and what they promise for parts of batches."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from numnist.nn.losses import LOSSES, ClassWeighted, MeanSquaredError, MulticlassSVM, SoftmaxCrossEntropy
from numnist.support.errors import ShapeError, UsageError
from numnist.support.serialisation import from_dict, to_dict

ALL = {
    **{name: loss() for name, loss in LOSSES.items()},
    "with background": SoftmaxCrossEntropy(background=True),
    "smoothed": SoftmaxCrossEntropy(label_smoothing=0.2),
    "squared hinge": MulticlassSVM(squared=True),
    "weighted": ClassWeighted(SoftmaxCrossEntropy(), (0.5, 2.0, *[1.0] * 45)),
}


def batch(seed=0, classes=10, samples=12, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return 2 * rng.standard_normal((classes, samples)).astype(dtype), rng.integers(0, classes, samples)


def test_cross_entropy_of_equal_logits_is_log_classes():
    for classes in (2, 10, 47):
        loss, dlogits = SoftmaxCrossEntropy()(np.zeros((classes, 3)), np.array([0, 1, 1]))
        assert loss == pytest.approx(log(classes), rel=1e-15)
        assert dlogits[0, 0] == pytest.approx((1 / classes - 1) / 3, rel=1e-14)


def test_cross_entropy_by_hand():
    loss, dlogits = SoftmaxCrossEntropy()(np.array([[1.0], [3.0]]), np.array([0]))
    assert loss == pytest.approx(log(1 + exp(2)), rel=1e-14)
    p = 1 / (1 + exp(2))
    assert dlogits[:, 0] == pytest.approx([p - 1, 1 - p], rel=1e-14)


def test_smoothed_cross_entropy_by_hand():
    """Target 0.9 and 0.1 for two classes and smoothing 0.2."""
    loss, _ = SoftmaxCrossEntropy(label_smoothing=0.2)(np.array([[1.0], [3.0]]), np.array([0]))
    assert loss == pytest.approx(0.9 * log(1 + exp(2)) + 0.1 * log(1 + exp(-2)), rel=1e-14)


def test_with_a_background_none_of_the_classes_is_one_more_whose_logit_is_0():
    logits, labels = batch()
    labels[::3] = len(logits)  # none of these
    for smoothing in (0.0, 0.2):
        loss, dlogits = SoftmaxCrossEntropy(smoothing, background=True)(logits, labels, 40)
        wide = np.concatenate([logits, np.zeros((1, len(labels)))])
        expected, gradient = SoftmaxCrossEntropy(smoothing)(wide, labels, 40)
        assert loss == expected
        assert np.array_equal(dlogits, gradient[:-1])
    loss, dlogits = SoftmaxCrossEntropy(background=True)(np.array([[1.0], [3.0]]), np.array([2]))
    assert loss == pytest.approx(log(1 + exp(1) + exp(3)), rel=1e-14)
    assert dlogits[:, 0] == pytest.approx([exp(1) / exp(loss), exp(3) / exp(loss)], rel=1e-14)  # the target is 0


def test_hinge_by_hand():
    """Label 0 with 3; others 1.5, 2.5, 4 at margin 1: 0, 0.5 and 2 too near."""
    logits, labels = np.array([[3.0], [1.5], [2.5], [4.0]]), np.array([0])
    loss, dlogits = MulticlassSVM()(logits, labels)
    assert loss == pytest.approx(2.5)
    assert dlogits[:, 0].tolist() == [-2, 0, 1, 1]
    loss, dlogits = MulticlassSVM(squared=True)(logits, labels)
    assert loss == pytest.approx(0.25 + 4)
    assert dlogits[:, 0].tolist() == [-5, 0, 1, 4]
    assert MulticlassSVM(margin=0)(logits, labels)[0] == pytest.approx(1)


def test_squared_error_by_hand():
    loss, dlogits = MeanSquaredError()(np.array([[0.5, 0.0], [0.0, 3.0]]), np.array([0, 1]))
    assert loss == pytest.approx((0.25 + 4) / 4)
    assert dlogits.tolist() == [[-0.25, 0], [0, 1]]


def test_squared_error_of_targets_by_hand():
    outputs, targets = np.array([[0.5, 2.0], [0.0, 3.0]]), np.array([[1.0, 0.0], [2.0, 1.0]])
    loss, dlogits = MeanSquaredError()(outputs, targets, total=4)
    assert loss == (0.25 + 4) / (4 * 2)
    assert dlogits.tolist() == [[-0.125, 0], [0, 0.5]]
    with pytest.raises(ShapeError, match=r"targets are \(2, 1\), but must be \(N, outputs\), \(2, 2\)"):
        MeanSquaredError()(outputs, targets[:, :1])  # which NumPy would repeat


def test_targets_that_stand_for_labels_have_their_loss():
    outputs, labels = batch()
    values = [MeanSquaredError()(outputs, given) for given in (labels, np.eye(len(outputs))[labels])]
    assert values[0][0] == values[1][0]
    np.testing.assert_array_equal(values[0][1], values[1][1])


@pytest.mark.parametrize("name", ["SoftmaxCrossEntropy", "smoothed", "with background"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits_do_not_overflow(name, dtype):
    logits = np.array([[1e4, -1e4], [-1e4, 1e4], [0, 0]], dtype)  # faults raise in all tests
    right, _ = ALL[name](logits, np.array([0, 1]))
    wrong, dlogits = ALL[name](logits, np.array([1, 0]))
    assert np.isfinite([right, wrong]).all()
    assert np.isfinite(dlogits).all()
    if name == "SoftmaxCrossEntropy":
        assert (right, wrong) == (0, 2e4)


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("MeanSquaredError", "with background")])
def test_only_differences_of_logits_matter(name):
    logits, labels = batch()
    # 1e-12: adding 100 costs the logits their last 1e-14
    assert ALL[name](logits + 100, labels)[0] == pytest.approx(ALL[name](logits, labels)[0], rel=1e-12)
    assert np.abs(ALL[name](logits, labels)[1].sum(axis=0)).max() < 1e-14


@pytest.mark.parametrize("name", ALL)
def test_parts_of_a_batch_add_up(name):
    logits, labels = batch()
    loss, dlogits = ALL[name](logits, labels)
    parts = [ALL[name](logits[:, s], labels[s], total=12) for s in (slice(0, 5), slice(5, 6), slice(6, 12))]
    assert sum(part for part, _ in parts) == pytest.approx(loss, rel=1e-14)  # 12 terms in another order
    np.testing.assert_allclose(np.concatenate([d for _, d in parts], axis=1), dlogits, atol=1e-15)


@pytest.mark.parametrize("name", ALL)
def test_order_of_samples_does_not_matter(name):
    logits, labels = batch()
    order = np.random.default_rng(1).permutation(12)
    loss, dlogits = ALL[name](logits, labels)
    again, dagain = ALL[name](logits[:, order], labels[order])
    assert again == pytest.approx(loss, rel=1e-14)
    np.testing.assert_allclose(dagain, dlogits[:, order], atol=1e-15)  # a sum of 10 exponentials in SIMD lanes


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("labels_dtype", [np.uint8, np.int32, np.int64])
def test_types_are_kept_and_inputs_untouched(name, labels_dtype):
    for dtype in (np.float32, np.float64):
        logits, labels = batch(dtype=dtype)
        labels = labels.astype(labels_dtype)
        logits.flags.writeable = labels.flags.writeable = False
        loss, dlogits = ALL[name](logits, labels)
        assert type(loss) is float
        assert dlogits.dtype == dtype
        assert dlogits.shape == logits.shape


@pytest.mark.parametrize("name", ALL)
def test_a_step_downhill_makes_the_loss_smaller(name):
    for seed in range(10):
        logits, labels = batch(seed)
        loss, dlogits = ALL[name](logits, labels)
        assert ALL[name](logits - 0.01 * dlogits, labels)[0] < loss


def test_a_loss_goes_into_a_dictionary_and_back():
    for loss in (*(loss for name, loss in ALL.items() if name != "weighted"), MulticlassSVM(margin=2.0)):
        assert from_dict(to_dict(loss), LOSSES) == loss
    with pytest.raises(UsageError, match="did you mean 'SoftmaxCrossEntropy'"):
        from_dict({"type": "softmax_crossentropy"}, LOSSES)
    with pytest.raises(UsageError, match=r"no field 'margins'.*margin, squared"):
        from_dict({"type": "MulticlassSVM", "margins": 1}, LOSSES)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SoftmaxCrossEntropy", {"label_smoothing": 1.5}),
        ("SoftmaxCrossEntropy", {"label_smoothing": "much"}),
        ("MulticlassSVM", {"margin": float("nan")}),
        ("MulticlassSVM", {"margin": "wide"}),
        ("MulticlassSVM", {"squared": "yes"}),
    ],
)
def test_option_that_makes_no_sense_is_refused(name, options):
    with pytest.raises(UsageError, match=next(iter(options))):
        LOSSES[name](**options)


@pytest.mark.parametrize("name", LOSSES)
def test_a_weighted_loss_adds_up_each_sample_as_often_as_its_class_weighs(name):
    loss = LOSSES[name]()
    logits, labels = batch(classes=3)
    weights = (2.0, 0.5, 1.0)
    value, dlogits = ClassWeighted(loss, weights)(logits, labels)
    each = [loss(logits[:, [i]], labels[[i]], labels.size) for i in range(labels.size)]
    assert value == pytest.approx(sum(weights[k] * part for k, (part, _) in zip(labels, each)), rel=1e-13)
    expected = np.concatenate([weights[k] * gradient for k, (_, gradient) in zip(labels, each)], axis=1)
    assert dlogits == pytest.approx(expected, rel=1e-13)  # a few roundings of float64, as above


def test_balanced_weights_are_scikit_learns():
    labels = np.repeat([0, 1, 3], [6, 3, 1])
    weighted = ClassWeighted.balanced(SoftmaxCrossEntropy(), labels, 4)
    assert weighted.weights == pytest.approx((10 / 18, 10 / 9, 1.0, 10 / 3))  # N / (3 classes · samples of each)
    assert sum(weighted.weights[k] for k in labels) == pytest.approx(10)  # so that the mean of the loss keeps its size
