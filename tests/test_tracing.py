"""Tracing: every layer's output, and the last is what the model says."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Dense, Model, ShapeError
from numnist.tracing import trace
from tests.small import CONV, MLP, dataset, trained


@pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])
def test_the_last_output_is_the_models_logits(network):
    model, x = trained(network, dtype=np.float64), dataset().test.x[:5]
    np.testing.assert_allclose(trace(model, x)[-1].output, model.logits(x), rtol=0, atol=1e-12)  # steps may be fused


def test_every_layer_is_there_with_its_place_and_the_shape_that_was_planned():
    model = Model(CONV, dataset())
    found = trace(model, dataset().test.x[:2, 0])
    assert [step.layer for step in found] == list(CONV.layers)
    assert [step.place for step in found] == [str(i) for i in range(len(CONV.layers))]
    for step, plan in zip(found, model.plan.children):
        assert step.shape == plan.out_shape
        assert step.output.shape == (2, *plan.out_shape)


def test_a_sequential_inside_is_walked_through():
    from numnist import Sequential

    model = Model(Sequential(MLP, Dense(4)), dataset())
    assert [step.place for step in trace(model, dataset().test.x[:1])] == ["0.0", "0.1", "0.2", "0.3", "1"]
    assert [place for place, _ in model.plan.leaves()] == ["0.0", "0.1", "0.2", "0.3", "1"]


def test_each_picture_is_traced_as_if_it_were_alone():
    model, x = trained(CONV), dataset().test.x[:4]
    for together, alone in zip(trace(model, x), trace(model, x[2:3])):
        np.testing.assert_allclose(together.output[2], alone.output[0], rtol=1e-5, atol=1e-6)


def test_tracing_changes_neither_model_nor_pictures():
    model, x = Model(CONV, dataset()), dataset().test.x[:3].copy()
    before = model.weights_sha256
    trace(model, x)
    assert model.weights_sha256 == before
    assert (x == dataset().test.x[:3]).all()


def test_what_is_no_picture_of_the_model_is_refused():
    with pytest.raises(ShapeError, match="reads pictures of shape"):
        trace(Model(MLP, dataset()), np.zeros((1, 9, 9), np.uint8))
