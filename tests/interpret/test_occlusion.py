"""Occlusion: what is lost by covering each patch, as a loop over patches finds it."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Dense, Flatten, Model, Sequential, ShapeError, UsageError
from numnist.interpret.occlusion import occlusion
from tests.small import CLASSES, CONV, MLP, dataset, trained

X = dataset().test.x[:2]


def naive(model, picture, label, size, stride, fill, score):
    """One covered picture after the other, each alone through the network, as one would write it at first."""

    def value(picture):
        logits = model.logits(picture[None])[0]
        return logits[label] if score else np.exp(logits[label]) / np.exp(logits).sum()

    (height, width), (down, across) = size, stride
    H, W = picture.shape[1:]
    tops, lefts = list(range(0, H - height + 1, down)), list(range(0, W - width + 1, across))
    tops += [] if tops[-1] == H - height else [H - height]
    lefts += [] if lefts[-1] == W - width else [W - width]
    drops = np.empty((len(tops), len(lefts)))
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            covered = picture.copy()
            for row in range(top, top + height):
                for column in range(left, left + width):
                    covered[:, row, column] = fill
            drops[i, j] = value(picture) - value(covered)
    return drops


@pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])
@pytest.mark.parametrize(
    ("size", "stride", "measure"),
    [((3, 3), (2, 2), "probability"), ((2, 4), (3, 1), "score"), ((8, 8), (1, 1), "probability")],
    ids=["square", "oblong", "whole"],
)
def test_it_is_what_a_loop_over_the_patches_finds(network, size, stride, measure):
    model = trained(network, dtype=np.float64)
    found = occlusion(model, X, [2, 0], size=size, stride=stride, fill=1.0, measure=measure)
    for n, label in enumerate([2, 0]):
        loop = naive(model, X[n], label, size, stride, 255, measure == "score")
        # float64 has 16 digits; sums of some hundred terms in another order lose a few
        np.testing.assert_allclose(found.drops[n], loop, rtol=0, atol=1e-11)


def test_of_a_linear_model_the_drop_of_the_score_is_the_ink_times_its_weights():
    model = Model(Sequential(Flatten(), Dense(CLASSES)), (1, 8, 8), dtype=np.float64)
    terms = model.p[1].w[1].reshape(8, 8) * X[0, 0] / 255
    found = occlusion(model, X[:1], [1], size=2, stride=2, measure="score")
    # sums of four terms out of 64, in float64
    np.testing.assert_allclose(found.drops[0], terms.reshape(4, 2, 4, 2).sum(axis=(1, 3)), atol=1e-12)
    # no pixel is covered twice: each has the drop of its patch
    np.testing.assert_allclose(found.pixels()[0], np.kron(found.drops[0], np.ones((2, 2))))


def test_the_last_patch_ends_at_the_edge_and_a_pixel_has_the_mean_of_its_patches():
    found = occlusion(trained(MLP), X, [0, 1], size=3, stride=2)
    assert found.tops.tolist() == found.lefts.tolist() == [0, 2, 4, 5]
    assert found.drops.shape == (2, 4, 4)
    assert found.covered(3, 0) == (slice(5, 8), slice(0, 3))
    for pixel, patches in {(0, 0): (0, 0), (7, 7): (3, 3)}.items():
        assert np.array_equal(found.pixels()[:, *pixel], found.drops[:, *patches])
    # float64: a sum of four, divided
    np.testing.assert_allclose(found.pixels()[:, 2, 2], found.drops[:, :2, :2].mean(axis=(1, 2)), rtol=1e-12)


def test_pixels_between_patches_have_no_drop():
    found = occlusion(trained(MLP), X, [0, 1], size=1, stride=3)
    assert np.count_nonzero(found.pixels().any(axis=0)) <= found.drops[0].size
    assert not found.pixels()[:, 1].any()


def test_what_is_black_already_loses_nothing():
    found = occlusion(trained(CONV), np.zeros((1, 8, 8), np.uint8), [0])
    # float32: a product may sum its columns in different orders, which changes the last of 7 digits of a probability
    np.testing.assert_allclose(found.drops, 0, atol=1e-6)
    assert found.before == pytest.approx(trained(CONV).predict_proba(np.zeros((1, 8, 8), np.uint8))[0, 0], rel=1e-5)


def test_pictures_stay_as_they_are_and_colour_is_covered_in_all_channels():
    data = dataset(shape=(3, 8, 8))
    x = data.test.x[:1].copy()
    model = Model(Sequential(Flatten(), Dense(CLASSES)), data, dtype=np.float64)
    both = occlusion(model, x, [0], size=8).drops, occlusion(model, x / 255, [0], size=8).drops
    assert np.array_equal(x, data.test.x[:1])
    black = model.predict_proba(np.zeros_like(x))[0, 0]
    for drops in both:  # all is covered; float64
        np.testing.assert_allclose(drops, model.predict_proba(x)[0, 0] - black, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 9}, "give a smaller patch"),
        ({"size": 0}, "size is 0"),
        ({"stride": 0}, "stride is 0"),
        ({"fill": 2.0}, "must lie in 0..1"),
        ({"measure": "loss"}, "one of probability, score"),
        ({"labels": [4, 4]}, "label"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    with pytest.raises(UsageError, match=message):
        occlusion(trained(MLP), X, change.pop("labels", [0, 1]), **change)


def test_one_label_is_given_for_each_picture():
    with pytest.raises(ShapeError, match="one label each"):
        occlusion(trained(MLP), X, [0])


def test_features_have_no_patches():
    with pytest.raises(UsageError, match="takes features"):
        occlusion(Model(Sequential(Flatten(), Dense(2)), (5, 1, 1)), np.zeros((1, 5)), [0], size=1)
