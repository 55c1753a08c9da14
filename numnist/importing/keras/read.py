"""A whole Keras file as a model."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from numnist.importing.imported import Imported, Wanted
from numnist.importing.keras import layers
from numnist.importing.keras.activations import LAYERS as ACTIVATIONS
from numnist.importing.keras.apart import read_apart
from numnist.importing.keras.broken import readable
from numnist.importing.keras.build import Network
from numnist.importing.keras.chain import Described, chain
from numnist.importing.keras.inputs import Scaling, input_network, normalization, rescaling
from numnist.importing.keras.options import Options
from numnist.importing.parts import Part, assembled
from numnist.ink.normalize import is_features
from numnist.nn import Dense
from numnist.nn.activations import Sigmoid, Softmax
from numnist.nn.base import Array
from numnist.support.errors import ModelFileError, UsageError
from numnist.support.serialisation import suggest

KINDS: dict[str, layers.Converter] = {
    "InputLayer": layers.nothing, "Identity": layers.nothing, "Dense": layers.dense, "Conv2D": layers.conv,
    "DepthwiseConv2D": layers.depthwise, "SeparableConv2D": layers.separable, "MaxPooling2D": layers.max_pool,
    "AveragePooling2D": layers.avg_pool, "GlobalAveragePooling2D": layers.global_avg_pool,
    "GlobalMaxPooling2D": layers.global_max_pool, "BatchNormalization": layers.batch_norm,
    "LayerNormalization": layers.layer_norm, "ZeroPadding2D": layers.zero_padding, "Flatten": layers.flatten,
    "Reshape": layers.reshape, "Dropout": layers.dropout,
    **ACTIVATIONS,
    **dict.fromkeys(
        ("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomContrast", "RandomBrightness",
         "GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout2D", "ActivityRegularization"),
        layers.only_in_training,
    ),
}  # fmt: skip
SCALING = {"Rescaling": rescaling, "Normalization": normalization}
AFTER_PADDING = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "AveragePooling2D", "ZeroPadding2D", "Identity"}
SOFTMAX = "the softmax at the end is left out: a model's outputs are logits, of which it takes the softmax itself"
SIGMOID = "the one output became two logits, of which the first is 0: the same probabilities"
SIGMOIDS = (
    "the network ends in a sigmoid for each class, whose outputs are taken as logits: the most probable class is the "
    "same, but the probabilities are those of a softmax over them"
)


def read_keras(path: Path, wanted: Wanted) -> Imported:
    """The model in a .keras or .h5 file.

    Raises ModelFileError for a broken file, and for what numnist's layers cannot compute, by the layer's name; and
    UsageError for wishes that do not fit.
    """
    config, arrays = read_apart(path)
    with readable(path):
        described = chain(config, path)
        weights = dict(zip((each.name for each in described.listed), arrays))
        net = input_network(described.in_shape, _first_reshape(described.order), wanted, path)
        scaling = Scaling()
        for layer in described.order:
            _convert(net, scaling, layer, weights[layer.name], path)
        if len(net.shape) == 1:
            net.flatten(Options(described.order[-1], path))
        _end(net, path)
        features = is_features(net.in_shape)
        normal, said = scaling.normalization(net, wanted, features)
        wide = any(array.dtype == np.float64 for part in net.parts for array in part.arrays.values())
        model = assembled(
            net.parts, net.in_shape, wanted, path, normalization=normal, dtype=np.float64 if wide else np.float32
        )
    return Imported(model, (*net.notes, *([said] if said else []), *_assumed(model.classes, features, wanted)))


def _convert(net: Network, scaling: Scaling, layer: Described, arrays: list[Array], path: Path) -> None:
    known: dict[str, layers.Converter] = {**KINDS, **{name: partial(each, scaling) for name, each in SCALING.items()}}
    if layer.kind not in known:
        raise ModelFileError(
            f"{path}: layer {layer.name!r} is a {layer.kind}, which numnist has not{suggest(layer.kind, known)}; "
            f"it reads {', '.join(known)}."
        )
    options = Options(layer, path)
    if net.padding is not None and layer.kind not in AFTER_PADDING:
        raise options.refused(
            "it follows a ZeroPadding2D, which can be read only before a convolution or average pooling"
        )
    try:
        known[layer.kind](net, options, arrays)
    except UsageError as error:  # of a layer of numnist's
        raise options.refused(str(error).removesuffix(".")) from None
    options.all_read()


def _first_reshape(order: list[Described]) -> object:
    """The target of a Reshape that comes before all layers but those that scale."""
    for layer in order:
        if layer.kind == "Reshape":
            return layer.config.get("target_shape")
        if layer.kind not in ("InputLayer", *SCALING):
            return None
    return None


def _end(net: Network, path: Path) -> None:
    """Have logits at the end, in Keras's order."""
    if net.padding is not None or net.order is not None or len(net.ours) != 1:
        raise ModelFileError(f"{path}: the network ends in {net.shape}, but must end in a row of outputs: add a Dense.")
    last, before = net.parts[-1].layer, net.parts[-2].layer if len(net.parts) > 1 else None
    if isinstance(last, Softmax) and net.ours != (1,):
        net.parts.pop()
        net.notes.append(SOFTMAX)
    elif isinstance(last, Sigmoid) and net.ours == (1,) and isinstance(before, Dense):
        part, two = net.parts[-2], replace(before, units=2)
        arrays = {name: np.concatenate([np.zeros_like(array), array]) for name, array in part.arrays.items()}
        net.parts[-2:] = [Part(two, arrays)]
        net.notes.append(SIGMOID)
    elif net.ours == (1,):
        raise ModelFileError(
            f"{path}: the network has one output, which is no class: it must end in a sigmoid, or in a logit for each "
            "class."
        )
    elif isinstance(last, Sigmoid):
        net.notes.append(SIGMOIDS)


def _assumed(classes: tuple[str, ...], features: bool, wanted: Wanted) -> list[str]:
    """What no Keras file says."""
    notes = []
    if wanted.classes is None:
        notes.append(f"the file names no classes: they are called {classes[0]} to {classes[-1]}; --classes names them")
    if wanted.preparation is None and not features:
        notes.append("the file does not say how pictures were prepared: plain is assumed; --preparation says otherwise")
    return notes
