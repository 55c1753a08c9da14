"""Formulas: every one that `numnist explain` prints is evaluated and compared with what the library computes."""

from __future__ import annotations

import re
from dataclasses import fields
from math import pi

import numpy as np
import pytest

from numnist.data.augment import Augment
from numnist.explain import explanation_of, layer_example
from numnist.explain.examples.augmentation import FLOAT32, amounts
from numnist.naive.activations import ACTIVATIONS
from numnist.nn import (
    ELU,
    INITIALIZERS,
    LAYERS,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LayerNorm,
    LeakyReLU,
    MaxPool2d,
    Mode,
    Residual,
    Sequential,
    Softmax,
)
from numnist.nn.losses import LOSSES, MulticlassSVM
from numnist.optim.optimizers import OPTIMIZERS, Adam
from numnist.optim.schedules import (
    SCHEDULES,
    Constant,
    CosineDecay,
    ExponentialDecay,
    InverseSqrtDecay,
    OneCycle,
    StepDecay,
    Warmup,
)
from tests.explain.formulas import value
from tests.nn.bench import vector_views

ROUNDING = 1e-12  # of sums of some 100 terms of order 1, each rounded to 1e-16
# stride, padding and dilation differ from 1 and from each other where a layer has them
CONFIGURED = {
    "Dense": (Dense(4), (5,)),
    "Conv2d": (Conv2d(3, (2, 3), stride=2, padding=4, dilation=3), (2, 7, 8)),
    "MaxPool2d": (MaxPool2d(4, stride=3, padding=2), (2, 7, 8)),
    "AvgPool2d": (AvgPool2d(4, stride=3, padding=2), (2, 7, 8)),
    "GlobalAvgPool": (GlobalAvgPool(), (2, 3, 4)),
    "BatchNorm": (BatchNorm(eps=0.1), (3,)),
    "LayerNorm": (LayerNorm(eps=0.1), (4,)),
    "Dropout": (Dropout(0.3), (6,)),
    "Flatten": (Flatten(), (2, 3, 4)),
    "LeakyReLU": (LeakyReLU(0.3), (7,)),
    "ELU": (ELU(1.7), (7,)),
    "Softmax": (Softmax(), (5,)),
    "Residual": (Residual(Dense(4)), (4,)),
    "Sequential": (Sequential(Dense(2)), (3,)),
} | {name: (LAYERS[name](), (7,)) for name in ("ReLU", "GELU", "SiLU", "Sigmoid", "Tanh")}
PROSE = {  # sentences, not formulas
    "MaxPool2d": "the ", "AvgPool2d": "the ", "GlobalAvgPool": "the ", "Sequential": "layers[-1](",
}  # fmt: skip
STOP = re.compile(r";|: |   |  \(|\.(?= |$)|,? (?:over|for|in|each|the|with|also)\b| \((?=[A-Z][a-z]+ |arxiv)")


def formulas_of(lines):
    """The formulas that lines of prose contain, up to where each ends."""
    for line in re.split(r"\n\n|(?<=;)\s+", lines):
        line = " ".join(line.split()) if "   " not in line else line
        for found in re.finditer(r"(?:^|(?<=[\s,;]))([\w\u0302]+(?:\[[^\]]*\])?) (=|←) ", line):
            rest = line[found.end() :]
            stop = STOP.search(rest)
            yield found[1], found[2], rest[: stop.start()] if stop else rest


