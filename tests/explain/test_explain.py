"""Explanations: everything has one, its numbers are right, its quotations are the files', and it fits a terminal."""

from __future__ import annotations

import ast
import io
import json
import math
import operator
import re

import numpy as np
import pytest
from rich.console import Console

from numnist import UsageError
from numnist.data import augment as augmentation
from numnist.explain import explanation_of, index_page, layer_example, summaries
from numnist.explain.document import Code, Printer
from numnist.explain.examples.augmentation import FLOAT32
from numnist.explain.examples.initializers import INITIALIZER_EXAMPLES
from numnist.explain.examples.losses import LOSS_EXAMPLES
from numnist.explain.examples.optimizers import OPTIMIZER_EXAMPLES
from numnist.explain.examples.schedules import SCHEDULE_EXAMPLES
from numnist.explain.numbers import number
from numnist.explain.source import quote
from numnist.naive.optimizers import adam
from numnist.nn import INITIALIZERS, LAYERS, Dense, HeNormal, Softmax
from numnist.nn.losses import LOSSES
from numnist.nn.windows import Windows
from numnist.optim.optimizers import OPTIMIZERS
from numnist.optim.schedules import SCHEDULES, CosineDecay
from tests.explain.quotations import stands_in_its_file

OPERATION_NAMES = ["Augment", "im2col", "col2im"]
NAMES = [*LAYERS, *LOSSES, *OPTIMIZERS, *INITIALIZERS, *SCHEDULES, *OPERATION_NAMES]
CHECKS = (
    dict.fromkeys(LAYERS, 3) | dict.fromkeys(OPTIMIZERS, 1) | {"Zeros": 1, "Ones": 1, "Orthogonal": 1, "Augment": 3}
)
OPERATIONS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip
FUNCTIONS = {
    "max": max,
    "min": min,
    "cos": math.cos,
    "floor": math.floor,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "exp": math.exp,
    "log": math.log,
}
EVERY = pytest.mark.parametrize("name", NAMES)


def printed(parts, width=80):
    """What a page looks like on a terminal without colours."""
    out = io.StringIO()
    Printer(Console(file=out, width=width, color_system=None)).page(parts)
    return out.getvalue()


def test_everything_has_an_example():
    assert all(type(layer_example(name).layer) is layer for name, layer in LAYERS.items())
    assert set(LOSS_EXAMPLES) == set(LOSSES)
    assert set(OPTIMIZER_EXAMPLES) == set(OPTIMIZERS)
    assert all(type(INITIALIZER_EXAMPLES[name].initializer) is kind for name, kind in INITIALIZERS.items())
    assert all(type(SCHEDULE_EXAMPLES[name].schedule) is kind for name, kind in SCHEDULES.items())
    assert [name for _, name, _ in summaries()] == NAMES


@EVERY
def test_what_is_worked_out_by_hand_is_what_the_library_computes(name):
    explanation = explanation_of(name)
    arrays = {k: a for group in explanation.arrays.values() for k, a in group.items()}
    if name in OPTIMIZERS:  # by hand goes the first step
        arrays = explanation.arrays["step 1"]
    assert explanation.by_hand
    for hand in explanation.by_hand:
        found = arrays[hand.name][hand.index or (0,)]
        most = FLOAT32 if name == "Augment" else 1e-12  # the same few terms, perhaps in another order
        assert abs(found - hand.value) <= most, str(hand)


def comes_to(words):
    """The value of an expression as it is written by hand; None for a reference to another array, as dy[2, 0]."""
    for sign, meant in (
        ("·", "*"),
        ("²", "**2"),
        ("³", "**3"),
        ("√", "sqrt"),
        ("eps", "0"),
        ("⌊", "floor("),
        ("⌋", ")"),
        ("π", str(math.pi)),
    ):
        words = words.replace(sign, meant)
    words = re.sub(r"e\^(\(-?[\d.]+\)|[\d.]+)", r"exp(\1)", words)
    words = re.sub(r"log ([\d.]+)", r"log(\1)", words).replace("^", "**")

    def value(node):
        match node:
            case ast.Constant():
                return node.value
            case ast.UnaryOp(ast.USub()):
                return -value(node.operand)
            case ast.BinOp():
                return OPERATIONS[type(node.op)](value(node.left), value(node.right))
            case ast.Call():
                return FUNCTIONS[node.func.id](*map(value, node.args))
            case ast.Subscript():
                return None
        raise AssertionError(f"{words} has {ast.dump(node)}")

    return value(ast.parse(words, mode="eval").body)


def test_adams_numbers_are_the_papers():
    first = explanation_of("Adam").arrays["step 1"]
    np.testing.assert_allclose(first["m"], 0.1 * first["g"], rtol=1e-15)  # one product: the last digit may differ
    np.testing.assert_allclose(first["v"], 0.001 * first["g"] ** 2, rtol=1e-13)  # 1 - 0.999 has 13 digits


@EVERY
def test_the_words_come_to_their_number(name):
    for hand in explanation_of(name).by_hand:
        value = comes_to(hand.words)
        assert value is None or abs(value - hand.value) <= 2e-3 * max(1, abs(hand.value)), str(
            hand
        )  # of factors with four decimals


