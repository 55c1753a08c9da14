"""A model as one Python file that needs NumPy alone: the layers that it uses, their weights, and `classify`."""

from __future__ import annotations

from base64 import b85encode
from importlib import resources
from typing import Any
from zlib import compress

import numpy as np

from numnist.export.exported import PREPARED, Exported
from numnist.export.program import Program, Step
from numnist.ink.normalize import is_features
from numnist.model.model import Model
from numnist.nn.base import Array, Shape

ACROSS = 110  # characters in a line of weights


def module(exported: Exported) -> bytes:
    """The file.  Raises UsageError for layers that are not numnist's."""
    model = exported.model
    program = Program.of(model.plan, model.p)
    arrays: dict[str, Array] = {}
    calls: list[str] = []
    shapes: dict[int, Shape] = {0: model.in_shape}
    for step in program.steps:
        names = {name: f"{step.place}.{name}" for name in step.arrays}
        arrays |= {names[name]: array for name, array in step.arrays.items()}
        calls.append(f"    v{step.output} = {_call(step, names, shapes)}  # {step.layer}")
        shapes[step.output] = step.out_shape
    scale, offset = _line(model)
    arrays |= {"scale": scale, "offset": offset}
    used = [*(step.kind for step in program.steps), "softmax"]
    if {"conv2d", "max_pool2d", "avg_pool2d"} & {*used}:
        used.insert(0, "windows")
    parts = [_start(exported), _weights(arrays), _layers(used), _forward(model, calls, program.last)]
    return "\n\n".join(parts).encode()


def _call(step: Step, names: dict[str, str], shapes: dict[int, Shape]) -> str:
    """The step's function with its arguments.   shapes: of the values so far; Flatten has only changed those"""
    n = step.numbers
    options: dict[str, Any] = {}
    if step.kind in ("conv2d", "max_pool2d", "avg_pool2d"):
        if step.kind == "conv2d":
            options = {"stride": (n["sh"], n["sw"]), "dilation": (n["dh"], n["dw"])}
        else:
            options = {"window": (n["kh"], n["kw"]), "stride": (n["sh"], n["sw"])}
        options["pads"] = (n["top"], n["left"], n["bottom"], n["right"])
        options |= {"groups": n["groups"]} if "groups" in n else {}
        options |= {"count_padding": bool(n["count_padding"])} if "count_padding" in n else {}
    else:
        options = dict(n)
    flat = f".reshape(-1, {', '.join(map(str, step.in_shape))})"
    words = [
        *(f"v{k}{'' if shapes[k] == step.in_shape else flat}" for k in step.inputs),
        *(f"W[{name!r}]" for name in names.values()),
    ]
    words += [f"{name}={value!r}" for name, value in options.items()]
    return f"{step.kind}({', '.join(words)})"


def _start(exported: Exported) -> str:
    model = exported.model
    C, H, W = model.in_shape
    given = f"(N, {C}) features" if is_features(model.in_shape) else f"(N, {C}, {H}, {W}) pixels, uint8 0..255"
    title = ascii(exported.name or "a model")[1:-1].replace('"', "'")
    return f'''"""{title}, written by numnist: {model.plan.size:,} parameters.  Needs NumPy alone.

    from this_file import classify
    label, probability = classify(picture)

Inputs are {given}, prepared already: {PREPARED[model.preparation]}.
The preparation is not in this file.  SHA-256 of the weights: {model.weights_sha256}
"""

from base64 import b85decode
from zlib import decompress

import numpy as np

CLASSES = {tuple(model.classes)!a}
SHAPE = {tuple(model.in_shape)!r}'''


def _weights(arrays: dict[str, Array]) -> str:
    """All weights as compressed text, and W, which has them by name."""
    shapes = {name: array.shape for name, array in arrays.items()}
    flat = np.concatenate([array.ravel() for array in arrays.values()]).astype("<f4")
    text = b85encode(compress(flat.tobytes(), 9)).decode()
    lines = "\n".join(f'    "{text[at : at + ACROSS]}"' for at in range(0, len(text), ACROSS))
    listed = "".join(f"    {name!r}: {shape!r},\n" for name, shape in shapes.items())
    return f"""SHAPES = {{
{listed}}}
TEXT = (
{lines}
)


def _arrays():
    flat, found, at = np.frombuffer(decompress(b85decode(TEXT)), "<f4"), {{}}, 0
    for name, shape in SHAPES.items():
        size = int(np.prod(shape))
        found[name] = flat[at : at + size].reshape(shape)
        at += size
    return found


W = _arrays()
"""


def _layers(used: list[str]) -> str:
    text = resources.files("numnist.export.python").joinpath("layers.txt").read_text("utf-8")
    named = dict(function.split("\n", 1) for function in text.split("LAYER ")[1:])
    return "\n\n".join(named[name].rstrip() + "\n" for name in dict.fromkeys(used))


def _line(model: Model) -> tuple[Array, Array]:
    """(scale, offset) of the normalised input, for uint8 pixels or features; each (1,), (C, 1, 1) or (C, H, W)."""
    given = np.float32 if is_features(model.in_shape) else np.uint8
    numbers = (np.asarray(number, np.float32) for number in model.normalization.line(given, np.float32))
    scale, offset = (number[..., 0] if number.ndim else number.reshape(1) for number in numbers)
    return scale, offset


def _forward(model: Model, calls: list[str], last: int) -> str:
    C, H, W = model.in_shape
    features = is_features(model.in_shape)
    kind = (
        ""
        if features
        else """
    if x.dtype != np.uint8:
        raise TypeError(f"pixels are {x.dtype}, but must be uint8, 0 to 255: multiply floats from 0 to 1 by 255.")"""
    )
    shape = f"(N, {C})" if features else f"(N, {C}, {H}, {W})" + (f" or (N, {H}, {W})" if C == 1 else "")
    fits = (
        "x.shape[-1:] == SHAPE[:1] and x.ndim in (1, 2)" if features else "x.shape[-3:] == SHAPE and x.ndim in (3, 4)"
    )
    if C == 1 and not features:
        fits += " or x.shape[-2:] == SHAPE[1:] and x.ndim in (2, 3)"
    none = (
        "the last column is the probability of none of the classes" if model.background else "in the order of CLASSES"
    )
    more = "\n    y = np.hstack([y, np.zeros((len(y), 1), y.dtype)])" if model.background else ""
    body = "\n".join(calls)
    return f'''def logits(x):
    """Scores before softmax: (N, {len(model.classes)}).   x: {shape}, or one without N"""
    x = np.asarray(x)
    if not ({fits}):
        raise ValueError(f"inputs have the shape {shape}, or one without N, but these have {{x.shape}}."){kind}
    v0 = x.reshape(-1, *SHAPE) * W["scale"] + W["offset"]
{body}
    return v{last}.reshape(len(v{last}), -1)


def probabilities(x):
    """(N, {len(model.classes) + model.background}): {none}."""
    y = logits(x){more}
    return softmax(y)


def classify(x):
    """(label, probability) of one input; the label is None for none of the classes."""
    found, *others = probabilities(x)
    if others:
        raise ValueError("classify takes one input: use probabilities for several.")
    best = int(found.argmax())
    return (CLASSES[best] if best < len(CLASSES) else None), float(found[best])
'''
