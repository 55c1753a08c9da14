"""Every layer's and every loss's backward is the derivative of its forward, by the numerical gradient."""

from __future__ import annotations

from functools import partial

import pytest

from numnist.evaluation.gradcheck import gradcheck
from numnist.nn import (
    LAYERS,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LayerNorm,
    MaxPool2d,
    ReLU,
    Residual,
    Sequential,
)
from numnist.nn.losses import MeanSquaredError, MulticlassSVM, SoftmaxCrossEntropy
from tests.nn.cases import CASES

# gradcheck's own tolerance of 1e-8 is meant here and nowhere widened; measured: 2e-10 for layers, 5e-10 for networks.


@pytest.mark.parametrize("train", [True, False], ids=["in training", "in use"])
@pytest.mark.parametrize("name", LAYERS)
def test_backward_is_the_derivative(name, train):
    for case in CASES:
        if type(case.layer).__name__ == name:
            report = gradcheck(case.layer, case.in_shape, samples=case.N, train=train, most=40)
            assert report.ok, report


LOSSES = {
    "cross-entropy": SoftmaxCrossEntropy(),
    "cross-entropy, smoothing 0.1": SoftmaxCrossEntropy(label_smoothing=0.1),
    "cross-entropy, smoothing 1": SoftmaxCrossEntropy(label_smoothing=1.0),
    "cross-entropy, part of a batch": partial(SoftmaxCrossEntropy(), total=50),
    "cross-entropy with background": SoftmaxCrossEntropy(0.1, background=True),
    "hinge": MulticlassSVM(),
    "hinge, margin 3": MulticlassSVM(margin=3.0),
    "squared hinge": MulticlassSVM(squared=True),
    "squared hinge, part of a batch": partial(MulticlassSVM(squared=True), total=20),
    "squared error": MeanSquaredError(),
    "squared error, part of a batch": partial(MeanSquaredError(), total=9),
}


@pytest.mark.parametrize("name", LOSSES)
def test_dlogits_is_the_losss_derivative(name):
    for classes, samples in ((2, 1), (10, 6)):
        report = gradcheck(Flatten(), (classes,), loss=LOSSES[name], samples=samples)  # whose x are the logits
        assert report.ok, report


NETWORKS = {
    "dense": Sequential(Flatten(), Dense(12), ReLU(), Dense(8), ReLU(), Dense(5)),
    "convolutional": Sequential(
        Conv2d(4, 3), MaxPool2d(2), ReLU(), Flatten(), Dense(10), Dropout(0.3), ReLU(), Dense(5)
    ),
    "with batch norm": Sequential(
        Conv2d(3, 3, padding="same"), BatchNorm(), ReLU(), Conv2d(4, 3, stride=2), BatchNorm(), ReLU(), Flatten(),
        Dense(5),
    ),
    "residual": Sequential(
        Conv2d(4, 3, padding=1, bias=False),
        Residual(Sequential(BatchNorm(), ReLU(), Conv2d(4, 3, padding=1, bias=False))),
        Residual(Sequential(LayerNorm(), ReLU(), Conv2d(6, 3, 2, 1)), Conv2d(6, 1, 2)),
        GlobalAvgPool(),
        Dense(5),
    ),
}  # fmt: skip


@pytest.mark.parametrize("train", [True, False], ids=["in training", "in use"])
@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), MulticlassSVM()])
@pytest.mark.parametrize("name", NETWORKS)
def test_network_from_picture_to_loss(name, loss, train):
    for seed in range(3):
        report = gradcheck(NETWORKS[name], (1, 8, 8), loss=loss, samples=6, seed=seed, train=train, most=20)
        assert report.ok, report
