"""TensorFlow: a Keras model, its training step one tf.function."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from numnist.bench.backends.channels_last import channels_last
from numnist.bench.work import BETA1, BETA2, EPS, Array, BaseBackend, Built, Work, unsupported_layer
from numnist.nn import BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU


class Backend(BaseBackend):
    """Gathers and normalises uint8 pictures within the compiled functions."""

    def __init__(self, work: Work):
        os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""}
        with quiet():
            import keras
            import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(work.threads)
        keras.utils.set_random_seed(0)  # for dropout
        x = tf.constant(work.pictures().transpose(0, 2, 3, 1))  # (N, 28, 28, 1)
        labels = tf.constant(work.labels())
        self.x, self.batches = x, work.batches(len(x))
        self.network = network(work.built())
        optimizer = keras.optimizers.Adam(work.learning_rate, beta_1=BETA1, beta_2=BETA2, epsilon=EPS)
        optimizer.build(self.network.trainable_variables)
        # Measured on one thread: compiled by XLA, a step of mlp takes 0.9× the time, of deep-mlp (with dropout) 5×, of
        # networks with convolutions 2 to 9×; inference takes 1.05 to 2×.
        jit = not any(isinstance(layer, Conv2d | Dropout) for layer in work.network.layers)

        def normalised(pictures: Any) -> Any:
            return tf.cast(pictures, tf.float32) * work.scale + work.offset

        def step(batch: Any) -> Any:
            pictures = normalised(tf.gather(x, batch))
            with tf.GradientTape() as tape:
                logits = self.network(pictures, training=True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.gather(labels, batch), logits)
                loss = tf.reduce_mean(losses)
            weights = self.network.trainable_variables
            # Keras adds epsilon before the bias correction of v, all others after it: this makes it the same Adam
            optimizer.epsilon = EPS * tf.sqrt(1 - BETA2 ** (1 + tf.cast(optimizer.iterations, tf.float32)))
            optimizer.apply(tape.gradient(loss, weights), weights)
            return loss

        self.run_step = tf.function(step, jit_compile=jit)
        self.run_logits = tf.function(lambda pictures: self.network(normalised(pictures), training=False))
        self.first = cache(lambda count: self.x[:count])  # pictures: slicing copies

    def step(self) -> float:
        return float(self.run_step(next(self.batches)))

    def logits(self, count: int) -> Array:
        return self.run_logits(self.first(count)).numpy()


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing on stderr, to which TensorFlow logs its start at any log level."""
    with Path(os.devnull).open("w") as nowhere:
        stderr = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def network(layers: Sequence[Built]) -> Any:
    """The same network with the same weights."""
    import keras

    found = keras.Sequential([keras.Input((28, 28, 1))])
    for built, arrays in zip(layers, channels_last(layers)):
        found.add(counterpart(built))
        if arrays:
            found.layers[-1].set_weights(list(arrays.values()))
    return found


def counterpart(built: Built) -> Any:
    """The counterpart of one layer; its weights are w and b, and mean and var for batch norm."""
    from keras import layers

    layer = built.layer
    match layer:
        case Conv2d():
            filters, _, *kernel = built.arrays["w"].shape
            return layers.Conv2D(filters, kernel, padding="same" if layer.padding == "same" else "valid")
        case Dense():
            return layers.Dense(layer.units)
        case BatchNorm():
            return layers.BatchNormalization(momentum=layer.momentum, epsilon=layer.eps)
        case MaxPool2d():
            return layers.MaxPooling2D(layer.window)
        case Dropout():
            return layers.Dropout(layer.rate)
        case ReLU():
            return layers.ReLU()
        case Flatten():
            return layers.Flatten()
        case _:
            raise unsupported_layer(layer)
