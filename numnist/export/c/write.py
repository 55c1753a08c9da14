"""A model as one C header: C99 with its standard library, no memory but fixed arrays, weights in float32 or int8."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from math import prod
from typing import Any

import numpy as np

from numnist.export.exported import PREPARED, Exported
from numnist.export.program import Program, Step
from numnist.ink.normalize import is_features
from numnist.model.model import Model
from numnist.nn.base import Array
from numnist.support.errors import UsageError

WEIGHTS = ("float32", "int8")
ACROSS = 12  # numbers in a line
WINDOW = ("kh", "kw", "sh", "sw", "dh", "dw", "top", "left", "oh", "ow", "groups", "count_padding")  # in C's order


def header(exported: Exported, *, weights: str = "float32") -> bytes:
    """The header.   weights: "float32", or "int8": whole numbers with a scale for each filter, a quarter as large

    Raises UsageError for other weights, and for layers that are not numnist's.
    """
    if weights not in WEIGHTS:
        raise UsageError(f"weights is {weights!r}, but must be {' or '.join(WEIGHTS)}.")
    model = exported.model
    program = Program.of(model.plan, model.p)
    place, sizes = program.slots(prod)
    arrays, calls = [], []
    for step in program.steps:
        found, call = _step(step, weights == "int8", place)
        arrays += found
        calls.append(call)
    flash = sum(array.nbytes for _, array in arrays) + _normalization_bytes(model)
    ram = 4 * (sum(sizes) + len(model.classes) + 1)
    used = ["softmax", *(step.kind for step in program.steps)]
    parts = [
        _comment(exported, weights, flash, ram),
        _start(model, weights),
        _layers(used),
        *(_array(name, array) for name, array in arrays),
        _normalization(model),
        *(f"static float numnist_buffer_{k}[{size}];" for k, size in enumerate(sizes)),
        "",
        _functions(model, calls, place[program.last]),
    ]
    return "\n".join(parts).encode()


def sizes_of(data: bytes) -> tuple[int, int]:
    """Bytes of constants and of memory that a header needs, as it says itself."""
    found = re.search(rb"([\d,]+) bytes of constants, ([\d,]+) bytes of memory", data)
    assert found is not None
    flash, ram = (int(number.replace(b",", b"")) for number in found.groups())
    return flash, ram


def _comment(exported: Exported, weights: str, flash: int, ram: int) -> str:
    model = exported.model
    C, H, W = model.in_shape
    given = f"{C} features" if is_features(model.in_shape) else f"a picture of {C}x{H}x{W} pixels, 0 to 255"
    lines = [
        f"{exported.name or 'a model'}, written by numnist: {model.plan.size:,} parameters, weights in {weights}.",
        f"Input: {given}; prepared: {PREPARED[model.preparation]}. The preparation is not in this file.",
        f"{flash:,} bytes of constants, {ram:,} bytes of memory; C99, no malloc. Not for several threads at once.",
        f"SHA-256 of the weights: {model.weights_sha256}",
    ]
    return "\n".join(["/*", *(f" * {line}" for line in lines), " */"])


def _start(model: Model, weights: str) -> str:
    C, H, W = model.in_shape
    names = ", ".join(_c_string(name) for name in model.classes)
    kind = "int8_t" if weights == "int8" else "float"
    return f"""#ifndef NUMNIST_MODEL_H
#define NUMNIST_MODEL_H

#include <float.h>
#include <math.h>
#include <stdint.h>

#define NUMNIST_INPUTS {C * H * W} /* {C} x {H} x {W} */
#define NUMNIST_CLASSES {len(model.classes)}
/* What numnist_classify returns for "like none of the classes"; -1 if the model cannot tell. */
#define NUMNIST_NONE {"NUMNIST_CLASSES" if model.background else "(-1)"}

typedef {"float" if is_features(model.in_shape) else "uint8_t"} numnist_input;
typedef {kind} numnist_weight;

