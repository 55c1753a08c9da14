"""Resemblance: the neighbours found by sketches are the true ones by features."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Dense, Flatten, Model, Sequential, ShapeError
from numnist.interpret.neighbours import Index, features
from tests.small import CONV, MLP, dataset, pictures, trained

MANY = pictures(600, seed=7).x


def test_features_are_what_the_last_dense_layer_is_given():
    model = trained(MLP, dtype=np.float64)
    found = features(model, MANY[:5])
    assert found.shape == (5, 16)
    np.testing.assert_allclose(found @ model.p[3].w.T + model.p[3].b.T, model.logits(MANY[:5]), atol=1e-12)


@pytest.mark.parametrize("network", [Sequential(Flatten(), Sequential(Dense(4))), Sequential(CONV)])
def test_without_a_last_dense_layer_the_logits_are_compared(network):
    model = Model(network, (1, 8, 8), dtype=np.float64)
    np.testing.assert_allclose(features(model, MANY[:3]), model.logits(MANY[:3]), atol=1e-12)


@pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])
def test_the_nearest_are_those_of_smallest_distance(network):
    model = trained(network, dtype=np.float64)
    index, found = Index(model, MANY), features(model, MANY)
    for query in dataset().test.x[:5]:
        true = np.linalg.norm(found - features(model, query[None]), axis=1)
        nearest = index.nearest(query, 8)
        assert [k for k, _ in nearest] == np.argsort(true)[:8].tolist()
        np.testing.assert_allclose([distance for _, distance in nearest], np.sort(true)[:8], rtol=1e-9)


def test_a_picture_is_nearest_to_itself():
    (first, distance), *_ = Index(trained(CONV), MANY).nearest(MANY[123], 3)
    assert first == 123
    assert distance < 1e-4


def test_fewer_pictures_than_asked_for_are_all_there_are():
    assert sorted(k for k, _ in Index(Model(MLP, (1, 8, 8)), MANY[:4]).nearest(MANY[9], 10)) == [0, 1, 2, 3]


def test_what_is_no_picture_is_refused():
    with pytest.raises(ShapeError, match="reads pictures of shape"):
        Index(Model(MLP, (1, 8, 8)), np.zeros((3, 9, 9), np.uint8))
