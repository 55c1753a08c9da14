"""PyTorch at its best common settings: fused Adam, inference_mode, and channels_last where it helps."""

from __future__ import annotations

from typing import Any

from numnist.bench.work import BETA1, BETA2, EPS, Array, BaseBackend, Built, Work, unsupported_layer
from numnist.nn import BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU


class Backend(BaseBackend):
    """Gathers normalised float32 pictures within the step."""

    def __init__(self, work: Work):
        import torch

        torch.set_num_threads(work.threads)
        torch.manual_seed(0)  # for dropout
        self.torch = torch
        self.x = torch.from_numpy(work.floats())  # (N, 1, 28, 28)
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

    def step(self) -> float:
        torch = self.torch
        self.network.train()
        batch = torch.from_numpy(next(self.batches))
        x = self.x[batch].contiguous(memory_format=self.format)
        self.optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(self.network(x), self.labels[batch])
        loss.backward()
        self.optimizer.step()
        return float(loss.item())

    def logits(self, count: int) -> Array:
        self.network.train(False)
        with self.torch.inference_mode():
            return self.network(self.x[:count].contiguous(memory_format=self.format)).numpy()


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
