"""Tracing: every layer's output, the last of which is the logits, and every gradient of the backward pass."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool2d,
    Model,
    MulticlassSVM,
    Normalization,
    Residual,
    Sequential,
    ShapeError,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
)  # fmt: skip
from numnist.interpret.trace import trace, trace_backward
from numnist.naive import numerical_gradient
from numnist.nn import Mode
from tests.small import CONV, MLP, dataset, trained

SMOOTH = Sequential(  # no zeros that tie in max pooling, where differences would see a kink
    Conv2d(3, 3), BatchNorm(), Tanh(), MaxPool2d(2), Residual(Sequential(Conv2d(3, 3, padding=1), Sigmoid())),
    Sequential(AvgPool2d(2, stride=1), Dropout(0.5), Conv2d(4, 1)), GlobalAvgPool(), Dense(4),
)  # fmt: skip


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
        # float32 has 7 digits, and sums in batches of other sizes may round differently
        np.testing.assert_allclose(together.output[2], alone.output[0], rtol=1e-5, atol=1e-6)


def test_tracing_changes_neither_model_nor_pictures():
    model, x = Model(CONV, dataset()), dataset().test.x[:3].copy()
    before = model.weights_sha256
    trace(model, x)
    assert model.weights_sha256 == before
    assert (x == dataset().test.x[:3]).all()


def test_what_is_no_picture_of_the_model_is_refused():
    with pytest.raises(ShapeError, match="expects pictures of shape"):
        trace(Model(MLP, dataset()), np.zeros((1, 9, 9), np.uint8))


def numerical(rest, x, labels, loss):
    """The gradient, by differences, of the loss at x (..., N), which the layers in `rest` finish."""
    moved = x.copy()

    def f(_):
        y = moved
        for layer in rest:
            y, _ = layer.layer.forward(layer.p, y)
        return loss(y, labels)[0]

    return numerical_gradient(f, moved.reshape(-1)).reshape(x.shape)


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), MulticlassSVM()], ids=["cross-entropy", "svm"])
@pytest.mark.parametrize("network", [MLP, SMOOTH], ids=["mlp", "smooth"])
def test_every_layers_gradient_is_the_numerical_one(network, loss):
    model = trained(network, dtype=np.float64, epochs=1)
    labels = np.array([2, 0])
    back = trace_backward(model, dataset().test.x[:2], labels, loss)
    for i, layer in enumerate(back.layers):
        for says, at, rest in ((layer.dx, layer.x, back.layers[i:]), (layer.dy, layer.y, back.layers[i + 1 :])):
            differences = numerical(rest, at, labels, loss)
            # central differences with h = 1e-5: rounding is 1e-11 of f, curvature 1e-10 of its third derivative
            np.testing.assert_allclose(says, differences, rtol=0, atol=1e-8 * max(1, np.abs(differences).max()))


@pytest.mark.parametrize("kind", ["unit", "global", "pixel"])
def test_the_pixels_gradient_is_the_numerical_one(kind):
    normalization = Normalization.fit(kind, dataset().train.x)
    model = Model(SMOOTH, (1, 8, 8), dtype=np.float64, normalization=normalization)
    pictures = 0.1 + 0.8 * dataset().test.x[:1] / 255  # away from 0 and 1, beyond which there are no pixels

    def f(_):
        return SoftmaxCrossEntropy()(model.logits(pictures).T, np.array([1]))[0]

    differences = numerical_gradient(f, pictures.reshape(-1)).reshape(pictures.shape)
    back = trace_backward(model, pictures, [1])
    assert back.dpixels.shape == (1, 1, 8, 8)
    # as above: central differences
    np.testing.assert_allclose(back.dpixels, differences, rtol=0, atol=1e-8 * max(1, np.abs(differences).max()))
    assert back.dinput.shape == (1, 8, 8, 1)


def test_the_backward_pass_is_that_of_training():
    network = Sequential(Conv2d(6, 3), Tanh(), MaxPool2d(2), Flatten(), Dense(4))  # alike in both modes
    model, (x, labels) = trained(network, dtype=np.float64), dataset().test[:5]
    back = trace_backward(model, x, labels)
    pixels, vector = model.normalization.apply(x, model.dtype), np.zeros_like(model.theta)
    logits, cache = network.forward(model.p, pixels, Mode(True))
    loss, dlogits = SoftmaxCrossEntropy()(logits, labels)
    dx = network.backward(model.p, model.parameters.views(vector), dlogits, cache)
    # float64 has 16 digits; the two may sum in another order
    assert back.loss == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(back.dinput, dx, rtol=0, atol=1e-12)
    np.testing.assert_allclose(back.layers[0].g.w, model.parameters.views(vector)[0].w, rtol=0, atol=1e-12)
    np.testing.assert_allclose(back.layers[-1].g.b, model.parameters.views(vector)[4].b, rtol=0, atol=1e-12)


def test_forward_is_the_same_with_and_without_the_backward_pass():
    model, x = trained(CONV), dataset().test.x[:3]
    for step, passed in zip(trace(model, x), trace_backward(model, x, [0, 1, 2]).layers, strict=True):
        assert (step.place, step.layer) == (passed.place, passed.layer)
        assert np.array_equal(np.moveaxis(step.output, 0, -1), passed.y)


def test_another_gradient_than_the_losss_may_go_back():
    model, x = trained(MLP, dtype=np.float64), dataset().test.x[:1]
    score = trace_backward(model, x, [0], dlogits=[[0], [1], [0], [0]])
    w = model.p[3].w
    # one product by 1 and products by 0: at most the last bit
    np.testing.assert_allclose(score.layers[-1].dx[:, 0], w[1], rtol=0, atol=1e-15)


def test_the_backward_pass_changes_neither_model_nor_pictures():
    model, x = Model(CONV, dataset()), dataset().test.x[:3].copy()
    before = model.weights_sha256
    trace_backward(model, x, [0, 1, 2])
    assert model.weights_sha256 == before
    assert (x == dataset().test.x[:3]).all()


@pytest.mark.parametrize("labels", [[0], [0, 4], [-1, 0], 0])
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(ShapeError, match="2 pictures need one label each, from 0 to 3"):
        trace_backward(Model(MLP, dataset()), dataset().test.x[:2], labels)
