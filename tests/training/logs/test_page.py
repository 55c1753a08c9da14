"""docs/logging.md: its snippets run as they stand, and what it says of names and extras is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import numnist
from numnist import Dataset, log_to
from numnist.data.strokes.drawing import draw
from numnist.training.logs.targets import KINDS
from tests.training.logs.test_logs import Kept, training

PAGE = (Path(numnist.__file__).parents[1] / "docs" / "logging.md").read_text("utf-8")
SNIPPETS = re.findall(r"run by tests/training/logs/test_page.py -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def run(snippets, monkeypatch) -> None:
    """On fewer drawn digits than strokes has, which take seconds to draw."""
    data = Dataset.of(*draw(2400, seed=4), test=200, validation=200)
    monkeypatch.setattr(numnist, "load", lambda name: data)
    names: dict = {}
    for snippet in snippets:
        exec(compile(snippet, "logging.md", "exec"), names)  # noqa: S102


@pytest.mark.filterwarnings("default")
def test_the_snippets_run(monkeypatch, capsys, tmp_path):
    pytest.importorskip("tensorboardX", reason="needs: pip install '.[tensorboard]'")
    run(SNIPPETS, monkeypatch)
    assert list((tmp_path / "logs" / "first").glob("events.out.tfevents.*"))
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_writer_of_your_own_runs_without_any_package(monkeypatch, capsys):
    first, second = SNIPPETS
    run([first.partition("for event")[0], second], monkeypatch)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_every_name_that_is_logged_is_listed():
    kept = Kept()
    list(log_to(training()[1], kept))
    assert set(kept.figures) <= set(re.findall(r"`([\w/]+)`", PAGE))


def test_every_kind_is_listed_with_its_extra():
    for kind in KINDS:
        assert re.search(rf"^\| `{kind}:\w+` \| `pip install '\.\[{kind}\]'`", PAGE, re.MULTILINE)
