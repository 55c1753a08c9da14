"""Makes the .onnx files beside it, as Keras exports them, with inputs and Keras's own outputs in .npz files.

    pip install tensorflow tf2onnx && python tests/importing/files/make.py

TensorFlow is too heavy for every run of the tests, so the files are kept.  Their numbers are random, by a seed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from keras import layers as L  # noqa: N812  (as everybody calls it)

HERE = Path(__file__).parent


def plain() -> Any:
    """Divides bytes by 255 itself, has a batch norm after an activation, and ends in a softmax."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)), L.Rescaling(1 / 255), L.Conv2D(4, 3, padding="same", strides=2, activation="relu"),
            L.BatchNormalization(), L.MaxPooling2D(2, padding="same"), L.Conv2D(3, 2, use_bias=False),
            L.Activation("swish"), L.Flatten(), L.Dropout(0.3), L.Dense(6), L.BatchNormalization(), L.LeakyReLU(0.1),
            L.Dense(3, activation="softmax"),
        ]
    )  # fmt: skip


def colour() -> Any:
    """Two ways through the network, a depthwise convolution, and padding on one side alone."""
    x = start = keras.Input((8, 8, 3))
    x = L.add([L.Conv2D(4, 3, padding="same")(x), L.Conv2D(4, 1)(x)])
    x = L.DepthwiseConv2D(3, padding="same")(L.ReLU()(x))
    x = L.Conv2D(4, 3, strides=2)(L.ZeroPadding2D(((0, 1), (0, 1)))(x))
    x = L.AveragePooling2D(2, padding="same")(L.ELU()(x))
    return keras.Model(start, L.Dense(3)(L.GlobalAveragePooling2D()(x)))


def flattened() -> Any:
    """Flattens pictures with the channels last, so that the weights' rows change places."""
    return keras.Sequential(
        [
            keras.Input((6, 5, 3)), L.Rescaling(1 / 127.5, offset=-1), L.Conv2D(4, 2, activation="tanh"), L.Flatten(),
            L.Dense(7, activation=lambda x: keras.activations.gelu(x, approximate=True)), L.Dense(4),
        ]
    )  # fmt: skip


def dense() -> Any:
    """No convolution: only the sizes say where the channels are.  Ends in one sigmoid."""
    return keras.Sequential(
        [keras.Input((6, 5, 3)), L.Flatten(), L.Dense(6, activation="sigmoid"), L.Dense(1, activation="sigmoid")]
    )


def rows() -> Any:
    """Pictures without an axis for channels."""
    return keras.Sequential(
        [keras.Input((6, 5)), L.Flatten(), L.Dense(6, activation="elu"), L.Dense(3, activation="log_softmax")]
    )


def main() -> None:
    for build in (plain, colour, flattened, dense, rows):
        keras.utils.set_random_seed(3)
        net, rng = build(), np.random.default_rng(3)
        for weight in net.weights:
            low, high = (0.5, 1.5) if "variance" in weight.path else (-0.5, 0.5)
            weight.assign(rng.uniform(low, high, weight.shape).astype(np.float32))
        shape = (4, *net.input_shape[1:])
        white = 255 if build in (plain, flattened) else 1
        x = (rng.integers(0, 256, shape) * (white / 255)).astype(np.float32)
        signature = [tf.TensorSpec((None, *shape[1:]), tf.float32, name="x")]
        call = tf.function(lambda x, net=net: net(x, training=False), input_signature=signature)
        proto, _ = tf2onnx.convert.from_function(call, input_signature=signature, opset=17)
        onnx.save(proto, HERE / f"keras_{build.__name__}.onnx")
        np.savez_compressed(HERE / f"keras_{build.__name__}.npz", x=x, y=net(x, training=False).numpy(), white=white)


if __name__ == "__main__":
    main()
