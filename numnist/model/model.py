"""Model: a network with its parameters, and everything it needs to go from a picture's pixels to a prediction."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Dataset
from numnist.fast.compile import FEW, compile
from numnist.fast.prepared import Prepared
from numnist.fast.shard import shard_size
from numnist.ink.normalize import Normalization, is_features
from numnist.ink.prepare import PREPARATIONS
from numnist.model import file
from numnist.model.about import share, table
from numnist.model.finite import check_derived, check_outputs
from numnist.model.loss import check_labels, gradient
from numnist.model.parameters import Parameters, arrays_sha256
from numnist.model.summary import HEADS, cells, summary, totals
from numnist.nn.activations import class_probabilities
from numnist.nn.base import Array, Layer
from numnist.nn.losses import Loss, SoftmaxCrossEntropy, has_background
from numnist.support.blas import one_blas_thread
from numnist.support.checks import shown_as_written
from numnist.support.errors import ModelFileError, NumnistError, ShapeError, UsageError
from numnist.support.format import percent
from numnist.support.workers import Workers

MOST = 256  # pictures of a shard in inference, so that there is work for all threads


class Model:
    """A network with its parameters, and the data's classes, normalisation and preparation.

    network: a layer, usually Sequential, that ends in logits (classes,).
    data: the Dataset it is for, which gives shape, classes, normalisation and preparation; or just (C, H, W).
    seed: decides the initial weights, see Parameters;  None leaves them 0.
    background: whether it was trained to tell pictures of no class, see SoftmaxCrossEntropy and `probabilities`.
    parameters: the Parameters;  theta: their vector;  p: the layers' views into it.
    about: where the model comes from (recipe, data, accuracy ...), in JSON types; stored in its file.
    A copy, shallow or deep, and what is unpickled have weights of their own.
    Raises ShapeError where layers do not fit, UsageError for no layer and an unknown normalisation or preparation.
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
        background: bool = False,
    ):
        if not isinstance(network, Layer):
            raise UsageError(f"the network is of type {type(network).__name__}: put layers in Sequential.")
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
        self._prepared = Prepared(network)
        self._compiled = compile(network, FEW, training=False)
        self.classes = tuple(map(str, range(count))) if classes is None else tuple(classes)
        shown_as_written(self.classes, "the class")
        if len(self.classes) != count:
            raise ShapeError(
                f"the network ends in {count} logits, but the data has {len(self.classes)} classes: "
                f"make the last layer Dense({len(self.classes)})."
            )
        self.normalization = normalization
        self.preparation = preparation or "plain"
        if self.preparation not in PREPARATIONS:
            raise UsageError(f"preparation {preparation!r} is unknown; there are {', '.join(PREPARATIONS)}.")
        self.background = background
        self.about: dict[str, Any] = {}
        self.parameters = Parameters(self.plan, dtype, seed)
        self.theta = self.parameters.theta
        self.p = self.parameters.views()
        self._shard = min(shard_size(self.plan, self.dtype), MOST)  # pictures at a time in inference

    @classmethod
    def from_contents(cls, contents: file.Contents, path: str | Path) -> Model:
        """The model that a file holds.  path: for error messages.  Raises ModelFileError if its parts do not fit."""
        dtype = next((array.dtype for array in contents.arrays.values()), np.dtype(np.float32))
        try:
            model = cls(
                contents.network, contents.in_shape, seed=None, dtype=dtype, classes=contents.classes,
                normalization=contents.normalization, preparation=contents.preparation,
                background=contents.background,
            )  # fmt: skip
        except NumnistError as error:
            raise ModelFileError(f"{path}: its parts do not fit together: {error}") from error
        for name, array in model.parameters.arrays().items():
            array[...] = contents.arrays[name]
        model.about = contents.about
        return model

    def __copy__(self) -> Model:
        return copy.deepcopy(self)

    def contents(self, *, half: bool = False) -> file.Contents:
        """What a file of this model holds.   half: round the parameters to float16."""
        with np.errstate(over="ignore"):  # `file.write` refuses what is not finite
            theta = self.theta.astype(np.float16) if half else self.theta
        return file.Contents(
            self.network, self.in_shape, self.classes, self.normalization, self.preparation, self.about,
            self.parameters.arrays(theta), self.background,
        )  # fmt: skip

    def save(self, path: str | Path, *, half: bool = False) -> None:
        """Write the model to one .safetensors file, whole or not at all, which `load_model` reads.

        half: round parameters to float16: the file is half as large, and probabilities differ in the fourth digit.
        Raises OSError where writing fails, NotFiniteError if a parameter is not finite, and UsageError for a layer of
        your own that `load_model` could not read back: it must be a dataclass of plain values.
        """
        file.write(path, self.contents(half=half))

    def hold(self, vector: Array) -> None:
        """Use another vector as theta, of the same size and type; `p` becomes a view of it."""
        self.theta = self.parameters.theta = vector
        self.p.look_into(self.parameters.arrays())

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.theta.dtype

    @property
    def weights_sha256(self) -> str:
        """Hash over names, types, shapes and bytes of all parameters: equal for models that are equal to the bit."""
        return arrays_sha256(self.parameters.arrays().items())

    def logits(self, x: Any, threads: int | None = None) -> Array:
        """The network's outputs for pictures, before softmax: (N, classes).

        x: (N, H, W) for one channel, or (N, C, H, W); uint8 0..255 or float 0..1; or features, (N, F), as they were
        given to Dataset.of.  Raises ShapeError or UsageError for anything else.  Pictures go through in shards (groups)
        of a fixed size, so the last bits of a picture's logits may depend on how many came with it, but not on the
        number of threads.
        """
        return self._outputs(self.check_pictures(x), threads).T

    def _outputs(self, x: Array, threads: int | None) -> Array:
        """The logits of checked pictures, batch-last: (classes, N).  Raises NotFiniteError."""
        outputs = self._computed(x, threads)
        check_outputs(outputs, self.theta)
        return outputs

    def _computed(self, x: Array, threads: int | None) -> Array:
        if len(x) <= min(self._shard, FEW - 1):  # few, one shard: as directly as possible
            C, H, W = self.in_shape
            write = partial(self.normalization.apply, x, self.dtype)
            with one_blas_thread(), np.errstate(all="ignore"):
                return self._prepared.outputs(self.p, (C, H, W, len(x)), self.dtype, write)
        shards = [x[at : at + self._shard] for at in range(0, len(x), self._shard)]
        with Workers(1 if len(shards) < 2 else threads) as workers:
            return np.concatenate(workers.run(self._forward, shards), axis=1)

    def _forward(self, x: Array) -> Array:
        """The logits of one shard of checked pictures, batch-last."""
        x = self.normalization.apply(x, self.dtype)
        return self.compiled(x.shape[-1]).forward(self.p, x)[0]

    def compiled(self, count: int) -> Layer:
        """The network as inference runs it for so many pictures at a time (see fast/compile.py)."""
        return self._prepared if count < FEW else self._compiled

    def predict_proba(self, x: Any, threads: int | None = None) -> Array:
        """The probability of each class for each picture: (N, classes).  x as for `logits`.

        Each row adds up to 1; with `background`, to 1 minus the probability that the picture shows none of the classes.
        """
        return self.probabilities(self._outputs(self.check_pictures(x), threads)).T

    def probabilities(self, logits: Array) -> Array:
        """The classes' probabilities by their logits, both (classes, ...); see `predict_proba`."""
        return class_probabilities(logits, self.background)

    def predict(self, x: Any, threads: int | None = None) -> NDArray[np.int64]:
        """The most probable class of each picture: (N,), indices into `classes`.  x as for `logits`."""
        return self.logits(x, threads).argmax(axis=1)

    def loss(self, x: Any, labels: Any, loss: Loss | None = None, threads: int | None = None) -> float:
        """The mean loss over pictures in evaluation mode: no dropout, and batch norm with its running statistics.

        x as for `logits`;  labels: (N,) indices into `classes`, and with `background` len(classes) for none of them;
        loss: cross-entropy unless given.  Raises ShapeError or UsageError.
        """
        x, labels, loss = self._labelled(x, labels, loss)
        return float(loss(self._outputs(x, threads), labels)[0])

    def gradient(self, x: Any, labels: Any, loss: Loss | None = None) -> dict[str, Array]:
        """The gradient of `loss` at every trained parameter: {"1.w": ..., "1.b": ...}, in their shapes.

        Raises NotFiniteError where one is infinite or not a number.
        """
        x, labels, loss = self._labelled(x, labels, loss)
        parts = (slice(at, at + self._shard) for at in range(0, len(x), self._shard))
        shards = ((self.normalization.apply(x[part], self.dtype), labels[part]) for part in parts)
        with np.errstate(all="ignore"):  # what becomes of an overflow is told by name
            found = gradient(self.network, self.parameters, shards, len(x), loss)
        for name, array in found.items():
            check_derived(array, f"the gradient of {name}", self.theta)
        return found

    def _labelled(self, x: Any, labels: Any, loss: Loss | None) -> tuple[Array, NDArray[np.int64], Loss]:
        x, loss = self.check_pictures(x), loss or SoftmaxCrossEntropy(background=self.background)
        if not len(x):
            raise ShapeError("the loss is a mean over pictures, but got none: give at least one.")
        return x, check_labels(labels, len(x), len(self.classes) + has_background(loss)), loss

    def check_pictures(self, x: Any) -> Array:
        """Pictures with all four axes, (N, C, H, W), checked.  Raises ShapeError or UsageError."""
        x = np.asarray(x)
        shape = x.shape
        features = is_features(self.in_shape)
        if features and x.ndim == 2:
            x = x[:, :, None, None]
        elif x.ndim == 3 and self.in_shape[0] == 1:
            x = x[:, None]
        if x.ndim != 4 or x.shape[1:] != self.in_shape:
            C, H, W = self.in_shape
            also = f" or (N, {C})" if features else f" or (N, {H}, {W})" if C == 1 else ""
            raise ShapeError(
                f"the model expects pictures of shape (N, {C}, {H}, {W}){also}, but got {shape}"
                + (": for a single picture give x[None]." if shape in ((H, W), self.in_shape) else ".")
            )
        if features:
            if x.dtype.kind not in "iufb" or not np.isfinite(x).all():
                raise UsageError(
                    "features must be numbers, none of them infinite or NaN: replace or leave out what is."
                )
            return x if x.dtype.kind == "f" else x.astype(np.float64)
        if x.dtype != np.uint8 and not np.issubdtype(x.dtype, np.floating):
            raise UsageError(f"pixels are {x.dtype}, but must be uint8 0..255 or float 0..1.")
        if np.issubdtype(x.dtype, np.floating) and x.size and not 0 <= x.min() <= x.max() <= 1:
            raise UsageError(
                f"float pixels must lie in 0..1, but run from {x.min():g} to {x.max():g}: "
                "divide by 255, or pass uint8; the model normalises by itself."
            )
        return x

    def summary(self) -> str:
        """A table of the layers with their shapes, parameters and multiply-adds."""
        return summary(self.plan, self.dtype)

    def _repr_html_(self) -> str:
        """What a notebook shows: the layers, and what is known of the model."""
        from numnist.support import notebook

        accuracy = share(table(self.about, "result").get("test_accuracy"))
        known = {
            "picture": " × ".join(map(str, self.in_shape)),
            "classes": f"{len(self.classes)}: {', '.join(self.classes[:20])}{' …' if len(self.classes) > 20 else ''}",
            "none of these": "told" if self.background else "",
            "preparation": self.preparation,
            "normalization": self.normalization.kind,
            "test accuracy": percent(accuracy, missing=""),
        }
        layers = notebook.table(HEADS, cells(self.plan), right=HEADS[3:])
        return notebook.shown("Model", totals(self.plan, self.dtype), layers, notebook.facts(known))

    def __repr__(self) -> str:
        return f"Model({self.network!r}, {self.in_shape}, {self.plan.size:,} parameters)"


def load_model(path: str | Path, layers: Sequence[type[Layer]] = ()) -> Model:
    """Read a model file, a run folder (its finished model, else its last checkpoint) or a pretrained model by its name.

    layers: classes of layers of your own that the model's network has, as in load_model("mine", layers=[Scale]).
    Raises ModelFileError for anything that is not exactly a model that numnist has written.
    """
    return Model.from_contents(file.read(path, layers), path)