@EVERY
def test_every_comparison_is_within_its_bound(name):
    checks = explanation_of(name).checks
    assert len(checks) == CHECKS.get(name, 2)
    assert all(check.ok for check in checks)


def test_a_wrong_gradient_is_seen(monkeypatch):
    right = Dense.backward

    def wrong(self, p, g, dy, cache, want_dx=True):
        dx = right(self, p, g, dy, cache, want_dx)
        g.w *= 1.001
        return dx

    monkeypatch.setattr(Dense, "backward", wrong)
    assert [check.ok for check in explanation_of("Dense").checks] == [False, False, False]


@EVERY
def test_quotations_are_the_lines_of_the_files(name):
    for heading, quoted in explanation_of(name).sources:
        assert stands_in_its_file(quoted.file, quoted.first, quoted.lines), heading


def test_a_wrong_initializer_or_schedule_is_seen(monkeypatch):
    right = HeNormal.__call__
    monkeypatch.setattr(HeNormal, "__call__", lambda self, *given: 1.05 * right(self, *given))
    assert [check.ok for check in explanation_of("HeNormal").checks] == [False, False]
    monkeypatch.setattr(CosineDecay, "__call__", lambda self, step, epoch_steps, total: 1 - step / total)
    assert [check.ok for check in explanation_of("CosineDecay").checks] == [False, True]


def test_wrong_patches_and_pictures_are_seen(monkeypatch):
    right, moved = Windows.scatter, augmentation.resample
    monkeypatch.setattr(Windows, "scatter", lambda self, patches, C: right(self, patches, C)[:, ::-1])
    assert [check.ok for check in explanation_of("col2im").checks] == [False, False]
    monkeypatch.setattr("numnist.data.augment.resample", lambda x, grid: moved(x, grid + np.float32(0.1)))
    assert [check.ok for check in explanation_of("Augment").checks] == [False, True, True]


def test_a_quotation_that_is_not_in_its_file_is_seen():
    quoted = quote(adam)
    assert stands_in_its_file(quoted.file, quoted.first, quoted.lines)
    assert not stands_in_its_file(quoted.file, quoted.first + 1, quoted.lines)
    assert not stands_in_its_file(quoted.file, quoted.first, ["def adam():", *quoted.lines[1:]])


def test_a_quotation_may_be_some_lines_and_never_others():
    whole, part = quote(adam), quote(adam, "m_hat", "theta[i]")
    assert part.lines[0].startswith("m_hat = ")
    assert part.lines[-1].startswith("theta[i] -= ")
    assert whole.first < part.first
    with pytest.raises(LookupError, match="no line holds 'nothing of this'"):
        quote(adam, "nothing of this")
    with pytest.raises(LookupError, match="m_hat"):
        quote(adam, "theta[i]", "m_hat = ")  # stands before


@EVERY
def test_a_page_fits_eighty_columns(name):
    assert max(map(len, printed(explanation_of(name).page()).splitlines())) <= 80


def test_the_list_fits_eighty_columns():
    assert max(map(len, printed(index_page()).splitlines())) <= 80


@pytest.mark.parametrize("width", [40, 80, 200])
def test_wrapped_source_loses_no_character(width):
    quoted = quote(Dense.backward)
    body = printed([Code(quoted)], width).splitlines()[1:]
    shown = "".join(re.sub(r"^\s*\d+(  |$)", "", line) for line in body)
    assert "".join(shown.split()) == "".join("".join(quoted.lines).split())


def test_the_dictionary_is_plain_json():
    record = json.loads(json.dumps(explanation_of("Conv2d").to_dict()))
    assert record.keys() == {
        "name", "kind", "about", "formulas", "paper", "example", "shapes", "note", "gradient", "sources", "arrays",
        "by_hand", "checks",
    }  # fmt: skip
    forward, backward = record["arrays"].values()
    assert list(forward) == ["x", "w", "b", "y"]
    assert list(backward) == ["dy", "dw", "db", "dx"]
    assert np.shape(forward["y"]) == (1, 3, 3, 1)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("dense", "Dense"), ("batch-norm", "BatchNorm"), ("MAXPOOL2D", "MaxPool2d"), ("adam", "Adam"),
     ("softmax-cross-entropy", "SoftmaxCrossEntropy"), ("softmax", "Softmax"), ("one-cycle", "OneCycle"),
     ("he_normal", "HeNormal"), ("augment", "Augment"), ("IM2COL", "im2col")],
)  # fmt: skip
def test_names_are_found_whatever_case_and_hyphens(said, meant):
    assert explanation_of(said).name == meant


def test_a_name_nearly_right_is_suggested():
    with pytest.raises(UsageError, match="did you mean 'Dropout'"):
        explanation_of("dropuot")


def test_a_helper_that_does_the_work_is_quoted_too():
    headings = [heading for heading, _ in explanation_of("Softmax").sources]
    assert headings == ["Forward", "Backward", "With the help of softmax"]
    assert "softmax(x)" in "".join(quote(Softmax.forward).lines)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (-1.0, "-1.0"), (1 / 3, "0.3333"), (-1e-9, "0.0"), (3, "3"), (np.int64(7), "7"), (12.25, "12.25")],
)
def test_numbers_have_four_decimals_and_no_zeros_to_spare(value, text):
    assert number(value) == text
