"""A class of 20 simulated pages at one server: none sees anything of another.  benchmarks/ has it for a minute."""

from __future__ import annotations

import pytest

from benchmarks.class_of_pages import PAGES, Lesson, Page, give_lesson
from numnist.serve.routes.visitor import PROGRAM, Visitor
from tests.serve.page.test_training import strokes

TURNS = 3  # of each page: it keeps three and takes one back


@pytest.fixture
def few(monkeypatch):
    data = strokes(600)
    monkeypatch.setattr("numnist.experiment.recipe.load", lambda name, **options: data)


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_no_page_of_a_class_sees_anything_of_another(start_server, context):
    training = {"recipe": "quick", "epochs": 20, "data": "strokes"}
    lesson = give_lesson(start_server(), PAGES, lambda turn: turn < TURNS, training)
    assert lesson.faults == []
    assert lesson.asked["POST /api/kept 201"] == PAGES * TURNS
    assert lesson.asked["DELETE /api/kept/last 200"] == PAGES
    assert sum(n for name, n in lesson.asked.items() if name.endswith("/stop 403")) == PAGES - 1
    everything = context.drawings.counts(context.models.get("digits").model)
    assert sum(everything.values()) == PAGES * (TURNS - 1)  # which the server's machine sees


def test_a_server_that_mixes_pages_up_is_caught(start_server, monkeypatch):
    """All pages are one: the second sees what the first has kept, and takes it back."""
    monkeypatch.setattr("numnist.serve.routes.drawings.visitor_of", lambda request: Visitor(PROGRAM, True))
    url, lesson = start_server(), Lesson()
    pages = [Page(url, number, lesson) for number in range(2)]
    for page in pages:
        page.turn(0)
    assert "page 1: has kept" in lesson.faults[0]
    assert len(lesson.faults) == 1
