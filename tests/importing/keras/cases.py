"""What make.py and the tests share; needs no Keras."""

from __future__ import annotations

import zlib

import numpy as np

BYTES = ("mnist", "functional")  # networks that take 0 to 255
FEATURES = ("rows", "adapted", "activations", "gelu", "double")  # which may be below 0, and are not divided
OLD = ("mnist", "functional", "norms", "adapted", "separable", "branches", "colours")  # which are there as .h5, too


def inputs(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Five inputs as Keras takes them."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if name in BYTES:
        return rng.integers(0, 256, (5, *shape)).astype(np.float32)
    if name in FEATURES:
        return rng.normal(size=(5, *shape)).astype(np.float64 if name == "double" else np.float32)
    return rng.random((5, *shape), np.float32)


REFUSED = {  # networks that numnist cannot compute, and what it says
    "branches": "'add' .*several inputs",
    "nested": "'sequential.*' is a network itself",
    "relu6": r"'conv2d.*' \(Conv2D\): its activation 'relu6' is none of relu, leaky_relu",
    "transposed": "'conv2d_transpose.*' is a Conv2DTranspose, which numnist has not",
    "late": r"'rescaling.*' \(Rescaling\): it stands behind other layers",
    "one_output": "one output, which is no class",
    "turned": "'permute' is a Permute, which numnist has not",
    "channel_norm": r"'layer_normalization.*' \(LayerNormalization\): it gets \(9, 8, 2\)",
    "odd_zeros": r"the zeros before it \(top 0, bottom 1, left 0, right 1\) cannot be read",
    "padded_pool": "'max_pooling2d.*' .*follows a ZeroPadding2D",
    "one_dimension": "'conv1d' is a Conv1D",
    "any_size": r"takes inputs of \(None, None, 1\)",
}
