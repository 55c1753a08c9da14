"""Nearest neighbours: exactly those of smallest distance between features, in order."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Dense, Flatten, Model, Sequential, ShapeError
from numnist.interpret.neighbours import NeighbourIndex, features
from tests.small import CONV, MLP, dataset, pictures, trained

MANY = pictures(600, seed=7).x


def test_features_are_what_the_last_dense_layer_is_given():
    model = trained(MLP, dtype=np.float64)
    found = features(model, MANY[:5])
    assert found.shape == (5, 16)
    # float64 has 16 digits; sums of some hundred terms
    np.testing.assert_allclose(found @ model.p[3].w.T + model.p[3].b.T, model.logits(MANY[:5]), atol=1e-12)


@pytest.mark.parametrize("network", [Sequential(Flatten(), Sequential(Dense(4))), Sequential(CONV)])
def test_without_a_last_dense_layer_the_logits_are_compared(network):
    model = Model(network, (1, 8, 8), dtype=np.float64)
    # float64 has 16 digits; sums of some hundred terms
    np.testing.assert_allclose(features(model, MANY[:3]), model.logits(MANY[:3]), atol=1e-12)


@pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])
def test_the_nearest_are_those_of_smallest_distance(network):
    model = trained(network, dtype=np.float64)
    index, found = NeighbourIndex(model, MANY), features(model, MANY)
    for query in dataset().test.x[:5]:
        true = np.linalg.norm(found - features(model, query[None]), axis=1)
        nearest = index.nearest(query, 8)
        assert [k for k, _ in nearest] == np.argsort(true)[:8].tolist()
        # float64, where features of one picture and of a shard differ in their last bits
        np.testing.assert_allclose([distance for _, distance in nearest], np.sort(true)[:8], rtol=1e-9)


def test_a_picture_is_nearest_to_itself():
    (first, distance), (_, other), _ = NeighbourIndex(trained(CONV), MANY).nearest(MANY[123], 3)
    assert (first, distance) == (123, 0.0)
    assert other > 0


def test_the_order_is_exact_in_float32_too_however_many_pictures_are_worked_out_together(monkeypatch):
    monkeypatch.setattr("numnist.interpret.neighbours.CHUNK", 100)
    model = trained(CONV)
    index, query = NeighbourIndex(model, MANY), dataset().test.x[0]
    assert index.features.dtype == np.float32
    off = index.features.astype(np.float64) - features(model, query[None])
    nearest = index.nearest(query, len(MANY))
    distances = np.sqrt(np.vecdot(off, off))[[k for k, _ in nearest]]
    assert sorted(k for k, _ in nearest) == list(range(len(MANY)))
    # float32 has 7 digits: two pictures may change places only if their distances differ by less
    np.testing.assert_allclose([distance for _, distance in nearest], distances, rtol=1e-6)
    assert (np.diff(distances) >= -1e-6 * distances[1:]).all()


def test_fewer_pictures_than_asked_for_are_all_there_are():
    assert sorted(k for k, _ in NeighbourIndex(Model(MLP, (1, 8, 8)), MANY[:4]).nearest(MANY[9], 10)) == [0, 1, 2, 3]


def test_what_is_no_picture_is_refused():
    with pytest.raises(ShapeError, match="expects pictures of shape"):
        NeighbourIndex(Model(MLP, (1, 8, 8)), np.zeros((3, 9, 9), np.uint8))