class At:
    """A layer at work on random numbers, and all that its formulas may name."""

    def __init__(self, layer, in_shape, N=3):
        rng, plan, mode = np.random.default_rng(5), layer.build(in_shape), Mode(True)
        p, arrays = vector_views(plan, rng.uniform(0.4, 1.6, plan.size))
        g, gradients = vector_views(plan, np.full(plan.size, np.nan))
        x = rng.standard_normal((*in_shape, N))
        y, cache = layer.forward(p, x, mode)
        dy = rng.standard_normal(y.shape)
        dx = layer.backward(p, g, dy, cache)
        self.layer, self.expected = layer, {"y": y, "dx": dx}
        self.environment = {"x": x, "y": y, "dy": dy, "pi": pi} | arrays
        self.expected |= {f"d{name}": gradient for name, gradient in gradients.items()}
        for field in fields(layer):
            if isinstance(getattr(layer, field.name), int | float):
                self.environment[field.name] = getattr(layer, field.name)
        self.environment["sigmoid()"] = lambda a: 1 / (1 + np.exp(-a))
        self.environment["α"] = getattr(layer, "alpha", None)
        if isinstance(layer, BatchNorm | LayerNorm):
            axis = -1 if isinstance(layer, BatchNorm) else 0
            self.environment |= {
                "mean": x.mean(axis, keepdims=True), "var": x.var(axis, keepdims=True),
                "mean()": lambda a: a.mean(axis, keepdims=True), "Σ": lambda a: a.sum(-1, keepdims=True),
            }  # fmt: skip
        if isinstance(layer, Dropout):
            self.environment["mask"] = (y != 0).astype(float)
        if x.ndim == 4:
            self.environment |= {"H": x.shape[1], "W": x.shape[2]}
        if isinstance(layer, Conv2d | MaxPool2d | AvgPool2d):  # indices count from the corner of the padding
            blank = -np.inf if isinstance(layer, MaxPool2d) else 0
            pad = [(0, 0), (layer.padding, layer.padding), (layer.padding, layer.padding), (0, 0)]
            self.environment["x"] = np.pad(x, pad, constant_values=blank)
            self.expected["dx"] = None  # compared without the padding
            self.dx, self.inner = dx, (slice(None), *[slice(layer.padding, -layer.padding)] * 2)
        if isinstance(layer, MaxPool2d | AvgPool2d):
            self.environment |= {"kh": layer.window, "kw": layer.window, "ranges": dict.fromkeys("ij", layer.window)}
        if isinstance(layer, Residual):
            self.environment |= {"body()": lambda a: layer.body.forward(p[0], a)[0], "body_x": arrays["0.w"]}
            if layer.shortcut is not None:
                self.environment |= {
                    "shortcut()": lambda a: layer.shortcut.forward(p[1], a)[0], "shortcut_x": arrays["1.w"],
                }  # fmt: skip

    def holds(self, text, definitions=""):
        """Whether a formula's left side is what the layer computes."""
        name = re.match(r"[\w\u0302]+", text)[0].replace("yᵢ", "y")
        expected = self.expected[name]
        if expected is None:  # dx inside its padding
            found = value(text, self.environment, self.environment["x"], definitions)[self.inner]
            return np.allclose(found, self.dx, rtol=0, atol=ROUNDING)
        like = expected[:, 0] if name == "db" and expected.ndim == 2 and "[" in text.partition(" = ")[0] else expected
        found = value(text.replace("yᵢ", "y[i]", 1), self.environment, like, definitions)
        return np.allclose(np.broadcast_to(found, like.shape), like, rtol=0, atol=ROUNDING)


def gradient_formulas(lines):
    """(formula, definitions) of the lines under "The gradient"."""
    definitions = ", ".join(line.removeprefix("with ") for line in lines if line.startswith("with "))
    for line in lines:
        if not line.startswith("with ") and " = " in line:
            yield line, definitions


@pytest.mark.parametrize("name", LAYERS)
def test_every_gradient_formula_gives_the_layers_gradient(name):
    layer, in_shape = CONFIGURED[name]
    at = At(layer, in_shape)
    lines = layer_example(name).gradient
    assert len(list(gradient_formulas([line.replace("+=", "=") for line in lines]))) or name == "Sequential"
    for formula, definitions in gradient_formulas(lines):
        if "shortcut" not in formula:
            assert at.holds(formula, definitions), formula


def test_the_formula_of_a_shortcut_gives_its_gradient():
    formula = explanation_of("Residual").gradient[1].removeprefix("or, with a shortcut:  ")
    assert At(Residual(Dense(3), Dense(3)), (4,)).holds(formula)


@pytest.mark.parametrize("name", LAYERS)
def test_every_formula_in_a_layers_docstring_gives_y(name):
    layer, in_shape = CONFIGURED[name]
    at = At(layer, in_shape)
    found = 0
    for left, sign, right in formulas_of(explanation_of(name).about):
        assert sign == "="
        if right.startswith(PROSE.get(name, "no prose")):
            continue
        if "shortcut" in right:
            assert At(Residual(Dense(3), Dense(3)), (4,)).holds(f"{left} = {right}")
        else:
            assert at.holds(f"{left} = {right}"), f"{left} = {right}"
        found += 1
    assert found or name in PROSE or name == "Flatten"


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_formula_of_the_activations_gives_its_function(name):
    activation, (layer, _) = ACTIVATIONS[name], CONFIGURED[name]
    definitions = ", ".join(f"{letter} = {formula.text}" for letter, formula in activation.where.items())
    options = {field.name: getattr(layer, field.name) for field in fields(layer)}
    for x in np.linspace(-3, 3, 14):
        letters = {"x": x, "y": activation.y.f(layer, x), "pi": pi} | options
        for formula in (activation.y, activation.slope, *activation.where.values()):
            found = value(f"z = {formula.text}", letters, definitions=definitions)
            assert found == pytest.approx(formula.f(layer, x), rel=ROUNDING, abs=ROUNDING), formula.text
    assert At(layer, (7,)).holds(activation.formula)
    assert At(layer, (7,)).holds(activation.gradient)