static const char *const numnist_classes[] = {{{names}}};
"""


def _layers(used: Iterable[str]) -> str:
    """The functions of the layers that occur."""
    text = resources.files("numnist.export.c").joinpath("layers.h").read_text("utf-8")
    comment, *functions = text.split("NUMNIST_LAYER ")
    named = dict(function.split("\n", 1) for function in functions)
    return comment + "\n".join(named[name] for name in dict.fromkeys(used))


def _step(step: Step, int8: bool, place: dict[int, int]) -> tuple[list[tuple[str, Array]], str]:
    """Its constants, and the call of its function."""
    x, y = f"numnist_buffer_{place[step.inputs[0]]}", f"numnist_buffer_{place[step.output]}"
    names = {name: f"numnist_{step.place.replace('.', '_')}_{name}" for name in step.arrays}
    arrays = {names[name]: array for name, array in step.arrays.items()}
    n, numbers, name = prod(step.out_shape), step.numbers, step.kind
    C, *rest = step.in_shape
    pixels = prod(rest)
    values: list[Any]
    if step.kind in ("dense", "conv2d"):
        scale = "0"
        if int8:
            scale = f"{names['w']}_scale"
            arrays[names["w"]], arrays[scale] = quantized(step.arrays["w"])
        weights = [names["w"], scale, names.get("b", "0"), step.out_shape[0]]
        values = [x, *step.in_shape, *weights, *(numbers[key] for key in WINDOW if key in numbers)]
    elif step.kind in ("max_pool2d", "avg_pool2d"):
        keys = [key for key in WINDOW if key in numbers and key not in ("dh", "dw")]
        values = [x, *step.in_shape, *(numbers[key] for key in keys)]
    elif step.kind == "affine":
        values = [x, C, pixels, names["w"], names["b"]]
    elif step.kind == "layer_norm":
        values = [x, n, names["w"], names["b"], _number(numbers["eps"])]
    elif step.kind in ("global_avg_pool", "softmax"):
        values = [x, C, pixels]
    else:
        other = [f"numnist_buffer_{place[step.inputs[1]]}"] if step.kind == "add" else []
        values = [x, *other, n, *map(_number, numbers.values())]
    call = f"    numnist_{name}({', '.join(map(str, [*values, y]))}); /* {_safe(f'{step.place} {step.layer}')} */"
    return list(arrays.items()), call


def quantized(w: Array) -> tuple[Array, Array]:
    """Weights as int8, and the scale of each filter: w[k] ≈ scale[k] · q[k]."""
    rows = w.reshape(len(w), -1)
    scale = np.abs(rows).max(axis=1) / 127
    scale[scale == 0] = 1
    return np.rint(rows / scale[:, None]).astype(np.int8).reshape(w.shape), scale.astype(np.float32)


def _normalization_bytes(model: Model) -> int:
    return sum(4 * np.size(number) for number in _line(model))


def _line(model: Model) -> tuple[Array, Array]:
    """(scale, offset) of the normalised input, each one number, (C,) or (C·H·W,)."""
    features = is_features(model.in_shape)
    numbers = model.normalization.line(np.float32 if features else np.uint8, np.float32)
    scale, offset = (np.asarray(number, np.float32).ravel() for number in numbers)
    return scale, offset


def _normalization(model: Model) -> str:
    scale, offset = _line(model)
    return f"{_array('numnist_scale', scale)}\n{_array('numnist_offset', offset)}"


def _array(name: str, array: Array) -> str:
    kind = "int8_t" if array.dtype == np.int8 else "float"
    flat = array.ravel().tolist()
    texts = [str(value) for value in flat] if kind == "int8_t" else [_number(value) for value in flat]
    lines = (", ".join(texts[at : at + ACROSS]) for at in range(0, len(texts), ACROSS))
    return f"static const {kind} {name}[] = {{\n" + ",\n".join(lines) + "\n};"


def _number(value: float) -> str:
    """A float32 as C reads it back to the bit."""
    text = np.format_float_scientific(np.float32(value), unique=True, trim="0")
    return f"{text}F"


def _functions(model: Model, calls: list[str], last: int) -> str:
    C, H, W = model.in_shape
    scale, _ = _line(model)
    index = "0" if len(scale) == 1 else "i" if len(scale) == C * H * W else f"i / {H * W}"
    body = "\n".join(calls)
    count = "NUMNIST_CLASSES + 1" if model.background else "NUMNIST_CLASSES"
    none = "    logits[NUMNIST_CLASSES] = 0; /* of none of the classes */\n" if model.background else ""
    return f"""/* The scores of all classes for one input, before softmax. */
static inline void numnist_logits(const numnist_input *input, float *logits)
{{
    for (int i = 0; i < NUMNIST_INPUTS; i++)
        numnist_buffer_0[i] = (float)input[i] * numnist_scale[{index}] + numnist_offset[{index}];
{body}
    for (int k = 0; k < NUMNIST_CLASSES; k++) logits[k] = numnist_buffer_{last}[k];
}}

/* The most probable class, or NUMNIST_NONE; and the probability of each class in probabilities[NUMNIST_CLASSES]. */
static inline int numnist_classify(const numnist_input *input, float *probabilities)
{{
    static float logits[{count}];
    int best = 0;
    numnist_logits(input, logits);
{none}    numnist_softmax(logits, {count}, 1, logits);
    for (int k = 0; k < NUMNIST_CLASSES; k++) probabilities[k] = logits[k];
    for (int k = 1; k < {count}; k++)
        if (logits[k] > logits[best]) best = k;
    return best;
}}

#endif
"""


def _c_string(text: str) -> str:
    """A string literal: what is not a plain character as the bytes of its UTF-8, in octal.  ? begins trigraphs."""
    plain = (chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}" for byte in text.encode())
    return f'"{"".join(plain)}"'


def _safe(text: str) -> str:
    """Text for a comment."""
    return text.replace("*/", "* /").replace("/*", "/ *")
