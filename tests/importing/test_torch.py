"""Networks that PyTorch exports: the imported model gives PyTorch's logits."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")
pytest.importorskip("torch", reason="needs PyTorch")

import torch
from torch import nn

from numnist import import_model

# Of the largest logit: float32 has 1e-7, and sums in another order lose a digit or two
CLOSE = 1e-5
GELU_APART = 2e-3  # numnist has GELU's tanh form, which is within 5e-4 of the exact one at each unit


class Block(nn.Module):
    """A residual block, whose shortcut is a convolution where the shape changes."""

    def __init__(self, before: int, after: int, stride: int):
        super().__init__()
        self.a, self.na = nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after)
        self.b, self.nb = nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after)
        same = stride == 1 and before == after
        self.around = (
            nn.Identity() if same else nn.Sequential(nn.Conv2d(before, after, 1, stride), nn.BatchNorm2d(after))
        )

    def forward(self, x):
        y = self.nb(self.b(torch.relu(self.na(self.a(x)))))
        return torch.relu(y + self.around(x))


class Viewed(nn.Module):
    """Flattens by the batch's size, as older code does."""

    def __init__(self):
        super().__init__()
        self.conv, self.dense = nn.Conv2d(1, 4, 3), nn.Linear(4 * 13 * 13, 5)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv(x)), 2)
        return self.dense(x.view(x.size(0), -1))


class Scaled(nn.Module):
    """Normalises its input by itself, each channel by its own numbers."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.4, 0.5, 0.3]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2, 0.25, 0.3]).view(1, 3, 1, 1))
        self.net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 64, 5))

    def forward(self, x):
        return self.net((x - self.mean) / self.std)


NETWORKS = {
    "mlp": (nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 9)), (1, 8, 8)),
    "lenet": (
        nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(),
            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 84), nn.ELU(0.7), nn.Linear(84, 10),
        ),
        (1, 28, 28),
    ),
    "resnet": (
        nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), Block(8, 8, 1), Block(8, 12, 2),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5),
        ),
        (3, 16, 16),
    ),
    "groups": (
        nn.Sequential(
            nn.Conv2d(4, 8, 3, groups=2, dilation=2, padding=2), nn.SiLU(),
            nn.Conv2d(8, 8, (3, 1), stride=(2, 1), groups=8), nn.LeakyReLU(0.2),
            nn.AvgPool2d(3, 2, 1, count_include_pad=False), nn.Flatten(), nn.LazyLinear(5),
        ),
        (4, 11, 9),
    ),
    "ceil": (
        nn.Sequential(nn.Conv2d(1, 3, 3), nn.MaxPool2d(2, ceil_mode=True), nn.Flatten(), nn.LazyLinear(4)),
        (1, 9, 11),
    ),
    "padded": (
        nn.Sequential(nn.ZeroPad2d((0, 1, 2, 1)), nn.Conv2d(1, 3, 3), nn.PReLU(), nn.Flatten(), nn.LazyLinear(4)),
        (1, 9, 11),
    ),
    "gelu": (nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.GELU(), nn.Linear(16, 4)), (1, 8, 8)),
    "gelu, tanh": (nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.GELU("tanh"), nn.Linear(16, 4)), (1, 8, 8)),
    "norms": (
        nn.Sequential(
            nn.Flatten(), nn.Linear(64, 16), nn.LayerNorm(16), nn.ReLU(), nn.Linear(16, 8), nn.BatchNorm1d(8),
            nn.Linear(8, 4),
        ),
        (1, 8, 8),
    ),
    "softmax": (nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.Softmax(1)), (1, 8, 8)),
    "log softmax": (nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.LogSoftmax(1)), (1, 8, 8)),
    "viewed": (Viewed(), (1, 28, 28)),
    "scaled": (Scaled(), (3, 8, 8)),
    "features": (nn.Sequential(nn.Linear(7, 9), nn.Tanh(), nn.Linear(9, 3)), (7,)),
}  # fmt: skip


def prepared(name: str):
    """The network with parameters and running statistics that are all different, and an input."""
    net, shape = NETWORKS[name]
    generator = torch.Generator().manual_seed(3)
    x = torch.rand((4, *shape), generator=generator)
    net.eval()
    with torch.no_grad():
        net(x)  # lazy layers get their shape
        for key, array in net.state_dict().items():
            if array.dtype == torch.float32 and key not in ("mean", "std") and array.numel() > 1:
                low, high = (0.5, 1.5) if "var" in key else (-0.4, 0.4)
                array.copy_(torch.rand(array.shape, generator=generator) * (high - low) + low)
        return net, x, net(x).numpy()


def exported(net, x, **options) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its exporter is the older one
        torch.onnx.export(net, (x,), file, dynamo=False, input_names=["x"], **options)
    return file.getvalue()


OPSETS = (9, 13, 17, 20)
# Each network meets one opset, those whose graphs change with the opset meet all
CASES = [(name, OPSETS[i % 4]) for i, name in enumerate(NETWORKS)]
CASES += [(name, opset) for name in ("norms", "padded", "viewed", "gelu") for opset in OPSETS if opset > 16]


@pytest.mark.parametrize(("name", "opset"), sorted(set(CASES)))
def test_the_logits_are_pytorchs(name, opset, tmp_path):
    net, x, wanted = prepared(name)
    if name == "norms" and opset < 17:
        pytest.skip("ONNX has LayerNormalization from opset 17 on")
    path = tmp_path / "net.onnx"
    path.write_bytes(exported(net, x, opset_version=opset, dynamic_axes={"x": {0: "N"}}))
    imported = import_model(path)
    mine = imported.model.logits(x.numpy())
    if "softmax" in name:
        mine, wanted = imported.model.predict_proba(x.numpy()), wanted if name == "softmax" else np.exp(wanted)
        assert any("probabilities itself" in note for note in imported.notes)
    close = GELU_APART if name == "gelu" else CLOSE
    assert np.abs(mine - wanted).max() <= close * np.abs(wanted).max()
    assert any("exact form" in note for note in imported.notes) == (name == "gelu")


@pytest.mark.parametrize("name", ["lenet", "viewed"])
def test_a_batch_that_is_fixed_becomes_any_number(name, tmp_path):
    net, x, wanted = prepared(name)
    path = tmp_path / "net.onnx"
    path.write_bytes(exported(net, x[:1], opset_version=17))
    imported = import_model(path)
    assert np.abs(imported.model.logits(x.numpy()) - wanted).max() <= CLOSE * np.abs(wanted).max()
    assert any("batches of 1;" in note for note in imported.notes)


@pytest.mark.parametrize("name", ["mlp", "resnet", "groups", "gelu, tanh", "norms", "viewed", "scaled"])
def test_the_newer_exporter_too(name, tmp_path):
    pytest.importorskip("onnxscript", reason="needs onnxscript")
    net, x, wanted = prepared(name)
    path = tmp_path / "net.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net, (x,), path, dynamo=True, external_data=False, dynamic_shapes=({0: torch.export.Dim("N")},)
        )
    assert np.abs(import_model(path).model.logits(x.numpy()) - wanted).max() <= CLOSE * np.abs(wanted).max()