@pytest.mark.parametrize("name", LOSSES)
def test_every_gradient_formula_of_a_loss_gives_its_gradient(name):
    rng = np.random.default_rng(6)
    logits, labels = rng.standard_normal((4, 6)), rng.integers(0, 4, 6)
    target = (np.arange(4)[:, None] == labels).astype(float)
    environment = {
        "logits": logits, "target": target, "N": 6, "classes": 4, "margin": 1.0,
        "softmax()": lambda s: np.exp(s) / np.exp(s).sum(axis=0),
    }  # fmt: skip
    dlogits = LOSSES[name]()(logits, labels)[1]
    ((formula, definitions),) = gradient_formulas(explanation_of(name).gradient)
    assert np.abs(value(formula, environment, dlogits, definitions) - dlogits).max() <= ROUNDING


def test_the_sum_in_the_docstring_of_the_svm_is_its_loss():
    (text,) = re.findall(r"(Σ .*?) over the wrong classes j", explanation_of("MulticlassSVM").about)
    rng = np.random.default_rng(7)
    logits, label = rng.standard_normal(5), 3
    environment = {"s": np.delete(logits, label), "s_label": logits[label], "margin": 0.7}
    expected = MulticlassSVM(0.7)(logits[:, None], np.array([label]))[0]
    assert value(f"loss = {text}", environment) == pytest.approx(expected, rel=ROUNDING)


