"""Write the Keras files of these tests, with Keras's own outputs: python tests/importing/keras/make.py

Needs Keras (made with Keras 3.15.1 on TensorFlow).  The tests themselves need it not: they read what is committed.
Each network is small, its numbers are random by a seed, and its inputs are a function of its name (cases.py).
"""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
sys.path.insert(0, str(Path(__file__).parents[3]))

import keras
import numpy as np
from keras import Input, Sequential, layers as L  # noqa: N812

from tests.importing.keras.cases import OLD, inputs


def end():
    return L.Flatten(), L.Dense(3)


def linear(*layers):
    """A functional network of layers one after the other, the first of which is an Input."""
    x = layers[0]
    y = x
    for layer in layers[1:]:
        y = layer(y)
    return keras.Model(x, y)


def pictures(*layers, channels=2):
    return Sequential([Input((9, 8, channels)), *layers, *end()])


def networks():
    """All networks by name; some are saved as .h5 too."""
    yield (
        "mnist",
        Sequential(
            [
                Input((28, 28, 1)),
                L.Rescaling(1 / 255),
                L.Conv2D(4, 3, activation="relu"),
                L.MaxPooling2D(2),
                L.Flatten(),
                L.Dense(6, activation="tanh"),
                L.Dropout(0.5),
                L.Dense(10, activation="softmax"),
            ]
        ),
    )
    yield "functional", linear(
        Input((10, 10)), L.Reshape((10, 10, 1)), L.Rescaling(1 / 127.5, offset=-1), L.Conv2D(3, 3, use_bias=False),
        L.BatchNormalization(), L.ReLU(), L.GlobalAveragePooling2D(), L.Dense(4), L.Softmax(),
    )  # fmt: skip
    yield "rows", Sequential([Input((64,)), L.Dense(8, activation="relu"), L.BatchNormalization(), L.Dense(3)])
    yield "rows_as_colours", Sequential([Input((4 * 5 * 3,)), L.Activation("tanh"), L.Dense(3)])
    yield "rows_to_pictures", Sequential([Input((64,)), L.Reshape((8, 8, -1)), L.Conv2D(2, 3), *end()])
    yield "flat", Sequential([Input((6, 5)), L.Dropout(0.2), L.Flatten(), L.Dense(4, activation="sigmoid")])
    yield "yes_no", Sequential([Input((6, 5, 1)), L.Flatten(), L.Dense(1, activation="sigmoid")])
    norm = L.Normalization()
    norm.adapt(np.random.default_rng(0).normal(3, 2, (50, 5)))
    yield "adapted", Sequential([Input((5,)), norm, L.Dense(3)])
    yield "normalized", pictures(L.Normalization(mean=[0.2, 0.4], variance=[0.1, 0.3]), L.Conv2D(2, 2))
    each = np.random.default_rng(1).uniform(0.1, 0.9, (2, 9, 8, 2))
    yield "each_pixel", pictures(L.Normalization(axis=(1, 2, 3), mean=each[0], variance=each[1]))
    yield (
        "separable",
        pictures(
            L.SeparableConv2D(5, 3, strides=2, padding="same", depth_multiplier=2, activation="elu"),
            L.SeparableConv2D(3, (2, 1), use_bias=False),
        ),
    )
    yield (
        "depthwise",
        pictures(
            L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="silu"),
            L.DepthwiseConv2D((2, 3), strides=2, use_bias=False),
        ),
    )
    yield "groups", pictures(L.Conv2D(4, (3, 2), groups=2, dilation_rate=2, padding="same"), L.LeakyReLU(0.1))
    yield "padded", pictures(
        L.ZeroPadding2D(1), L.Conv2D(3, 3), L.ZeroPadding2D(((0, 1), (2, 2))), L.Conv2D(3, 3, strides=2),
        L.ZeroPadding2D((1, 0)), L.AveragePooling2D((2, 2), strides=1),
    )  # fmt: skip
    yield (
        "padded_as_mobilenet",
        Sequential([Input((8, 8, 2)), L.ZeroPadding2D(((0, 1), (0, 1))), L.DepthwiseConv2D(3, strides=2), *end()]),
    )
    yield "norms", Sequential(
        [Input((5, 4, 3)), L.BatchNormalization(scale=False), L.Flatten(),
         L.BatchNormalization(center=False, epsilon=1e-2), L.ELU(0.5), L.LayerNormalization(), L.Dropout(0.1),
         L.Dense(7, use_bias=False), L.LayerNormalization(scale=False), L.Dense(3)]
    )  # fmt: skip
    yield "pixelwise", pictures(L.Dense(4, activation="relu"), L.Dense(3, use_bias=False), L.GlobalMaxPooling2D())
    yield "activations", Sequential(
        [Input((12,)), L.Dense(6, activation=L.LeakyReLU(0.3)), L.Dense(6, activation="leaky_relu"),
         L.Dense(6, activation="elu"), L.Dense(6, activation="swish"), L.ReLU(negative_slope=0.1), L.Activation("tanh"),
         L.Activation("softmax"), L.Dense(6, activation="sigmoid"), L.Dense(3, activation="linear")]
    )  # fmt: skip
    yield "gelu", Sequential([Input((12,)), L.Dense(8, activation="gelu"), L.Dense(3)])
    yield "colours", Sequential(
        [Input((7, 6, 3)), L.RandomFlip(), L.RandomRotation(0.1), L.Conv2D(4, 2, activation="softmax"),
         L.GaussianNoise(0.1), L.Flatten(), L.ReLU(), L.Dense(5, activation="relu"), L.Dense(3)]
    )  # fmt: skip
    maxima = [("max", 1, "same"), ("max", 2, "same"), ("max", None, "valid")]
    for kind, strides, padding in [
        *maxima,
        ("average", 2, "same"),
        ("average", (1, 2), "valid"),
        ("average", 3, "same"),
    ]:
        pool = {"max": L.MaxPooling2D, "average": L.AveragePooling2D}[kind]
        yield f"{kind}_{strides}_{padding}".replace(" ", ""), pictures(pool((3, 2), strides=strides, padding=padding))
    for strides in (1, 2, 3, (2, 1)):
        for kernel in (2, 3, (1, 4), 5):
            same = L.Conv2D(2, kernel, strides=strides, padding="same")
            yield f"same_{strides}_{kernel}".replace(" ", ""), pictures(same)
    double = {"dtype": "float64"}
    yield "double", Sequential([Input((5,), **double), L.Dense(4, activation="relu", **double), L.Dense(3, **double)])


