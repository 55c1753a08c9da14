"""Activations: by name inside other layers, or as layers of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numnist.importing.keras.build import Network
from numnist.importing.keras.chain import Described
from numnist.importing.keras.options import Options
from numnist.nn.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from numnist.nn.base import Array, Layer
from numnist.support.errors import UsageError

BY_NAME: dict[str, Layer] = {
    "relu": ReLU(), "leaky_relu": LeakyReLU(0.2), "elu": ELU(), "gelu": GELU(), "silu": SiLU(), "swish": SiLU(),
    "sigmoid": Sigmoid(), "tanh": Tanh(), "softmax": Softmax(),
}  # fmt: skip
EXACT_GELU = (
    "GELU has its tanh form here, which differs from Keras's by at most 5e-4 in each unit: compare the accuracy before "
    "you rely on it"
)


def activate(net: Network, options: Options) -> None:
    """The activation that is an option of another layer, if it has one."""
    spec = options.get("activation")
    if isinstance(spec, dict) and spec.get("class_name") == "function":
        spec = spec.get("config")
    if isinstance(spec, dict):
        kind, config = spec.get("class_name"), spec.get("config")
        if kind in LAYERS and isinstance(config, dict):
            inside = Options(Described(kind, options.layer.name, config), options.path)
            LAYERS[kind](net, inside, ())
            inside.all_read()
            return
    elif spec in (None, "linear"):
        return
    elif isinstance(spec, str) and spec in BY_NAME:
        _add(net, options, BY_NAME[spec])
        return
    raise options.refused(f"its activation {str(spec)[:80]!r} is none of {', '.join(BY_NAME)}")


def activation(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    activate(net, options)


def relu(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    options.one_of("max_value", None)
    options.one_of("threshold", 0.0, 0, default=0.0)
    slope = options.number("negative_slope", 0.0)
    _add(net, options, _made(options, LeakyReLU, slope) if slope else ReLU())


def leaky_relu(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    """Keras 2 calls the slope alpha."""
    name = "alpha" if "alpha" in options.layer.config else "negative_slope"
    _add(net, options, _made(options, LeakyReLU, options.number(name, 0.3)))


def elu(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    _add(net, options, _made(options, ELU, options.number("alpha", 1.0)))


def softmax(net: Network, options: Options, arrays: Sequence[Array]) -> None:
    if options.get("axis", -1) not in (-1, len(net.shape), [-1]):
        raise options.refused(f"its axis is {options.get('axis')!r}, but only the last one is read")
    _add(net, options, Softmax())


def _made(options: Options, kind: Any, value: float) -> Layer:
    try:
        layer: Layer = kind(value)
    except UsageError as error:
        raise options.refused(str(error)) from None
    return layer


def _add(net: Network, options: Options, layer: Layer) -> None:
    net.either(options)
    if isinstance(layer, Softmax) and len(net.shape) == 2:
        raise options.refused(f"it takes the softmax of each row of {net.shape}, which cannot be read")
    if isinstance(layer, GELU) and EXACT_GELU not in net.notes:
        net.notes.append(EXACT_GELU)
    net.add(options, layer)


LAYERS = {"Activation": activation, "ReLU": relu, "LeakyReLU": leaky_relu, "ELU": elu, "Softmax": softmax}