def follow(formulas, optimizer, gradients):
    """θ and the slots after steps by the formulas alone."""
    options = {field.name: getattr(optimizer, field.name) for field in fields(optimizer)}
    state = {"θ": np.array([1.0, -2.0, 0.5])} | {slot: np.zeros(3) for slot in optimizer.slots}
    for t, g in enumerate(gradients, 1):
        state["θ"] = state["θ"] * (1 - 0.1 * optimizer.weight_decay)
        for name, formula in formulas:
            state[name] = value(f"{name} = {formula}", options | state | {"g": g, "rate": 0.1, "t": t})
    return state


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_formulas_of_an_optimizer_give_the_numbers_that_are_shown(name):
    explanation = explanation_of(name)
    formulas = [(left, right) for left, sign, right in formulas_of(explanation.about) if sign == "←"]
    assert formulas[-1][0] == "θ"
    optimizer = OPTIMIZERS[name](0.1)
    shown = [explanation.arrays["step 1"], explanation.arrays["step 2"]]
    state = follow(formulas, optimizer, [numbers["g"] for numbers in shown])
    assert {left for left, _ in formulas} == set(state)
    for letter, numbers in state.items():
        np.testing.assert_allclose(shown[1][letter], numbers, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_formula_of_an_initializer_gives_its_weights(name):
    formulas = list(formulas_of(explanation_of(name).about))
    if name == "Orthogonal":
        assert formulas == []  # its rows and columns are measured in tests/nn/test_initializers.py
        return
    kind, shape = INITIALIZERS[name], (5, 7)
    initializer = kind(1.7) if fields(kind) else kind()
    environment = {field.name: 1.7 for field in fields(kind)} | {"fan_in": 7, "fan_out": 5}
    environment |= {"z": np.random.default_rng(8).standard_normal(shape)}
    environment |= {"u": np.random.default_rng(8).uniform(-1, 1, shape)}
    ((left, sign, right),) = formulas
    found = value(f"{left} {sign} {right}", environment)
    expected = initializer(np.random.default_rng(8), shape, 7, 5)
    np.testing.assert_allclose(np.broadcast_to(found, shape), expected, rtol=0, atol=ROUNDING)


SCHEDULED = {
    "Constant": Constant(), "StepDecay": StepDecay(0.3, 2), "ExponentialDecay": ExponentialDecay(0.8),
    "InverseSqrtDecay": InverseSqrtDecay(), "CosineDecay": CosineDecay(0.2), "OneCycle": OneCycle(0.4, 0.1, 0.05),
    "Warmup": Warmup(5, ExponentialDecay(0.7)),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_formula_of_a_schedule_gives_its_factor(name):
    schedule = SCHEDULED[name]
    (left, sign, right), *further = formulas_of(explanation_of(name).about)
    definitions = ", ".join(f"{letter} = {words.rstrip(',')}" for letter, _, words in further)
    options = {field.name: getattr(schedule, field.name) for field in fields(schedule) if field.name != "then"}
    for step in range(35):
        letters = options | {"pi": pi, "step": step, "epoch": step // 7, "done": step / 34}
        letters["then()"] = lambda step: schedule.then(int(step), 7, 35)
        found = value(f"{left} {sign} {right.rstrip(',')}", letters, definitions=definitions)
        assert float(found) == pytest.approx(schedule(step, 7, 35), rel=ROUNDING, abs=ROUNDING), step


def test_the_formulas_of_augmentation_give_every_pixel():
    augment, (H, W) = Augment(shift=0.2, rotation=50, zoom=0.3, shear=20), (6, 9)
    x = np.random.default_rng(9).random((H, W))
    y = augment(x[None, None], np.random.default_rng(10))[0, 0]
    *place, pixel, rest = explanation_of("Augment").formulas
    definitions = ", ".join([*place, rest.removeprefix("with ")])
    environment = amounts(10, augment, H, W) | {"x": x, "H": H, "W": W}
    for row, column in np.ndindex(H, W):
        at = environment | {"row": row, "column": column}
        found = value(pixel.replace("y[row, column]", "y"), at, definitions=definitions)
        assert found == pytest.approx(y[row, column], abs=FLOAT32)


@pytest.mark.parametrize("name", ["im2col", "col2im"])
def test_the_formulas_of_im2col_and_col2im_give_every_number(name):
    conv, (C, H, W, N), rng = CONFIGURED["Conv2d"][0], (2, 7, 8, 2), np.random.default_rng(11)
    win = conv.windows(H, W)
    x, dcols = rng.standard_normal((C, H, W, N)), rng.standard_normal((C, win.kh, win.kw, win.oh, win.ow, N))
    environment = {"x": win.pad(x), "dcols": dcols, "stride": conv.stride, "dilation": conv.dilation}
    (formula,) = explanation_of(name).formulas
    if name == "im2col":
        expected, found = win.gather(x), value(formula, environment, dcols)
    else:
        expected, found = win.scatter(dcols, C), win.crop(value(formula, environment, win.pad(x)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=ROUNDING)


WRONG = [
    ("Conv2d", "dw[k, c, i, j] = Σ dy[k, oi, oj, n] · x[c, oi·stride + i, oj·stride + j, n]"),  # no dilation
    ("Conv2d", "dx[c, oi + i·dilation, oj + j·dilation, n] += w[k, c, i, j] · dy[k, oi, oj, n]"),  # no stride
    ("MaxPool2d", "dx[c, oi·stride + i, oj·stride + j, n] += dy[c, oi, oj, n] where x[c, oi, oj, n] = y[c, oi, oj, n]"),
    ("AvgPool2d", "dx[c, oi·stride + i, oj·stride + j, n] += dy[c, oi, oj, n] / kh"),
    ("Dense", "dw = x dyᵀ"),
    ("Flatten", "dx[c, i, j, n] = dy[(c·H + j)·W + i, n]"),
    ("Softmax", "dx[i] = y[i]·(dy[i] - Σ dy[j])"),
    ("Tanh", "dx = dy·(1 - y)"),
    ("LayerNorm", "dx = w·dy / √(var + eps)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "formula"), WRONG)
def test_a_wrong_formula_is_found(name, formula):
    try:
        held = At(*CONFIGURED[name]).holds(formula)
    except (ValueError, IndexError):  # shapes that do not fit
        held = False
    assert not held


def test_a_wrong_optimizer_formula_is_found():
    wrong = [("m", "beta1·m + g"), ("v", "beta2·v + (1 - beta2)·g²"), ("θ", "θ - rate·m / (√v + eps)")]
    shown = explanation_of("Adam").arrays
    state = follow(wrong, Adam(0.1), [shown["step 1"]["g"], shown["step 2"]["g"]])
    assert not np.allclose(state["θ"], shown["step 2"]["θ"], rtol=0, atol=1e-3)


def test_what_is_not_notation_is_refused():
    for text in ("y = x if x else 1", "y = x.shape", "y = __import__(1)", "y = unknown", "y = [x]"):
        with pytest.raises((AssertionError, KeyError, SyntaxError)):
            value(text, {"x": 1.0})
