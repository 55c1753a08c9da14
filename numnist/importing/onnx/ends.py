"""How networks end: probabilities, labels, and what scikit-learn adds.  numnist's models end in logits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from numnist.importing.onnx.call import Call
from numnist.importing.onnx.constants import joined
from numnist.importing.onnx.dense import dense
from numnist.importing.onnx.node import axis_of
from numnist.importing.onnx.values import Answer, Flowing, Formula, Scores, Sizes, Value
from numnist.importing.parts import Part
from numnist.nn import Dense, Sigmoid
from numnist.nn.base import Array

PROBABILITIES = "probabilities"


def argmax(call: Call) -> Flowing:
    found = call.given(0)
    x = found.logits if isinstance(found, Scores) else call.value()
    if axis_of(call, call.number("axis", 0), len(x.shape) + 1) != 1 or len(x.shape) != 1:
        call.refuse("it is an argmax over something else than the classes of each sample.")
    return Answer()


def zip_map(call: Call) -> Flowing:
    """scikit-learn's probabilities by name."""
    for name in ("classlabels_int64s", "classlabels_strings"):
        if name in call.attributes:
            _label(call, call.attributes[name])
    return call.given(0) or call.value()


def feature_extractor(call: Call) -> Flowing:
    """scikit-learn's labels, by the number of the most probable class."""
    labels = call.given(0)
    if not isinstance(call.given(1), Answer) or not isinstance(labels, tuple | np.ndarray):
        call.refuse("it picks some of the network's numbers, which no layer does.")
    _label(call, labels if isinstance(labels, tuple) else labels.reshape(-1).tolist())
    return Answer()


def _label(call: Call, names: Any) -> None:
    """The classes' names, as the graph has them."""
    found = tuple(name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in names)
    if call.notes.labels not in (None, found):
        call.refuse(f"it names the classes {found[:4]} ..., but another node {(call.notes.labels or ())[:4]} ...")
    call.notes.labels = found


def scaler(call: Call) -> Flowing:
    """scikit-learn's StandardScaler and others: (x - offset) · scale."""
    x = call.given(0)
    size = call.value().shape if not isinstance(x, Formula) else x.shape
    offset, scale = (
        np.array(call.number(name, [default]), np.float64) for name, default in (("offset", 0), ("scale", 1))
    )
    if len(size) != 1 or any(each.size not in (1, size[0]) for each in (offset, scale)):
        call.refuse(f"it has {offset.size} offsets and {scale.size} scales for {('N', *size)}.")
    moved = Formula("Sub", (x if isinstance(x, Formula) else call.value(), offset), size, (call.name,))
    return Formula("Mul", (moved, scale), size, (call.name,))


def linear_classifier(call: Call) -> tuple[Flowing, Flowing]:
    """scikit-learn's LogisticRegression and others: labels, and scores."""
    x = call.row()
    labels = call.number("classlabels_ints", None) or call.number("classlabels_strings", None) or []
    w = np.array(call.number("coefficients", []), np.float64)
    b = np.array(call.number("intercepts", []), np.float64)
    classes = len(labels)
    if classes < 2 or w.size != classes * x.shape[0] or b.size not in (0, classes):
        call.refuse(f"it has {w.size} coefficients for {x.shape[0]} features and {classes} classes.")
    _label(call, labels)
    w = w.reshape(classes, -1)
    b = b if b.size else np.zeros(classes)
    kind = call.number("post_transform", "NONE")
    if kind == "LOGISTIC" and classes == 2 and np.array_equal(w[0], -w[1]) and b[0] == -b[1]:
        w, b = w / 2, b / 2  # the logistic function of z is the softmax of (-z/2, z/2)
    elif kind not in ("NONE", "SOFTMAX"):
        call.refuse(f"it ends in {kind}, whose probabilities are not a softmax, as numnist's are.")
    logits = dense(x, w.T, b, call)
    return Answer(), (logits if kind == "NONE" else Scores(logits, PROBABILITIES))


def normalizer(call: Call) -> Flowing:
    """Probabilities divided by their sum, which is 1."""
    found = call.given(0)
    if not isinstance(found, Scores) or found.what != PROBABILITIES or call.number("norm", "MAX") != "L1":
        return call.refuse("it divides numbers by their sum or size, which no layer of numnist's does.")
    return found


def concat(call: Call) -> Flowing:
    """The probabilities (1 - p, p) of two classes, or a shape from its numbers."""
    if all(isinstance(each, Sizes | np.ndarray) for each in call.inputs):
        return joined(call)
    first, second = call.given(0), call.given(1)
    if len(call.inputs) == 2 and _complement(first, second):
        assert isinstance(second, Formula)
        z = replace(call, inputs=second.operands).row()
        return Scores(two_logits(z, call), PROBABILITIES)
    return call.refuse("it puts the outputs of several layers side by side, which no layer of numnist's does.")


def _complement(first: Any, second: Any) -> bool:
    """Whether these are 1 - p and p = sigmoid(z)."""
    if not (isinstance(first, Formula) and isinstance(second, Formula)):
        return False
    one = first.operands[0]
    return (
        (first.operator, second.operator) == ("Sub", "Sigmoid")
        and first.operands[1] is second
        and isinstance(one, np.ndarray)
        and one.size == 1
        and one.reshape(-1)[0] == 1
    )


def two_logits(z: Value, call: Call) -> Value:
    """(0, z) of one output z, whose softmax is (1 - p, p) with p = sigmoid(z): the dense layer gets a row of zeros."""
    part, before = z.chain.part, z.chain.before
    if part is None or before is None or not isinstance(part.layer, Dense) or z.shape != (1,):
        return call.refuse("its one output is not that of a dense layer, so that it cannot become two classes.")
    call.notes.add("the network's one output became two logits, of which the first is 0: the same probabilities")

    def with_zero(array: Array) -> Array:
        return np.concatenate([np.zeros_like(array), array])

    arrays = {name: with_zero(array) for name, array in part.arrays.items()}
    return Value(before, z.places).then(Part(Dense(2, bias=part.layer.bias), arrays))


def single_probability(x: Value, call: Call) -> Value | None:
    """The logits of a network that ends in one sigmoid, None of others."""
    if isinstance(x.chain.last, Sigmoid) and x.shape == (1,) and x.chain.before is not None:
        return two_logits(Value(x.chain.before, x.places), call)
    return None
