"""Attribution: saliency is a gradient; a counterfactual changes little, stays in bounds, and is reached."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Dense, Flatten, Model, Sequential, ShapeError, UsageError
from numnist.interpret.attribution import CONFIDENT, SPARSITY, STEP, counterfactual, saliency
from numnist.naive import numerical_gradient
from tests.small import CLASSES, CONV, MLP, dataset, everything, trained

COLOUR = dataset(shape=(3, 8, 8))


@pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])
def test_saliency_is_how_much_the_score_changes_with_each_pixel(network):
    model = trained(network, dtype=np.float64)
    picture = 0.1 + 0.8 * dataset().test.x[:1] / 255
    slopes = numerical_gradient(lambda _: float(model.logits(picture)[0, 2]), picture.reshape(-1))
    found = saliency(model, picture, [2])
    assert found.shape == (1, 8, 8)
    # central differences with h = 1e-5: rounding is 1e-11 of the score, curvature 1e-10 of its third derivative
    np.testing.assert_allclose(found[0], np.abs(slopes).reshape(8, 8), rtol=0, atol=1e-7)


def test_in_colour_the_channel_that_matters_most_counts():
    model = Model(Sequential(Flatten(), Dense(CLASSES)), (3, 8, 8), dtype=np.float64)
    w = model.p[1].w.reshape(CLASSES, 3, 8, 8)
    np.testing.assert_allclose(saliency(model, COLOUR.test.x[:1], [1])[0], np.abs(w[1]).max(axis=0))


def test_each_picture_has_the_saliency_of_its_own_label():
    model, x = trained(MLP), dataset().test.x[:3]
    together = saliency(model, x, [0, 3, 1])
    for k, label in enumerate([0, 3, 1]):
        # float32 has 7 digits; sums of different batches round differently, and gradients add up several layers
        np.testing.assert_allclose(together[k], saliency(model, x[k : k + 1], [label])[0], rtol=1e-4, atol=1e-5)


def test_a_soft_dot_weighs_neighbours_together():
    model = Model(Sequential(Flatten(), Dense(2, bias=False)), (1, 9, 9), seed=None)
    model.p[1].w[0, 4 * 9 + 4] = 1  # one pixel in the middle matters
    sharp, soft = (saliency(model, np.zeros((1, 9, 9), np.uint8), [0], blur=blur)[0] for blur in (0, 1.0))
    assert sharp[4, 4] == sharp.sum() == 1
    assert soft.sum() == pytest.approx(1, rel=0.02)  # what falls over the edges is lost
    assert soft[4, 4] == soft.max() < 0.2
    np.testing.assert_allclose(soft, soft.T)
    model.p[1].w[0, 4 * 9 + 5] = -1  # and its neighbour pulls the other way
    assert saliency(model, np.zeros((1, 9, 9), np.uint8), [0], blur=1.0).max() < soft.max()


@pytest.fixture(scope="module")
def good():
    return {
        "mlp": trained(MLP, **everything(epochs=6)),
        "conv": trained(CONV, **everything(epochs=4)),
    }


@pytest.mark.parametrize("kind", ["mlp", "conv"])
@pytest.mark.parametrize("label", range(CLASSES))
def test_a_picture_is_changed_until_it_is_classified_as_the_label(good, kind, label):
    model, picture = good[kind], dataset().test.x[0]
    result = counterfactual(model, picture, label)
    last = result.frames[-1]
    assert last.predicted == label == model.predict(last.picture[None])[0]
    assert result.reached == (last.probability >= CONFIDENT)
    assert result.reached or kind == "conv"  # which has not learnt to be as sure of every class
    # float32, where the network itself and the compiled one round differently
    assert last.probability == pytest.approx(model.predict_proba(last.picture[None])[0, label], abs=1e-5)
    assert np.array_equal(result.frames[0].picture, picture)
    assert all(frame.picture.dtype == np.uint8 and frame.picture.shape == picture.shape for frame in result.frames)
    assert np.array_equal(np.rint(result.change * 255), last.picture.astype(int) - picture)


@pytest.mark.parametrize("label", range(CLASSES))
def test_no_pixel_leaves_its_range(good, label):
    """Levels are stored as uint8: one below 0 would come out as white."""
    frames = counterfactual(good["mlp"], dataset().test.x[0], label).frames
    levels = np.array([frame.picture for frame in frames], int)
    most = np.ceil(255 * STEP * (1 + SPARSITY)) + 1  # in a step, and what thresholding and rounding add
    assert np.abs(np.diff(levels, axis=0)).max(initial=0) <= most


def test_the_penalty_leaves_undone_what_is_not_worth_it(good, monkeypatch):
    picture, label = dataset().test.x[0], (int(dataset().test.labels[0]) + 1) % CLASSES
    dear = counterfactual(good["mlp"], picture, label).change
    monkeypatch.setattr("numnist.interpret.attribution.SPARSITY", 0.0)
    free = counterfactual(good["mlp"], picture, label).change
    assert np.count_nonzero(dear) < np.count_nonzero(free)
    assert 0 < np.abs(dear).sum() < np.abs(free).sum()


def test_a_label_that_is_there_already_needs_no_step(good):
    picture, label = dataset().test.x[0], int(dataset().test.labels[0])
    result = counterfactual(good["mlp"], picture, label)
    assert (result.reached, result.steps) == (True, 0)
    assert not result.change.any()


def test_it_says_when_the_label_is_not_reached(good):
    picture = dataset().test.x[0]
    result = counterfactual(good["mlp"], picture, (int(dataset().test.labels[0]) + 1) % CLASSES, steps=1)
    assert (result.reached, result.steps) == (False, 1)
    assert result.frames[1].probability > result.frames[0].probability


def test_where_the_network_is_flat_it_stops():
    model = Model(MLP, dataset(), seed=None)  # all weights 0
    result = counterfactual(model, dataset().test.x[0], 1)
    assert (result.reached, result.steps) == (False, 0)


def test_the_same_arguments_give_the_same_result(good):
    pictures = [counterfactual(good["conv"], dataset().test.x[1], 2).frames[-1].picture for _ in range(2)]
    assert np.array_equal(*pictures)


def test_floats_and_colour_are_changed_too():
    model = Model(Sequential(Flatten(), Dense(CLASSES)), COLOUR)
    x = COLOUR.test.x[0]
    results = [counterfactual(model, picture, 3) for picture in (x, x / 255)]
    assert np.array_equal(*(result.frames[-1].picture for result in results))
    assert results[0].change.shape == (3, 8, 8)


def test_what_does_not_fit_is_refused(good):
    with pytest.raises(UsageError, match="give 0 to 3"):
        counterfactual(good["mlp"], dataset().test.x[0], 4)
    with pytest.raises(ShapeError, match="expects pictures of shape"):
        counterfactual(good["mlp"], np.zeros((1, 9, 9), np.uint8), 0)
    with pytest.raises(ShapeError, match="one label each"):
        saliency(good["mlp"], dataset().test.x[:2], [0])