def refused():
    """Networks that numnist cannot compute."""
    x = Input((9, 8, 2))
    yield "branches", keras.Model(x, L.Dense(3)(L.Flatten()(L.Add()([L.Conv2D(2, 1)(x), L.Conv2D(2, 1)(x)]))))
    yield "nested", Sequential([Input((9, 8, 2)), Sequential([Input((9, 8, 2)), L.Conv2D(2, 3)]), *end()])
    yield "relu6", pictures(L.Conv2D(2, 3, activation="relu6"))
    yield "transposed", pictures(L.Conv2DTranspose(2, 3))
    yield "late", pictures(L.Conv2D(2, 3), L.Rescaling(0.5))
    yield "one_output", Sequential([Input((5,)), L.Dense(1)])
    yield "turned", pictures(L.Permute((2, 1, 3)))
    yield "channel_norm", pictures(L.LayerNormalization())
    yield "odd_zeros", pictures(L.ZeroPadding2D(((0, 1), (0, 1))), L.Conv2D(3, 3, strides=2))
    yield "padded_pool", pictures(L.ZeroPadding2D(1), L.MaxPooling2D(2))
    yield "one_dimension", Sequential([Input((12, 2)), L.Conv1D(2, 3), *end()])
    yield "any_size", Sequential([Input((None, None, 1)), L.Conv2D(2, 3), L.GlobalAveragePooling2D(), L.Dense(3)])


def pack(path: Path) -> None:
    """Compress a zip that Keras wrote without compression: most of these small files is empty space of HDF5."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def main() -> None:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(7)
    outputs = {}
    for group in (networks(), refused()):
        for name, network in group:
            for weight in network.weights:  # Keras's own start has biases of 0 and variances of 1
                if weight.path.startswith("normalization"):  # what `adapt` has measured
                    continue
                low = 0.5 if "variance" in weight.name or "gamma" in weight.name else -1
                fan_in = max(np.prod(weight.shape[:-1]) / 3, 1) if "kernel" in weight.name else 1
                weight.assign(rng.uniform(low, 1, weight.shape) / np.sqrt(fan_in))
            for ending in (".keras", ".h5") if name in OLD else (".keras",):
                path = Path(__file__).parent / "files" / f"{name}{ending}"
                network.save(path)
                if ending == ".keras" and name != "mnist":
                    pack(path)
            if None not in network.input_shape[1:]:
                outputs[name] = np.asarray(network(inputs(name, network.input_shape[1:]), training=False))
    np.savez_compressed(Path(__file__).parent / "files" / "outputs.npz", **outputs)


if __name__ == "__main__":
    main()
