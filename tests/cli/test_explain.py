"""numnist explain: a page for people, a record for programs, an exit code for scripts."""

from __future__ import annotations

from numnist.nn import LAYERS, ReLU


def test_explain_shows_formula_source_numbers_and_checks(numnist):
    done = numnist("explain", "dense")
    assert done.code == 0
    for wanted in (
        "y = w x + b", "dx = wᵀ dy", "numnist/nn/dense.py:", "def backward(self", "(3,) -> (2,), 8 parameters",
        "y[0, 0] = 0.5·1 + (-1)·2 + 2·(-1) + 0.1 = -3.4", "gradcheck", "naive twin",
    ):  # fmt: skip
        assert wanted in done.out


def test_explain_prints_json(numnist):
    record = numnist("explain", "MaxPool2d", "--json").json
    assert record["kind"] == "layer"
    assert all(check["ok"] for check in record["checks"])
    assert record["sources"][0]["file"] == "numnist/nn/pool.py"
    assert record["arrays"]["forward"]["y"] == [[[[3.0], [5.0]], [[6.0], [3.0]]]]


def test_explain_without_a_name_lists_all(numnist):
    out = numnist("explain").out
    assert all(name in out for name in LAYERS)
    assert "y = max(x, 0)" in out
    assert {"kind": "layer", "name": "Tanh", "formula": "y = tanh(x)"} in numnist("explain", "--json").json


def test_explain_refuses_an_unknown_name_with_exit_code_2(numnist):
    done = numnist("explain", "con2d")
    assert done.code == 2
    assert "did you mean 'Conv2d'" in done.err


def test_explain_ends_with_exit_code_1_when_a_gradient_is_wrong(numnist, monkeypatch):
    monkeypatch.setattr(ReLU, "backward", lambda self, p, g, dy, cache, want_dx=True: dy)
    done = numnist("explain", "relu")
    assert done.code == 1
    assert "WRONG" in done.out
