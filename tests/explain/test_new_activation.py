"""A new activation, as CONTRIBUTING.md describes it: a layer and one entry in the table give everything else."""

from __future__ import annotations

import io
import re
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from numnist.explain import explanation_of, summaries
from numnist.explain.document import Printer
from numnist.explain.units import explain_unit
from numnist.interpret.trace import trace_backward
from numnist.model.model import Model
from numnist.naive import NAIVE, backward, forward
from numnist.naive.activations import Activation, Formula
from numnist.nn import EVAL, LAYERS, Dense, Flatten, Sequential
from numnist.nn.activations import Activation as ActivationLayer
from tests.small import dataset

REPOSITORY = Path(__file__).parents[2]


class Softplus(ActivationLayer):
    """y = log(1 + eˣ).   (..., N) -> (..., N)"""

    def forward(self, p, x, mode=EVAL):
        return np.log1p(np.exp(x)), x

    def backward(self, p, g, dy, x, want_dx=True):
        return dy / (1 + np.exp(-x))


ENTRY = Activation(
    Formula("log(1 + eˣ)", lambda _, x: log(1 + exp(x))),
    Formula("1 / (1 + e⁻ˣ)", lambda _, x: 1 / (1 + exp(-x))),
    "A smooth ReLU.",
    paper="Dugas et al. 2000",
)


@pytest.fixture(autouse=True)
def softplus(monkeypatch):
    monkeypatch.setitem(LAYERS, "Softplus", Softplus)
    monkeypatch.setitem(NAIVE, "Softplus", ENTRY)


def test_it_is_explained():
    explanation = explanation_of("softplus")
    assert all(check.ok for check in explanation.checks)
    assert [hand.words for hand in explanation.by_hand] == [
        "log(1 + exp(1))", "log(1 + exp(-2))", "1·1 / (1 + exp(-1))", "2·1 / (1 + exp(2))",
    ]  # fmt: skip
    assert explanation.gradient == ("dx = dy·1 / (1 + e⁻ˣ)",)
    out = io.StringIO()
    Printer(Console(file=out, width=80, color_system=None)).page(explanation.page())
    assert "Dugas et al. 2000" in out.getvalue()
    assert ("layer", "Softplus", "y = log(1 + eˣ)") in summaries()


def test_its_units_are_explained():
    model = Model(Sequential(Flatten(), Dense(4), Softplus()), dataset())
    unit = explain_unit(trace_backward(model, dataset().test.x[:1], [2]), "2", (1,))
    assert (unit.sentence, unit.formula) == ("A smooth ReLU.", "y = log(1 + eˣ)")
    assert unit.with_numbers.startswith("log(1 + exp(")
    assert unit.gradient.formula == "dx = dy·1 / (1 + e⁻ˣ)"


def test_it_has_a_naive_twin():
    x, dy = np.linspace(-2, 2, 12).reshape(2, 6)
    y, _ = Softplus().forward(None, x)
    np.testing.assert_allclose(forward(Softplus(), None, x), y, rtol=1e-14)  # two roundings of 1e-16 each
    dx, gradients = backward(Softplus(), None, x, dy)
    np.testing.assert_allclose(dx, Softplus().backward(None, None, dy, x), rtol=1e-14)
    assert gradients == {}


def test_contributing_names_the_files_to_touch():
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8").replace("activation needs less:", "activation:")
    layer, activation = (
        re.search(rf"- A new {what}: (.*?)\n- ", text, re.DOTALL)[1] for what in ("layer", "activation")
    )
    needed, _, rest = activation.partition("No other file of the library needs it.")
    assert rest, "CONTRIBUTING says where the list of the library's files ends"
    assert len(re.findall(r"`numnist/[^`]*`", needed)) == 5
    for paragraph in (layer, activation):
        files = re.findall(r"`((?:numnist|tests)/[^`]*)`", paragraph)
        assert len(files) >= 4
        for file in files:
            assert (REPOSITORY / file).exists(), file
