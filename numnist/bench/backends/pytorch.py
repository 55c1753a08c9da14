"""PyTorch at its best common settings: fused Adam, inference_mode, and channels_last where it helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numnist.bench.work import BETA1, BETA2, EPS, Array, BaseBackend, Built, Work, unsupported_layer
from numnist.nn import BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU


class Backend(BaseBackend):
    """Gathers and normalises uint8 pictures within the step."""

    def __init__(self, work: Work):
        import torch

        torch.set_num_threads(work.threads)
        torch.manual_seed(0)  # for dropout
        self.torch, self.scale, self.offset = torch, work.scale, work.offset
        self.x = torch.from_numpy(work.pictures())  # (N, 1, 28, 28)
        self.labels = torch.from_numpy(work.labels())
        # Measured on one thread: with convolutions channels_last takes 0.8 to 1.0× the time of a training step and
        # 0.5 to 0.65× that of inference on 1,000 pictures.
        convolves = any(isinstance(layer, Conv2d) for layer in work.network.layers)
        self.format = torch.channels_last if convolves else torch.contiguous_format
        self.network = torch.nn.Sequential(*map(module, work.built())).to(memory_format=self.format)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=work.learning_rate, betas=(BETA1, BETA2), eps=EPS, fused=True
        )
        self.batches = work.batches(len(self.x))
        self.run_loss, self.run_forward = self.compiled(self.loss), self.compiled(self.forward)

    def step(self) -> float:
        self.network.train()
        batch = self.torch.from_numpy(next(self.batches))
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.run_loss(self.x[batch], self.labels[batch])
        loss.backward()
        self.optimizer.step()
        return float(loss.item())

    def logits(self, count: int) -> Array:
        self.network.train(False)
        with self.torch.inference_mode():
            return self.run_forward(self.x[:count]).numpy()

    def loss(self, pictures: Any, labels: Any) -> Any:
        return self.torch.nn.functional.cross_entropy(self.forward(pictures), labels)

    def forward(self, pictures: Any) -> Any:
        """Logits of uint8 pictures."""
        x = pictures.float().mul_(self.scale).add_(self.offset)
        return self.network(x.contiguous(memory_format=self.format))

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is called; here PyTorch runs it operation by operation."""
        return function


def module(built: Built) -> Any:
    """The counterpart of one layer, with its weights."""
    import torch
    from torch import nn

    layer, arrays = built.layer, built.arrays
    match layer:
        case Conv2d():
            filters, channels, *kernel = arrays["w"].shape
            found: Any = nn.Conv2d(channels, filters, kernel, padding=layer.padding)
        case Dense():
            found = nn.Linear(built.in_shape[0], layer.units)
        case BatchNorm():
            found = nn.BatchNorm2d(built.in_shape[0], eps=layer.eps, momentum=1 - layer.momentum)
        case MaxPool2d():
            found = nn.MaxPool2d(layer.window)
        case Dropout():
            found = nn.Dropout(layer.rate)
        case ReLU():
            found = nn.ReLU()
        case Flatten():
            found = nn.Flatten()
        case _:
            raise unsupported_layer(layer)
    if arrays:
        with torch.no_grad():
            for parameter, array in ((found.weight, arrays["w"]), (found.bias, arrays["b"])):
                parameter.copy_(torch.from_numpy(array.copy()))
    return found
