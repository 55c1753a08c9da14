"""Figure: drawn from a made-up record, and refused in time where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from numnist import UsageError
from numnist.bench import figure
from tests.bench.made_up import network, record


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(figure, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install .*figures"):
        figure.check(Path("figure.png"))


def test_another_format_is_refused():
    with pytest.raises(UsageError, match=r"\.svg"):
        figure.check(Path("figure.xlsx"))


@pytest.mark.parametrize("name", ["figure.png", "figure.svg"])
def test_it_is_drawn(name):
    pytest.importorskip("matplotlib", reason="needs matplotlib")
    figure.draw(record(small=network(threads=(1, 2)), large=network(threads=(1, 2))), Path(name))
    assert Path(name).stat().st_size > 5000
    if name.endswith(".svg"):
        assert "matplotlib" in Path(name).read_text("utf-8")
