"""PyTorch's modules as model.py names them, letter by letter: what can be known of them without PyTorch."""

from __future__ import annotations

import pytest

from numnist import AvgPool2d, BatchNorm, Conv2d, Dense, Flatten, LayerNorm, MaxPool2d, Model, Sequential
from numnist.export.torch.layers import Modules

MODULES = [
    (Conv2d(4, (2, 3), stride=(1, 2), padding=(0, 1), dilation=(1, 2), groups=2, bias=False),
     ["nn.Conv2d(2, 4, (2, 3), stride=(1, 2), padding=(0, 1), dilation=(1, 2), groups=2, bias=False)"]),
    (Conv2d(4, 2, padding="same"), ["nn.ZeroPad2d((0, 1, 0, 1))", "nn.Conv2d(2, 4, 2)"]),
    (Conv2d(4, (1, 4), padding="same"), ["nn.ZeroPad2d((1, 2, 0, 0))", "nn.Conv2d(2, 4, (1, 4))"]),
    (MaxPool2d((2, 1), 1, "same"),
     ['nn.ConstantPad2d((0, 0, 0, 1), float("-inf"))', "nn.MaxPool2d((2, 1), stride=1)"]),
    (AvgPool2d(3, 2, 1, count_padding=False), ["nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)"]),
    (BatchNorm(), ["nn.BatchNorm2d(2)"]),  # both keep 90%, which PyTorch writes as 0.1
    (BatchNorm(momentum=0.75, eps=1e-3), ["nn.BatchNorm2d(2, eps=0.001, momentum=0.25)"]),
    (LayerNorm(eps=1e-3), ["nn.LayerNorm((2, 7, 6), eps=0.001)"]),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "expected"), MODULES, ids=[repr(layer) for layer, _ in MODULES])
def test_a_layer_becomes_these_modules(layer, expected):
    model = Model(Sequential(layer, Flatten(), Dense(3)), (2, 7, 6))
    lines = Modules.of(model.plan, "layers.").lines[: len(expected)]
    assert [line.partition("  #")[0].rstrip(",") for line in lines] == expected
