"""Model: a network with its parameters, and all it needs to go from a picture's pixels to an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Dataset
from numnist.fast.compile import FEW, compile
from numnist.ink.normalize import Normalization
from numnist.ink.prepare import PREPARATIONS
from numnist.nn.activations import softmax
from numnist.nn.base import Layer, Shape, Views
from numnist.support.errors import ShapeError, UsageError
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers

Array = NDArray[Any]
SHARD_BYTES = 10 << 20  # of the largest layer's outputs: a compromise between cache and calls (docs/performance.md)
MOST = 256  # pictures of a shard in inference, so that there is work for all threads


class Model:
    """A network, its parameters in one flat vector, and the data's classes, normalisation and preparation.

    network: a layer, usually Sequential, that ends in logits (classes,).
    data: the Dataset it is for, which says shape, classes, normalisation and preparation; or just (C, H, W).
    theta: the vector of all parameters: first those that L2 and weight decay touch (`decayed` numbers), then the
    other trained ones (up to `trained`), then running statistics.  p: the layers' views into it.
    lanes, shard: how training cuts a batch (see step.py) where it is not told.  Convolutions run on two lanes, in
    shards that suit the size of the layers; dense layers share out their own work and want no second gradient.
    Initial weights are a function of the seed and each parameter's name; seed None leaves them 0.
    Raises ShapeError where layers do not fit.
    """

    def __init__(
        self,
        network: Layer,
        data: Dataset | tuple[int, int, int],
        *,
        seed: int | None = 0,
        dtype: Any = np.float32,
        classes: Sequence[str] | None = None,
        normalization: str | Normalization | None = None,
        preparation: str | None = None,
    ):
        self.network = network
        self.in_shape: tuple[int, int, int] = data.shape if isinstance(data, Dataset) else data
        self.plan = network.build(self.in_shape)
        if len(self.plan.out_shape) != 1:
            raise ShapeError(
                f"the network ends in {self.plan.out_shape}, but logits have the shape (classes,): "
                "end it with Flatten() or GlobalAvgPool() and Dense(classes)."
            )
        if isinstance(data, Dataset):
            classes = data.classes if classes is None else classes
            preparation = data.preparation if preparation is None else preparation
            if not isinstance(normalization, Normalization):
                normalization = Normalization.fit(normalization or "global", data.train.x)
        elif not isinstance(normalization, Normalization):
            if normalization not in (None, "unit"):
                raise UsageError(f"normalization {normalization!r} is measured on data: give the Dataset itself.")
            normalization = Normalization.unit(self.in_shape[0])
        count = self.plan.out_shape[0]
        self._compiled = [compile(network, count, training=False) for count in (1, FEW)]
        self.classes = tuple(map(str, range(count))) if classes is None else tuple(classes)
        if len(self.classes) != count:
            raise ShapeError(
                f"the network ends in {count} logits, but the data has {len(self.classes)} classes: "
                f"make the last layer Dense({len(self.classes)})."
            )
        self.normalization = normalization
        self.preparation = preparation or "plain"
        if self.preparation not in PREPARATIONS:
            raise UsageError(f"preparation {preparation!r} is unknown; there are {', '.join(PREPARATIONS)}.")
        self.about: dict[str, Any] = {}  # where it comes from: recipe, data, accuracy ... ; stored in its file

        named = list(self.plan.walk())
        ordered = sorted(named, key=lambda item: (item[1].momentum is not None, not item[1].decayed))  # stable
        self.slices: dict[str, tuple[slice, Shape]] = {}
        at = 0
        for name, param in ordered:
            self.slices[name] = slice(at, at + param.size), param.shape
            at += param.size
        self.decayed = sum(param.size for _, param in named if param.decayed)
        self.trained = sum(param.size for _, param in named if param.momentum is None)
        self.lanes = 2 if any(len(plan.out_shape) == 3 for _, plan in self.plan.leaves()) else 1
        self.shard = 1 << max(0, int(log2(SHARD_BYTES / (self.plan.largest * np.dtype(dtype).itemsize))))
        self.theta: Array = np.zeros(at, dtype)
        self.p = self.views(self.theta)
        self.running_momentum = np.array(  # of each number in theta[trained:]
            [param.momentum for _, param in ordered if param.momentum is not None for _ in range(param.size)], dtype
        )
        for name, param in named if seed is not None else []:
            part, shape = self.slices[name]
            rng = keyed_rng(seed or 0, "weights", name)
            self.theta[part] = param.initializer(rng, shape, param.fan_in, param.fan_out).reshape(-1)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.theta.dtype

    def arrays(self, vector: Array) -> dict[str, Array]:
        """The parts of a vector like theta by parameter name, each a view in its shape, in the network's order."""
        return {name: vector[self.slices[name][0]].reshape(self.slices[name][1]) for name, _ in self.plan.walk()}

    def views(self, vector: Array) -> Views:
        """The parts of a vector like theta as layers want them: views[0].w ..."""
        return Views(self.plan, self.arrays(vector))

    @property
    def weights_sha256(self) -> str:
        """Hash over names, shapes and bytes of all parameters: equal for models that are equal to the bit."""
        return arrays_sha256(self.arrays(self.theta).items())

    def logits(self, x: Any, threads: int | None = None) -> Array:
        """What the network says of pictures, before softmax: (N, classes).

        x: (N, H, W) for one channel, or (N, C, H, W); uint8 0..255 or float 0..1.  Raises ShapeError or UsageError
        for anything else.  Pictures go through in shards of a fixed size, so the answer for a picture may depend
        in its last bits on how many came with it, but not on the number of threads.
        """
        x = self.pictures(x)
        size = min(self.shard, MOST)
        shards = [slice(at, at + size) for at in range(0, len(x), size)]

        def forward(shard: slice) -> Array:
            part = self.normalization.apply(x[shard], self.dtype)  # (C, H, W, n)
            return self.compiled(part.shape[-1]).forward(self.p, part)[0]

        with Workers(1 if len(shards) < 2 else threads) as workers:
            parts = workers.run(forward, shards)
        return np.concatenate(parts, axis=1).T if parts else np.zeros((0, len(self.classes)), self.dtype)

    def compiled(self, count: int) -> Layer:
        """The network as inference runs it for so many pictures at a time (see fast/compile.py)."""
        return self._compiled[count >= FEW]

    def predict_proba(self, x: Any, threads: int | None = None) -> Array:
        """The probability of each class for each picture: (N, classes).  x as for `logits`."""
        return softmax(self.logits(x, threads).T).T

    def predict(self, x: Any, threads: int | None = None) -> NDArray[np.int64]:
        """The most probable class of each picture: (N,), indices into `classes`.  x as for `logits`."""
        return self.logits(x, threads).argmax(axis=1)

    def pictures(self, x: Any) -> Array:
        """Check pictures and give them all four axes: (N, C, H, W).  Raises ShapeError or UsageError."""
        x = np.asarray(x)
        shape = x.shape
        if x.ndim == 3 and self.in_shape[0] == 1:
            x = x[:, None]
        if x.ndim != 4 or x.shape[1:] != self.in_shape:
            C, H, W = self.in_shape
            also = f" or (N, {H}, {W})" if C == 1 else ""
            raise ShapeError(
                f"the model reads pictures of shape (N, {C}, {H}, {W}){also}, but got {shape}"
                + (": for a single picture give x[None]." if shape in ((H, W), self.in_shape) else ".")
            )
        if x.dtype != np.uint8 and not np.issubdtype(x.dtype, np.floating):
            raise UsageError(f"pixels are {x.dtype}, but must be uint8 0..255 or float 0..1.")
        if np.issubdtype(x.dtype, np.floating) and x.size and not 0 <= x.min() <= x.max() <= 1:
            raise UsageError(
                f"float pixels must lie in 0..1, but run from {x.min():g} to {x.max():g}: "
                "divide by 255, or pass uint8; the model normalises by itself."
            )
        return x

    def summary(self) -> str:
        """A table of the layers: what they are, the shapes they make, their parameters and multiply-adds."""
        from numnist.model.summary import summary

        return summary(self)

    def save(self, path: str | Path) -> None:
        """Write the model to one .safetensors file, which `load_model` reads.  Raises OSError where that fails."""
        from numnist.model.file import save_model

        save_model(self, path)

    def __repr__(self) -> str:
        return f"Model({self.network!r}, {self.in_shape}, {self.plan.size:,} parameters)"


def arrays_sha256(named: Iterable[tuple[str, Array]], start: bytes = b"") -> str:
    """Hash over some first bytes, then name, type, shape and bytes of each array."""
    digest = hashlib.sha256(start)
    for name, array in named:
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
