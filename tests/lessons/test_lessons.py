"""Lessons as pages: each runs to its end, quotes what is there, fits a terminal, and suggests what to try next."""

from __future__ import annotations

import io
import json
from functools import cache, partial
from pathlib import Path

import pytest
from rich.console import Console

from numnist.cli import app
from numnist.experiment.recipe import load_recipe
from numnist.explain.document import Code, Heading, Lines, Printer, Title
from numnist.lessons import (
    LESSONS,
    backpropagation,
    better_training,
    convolution,
    numerical_gradient,
    pretrained_weights,
)
from numnist.lessons.shared import factor
from tests.explain.quotations import stands_in_its_file
from tests.lessons.small_lessons import context, digits, split_up

SMALL = {  # what makes the lessons quick: their own parameters
    0: partial(pretrained_weights.lesson, one_by_one=20, rounds=3),
    1: partial(numerical_gradient.lesson, pictures=4, iterations=1, moved=20),
    2: partial(backpropagation.lesson, pictures=4, compared=20, moved=20, rounds=3),
    3: partial(better_training.lesson, steps=12, few=40, few_steps=8, held_out=60),
    4: partial(convolution.lesson, batch=2, rounds=1),
}
REPOSITORY = Path(__file__).parents[2]
EACH = pytest.mark.parametrize("number", SMALL)


@cache
def page(number):
    return split_up(SMALL[number](context(number)))


def test_there_are_five_lessons_and_all_are_tried_here():
    assert list(LESSONS) == list(SMALL) == [0, 1, 2, 3, 4]


@EACH
def test_a_lesson_is_one_page_with_headings_source_and_something_to_try(number):
    parts, _ = page(number)
    assert [type(part) for part in parts].count(Title) == 1
    assert parts[0].text.startswith(f"Lesson {number}: ")
    headings = [part.text for part in parts if isinstance(part, Heading)]
    assert len(headings) >= 3
    assert headings[-1] == "Try"
    assert sum(isinstance(part, Code) for part in parts) >= 3


@EACH
def test_a_lesson_quotes_the_lines_of_the_files(number):
    for part in page(number)[0]:
        if isinstance(part, Code):
            assert stands_in_its_file(part.quote.file, part.quote.first, part.quote.lines)


@EACH
def test_a_lesson_fits_eighty_columns(number):
    out = io.StringIO()
    Printer(Console(file=out, width=80, color_system=None)).page(page(number)[0])
    assert max(map(len, out.getvalue().splitlines())) <= 80


@EACH
def test_the_figures_are_plain_json(number):
    figures = page(number)[1]
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


@EACH
def test_what_it_says_to_try_is_a_command_of_today(number):
    *_, last = page(number)[0]
    assert isinstance(last, Lines)
    commands = [line for line in last.lines if line.startswith("numnist ")]
    assert len(commands) >= 3
    check(commands)


def test_what_the_document_says_to_type_is_a_command_of_today():
    lines = (REPOSITORY / "docs" / "lessons.md").read_text("utf-8").splitlines()
    commands = [line.partition("#")[0] for line in lines if line.startswith("numnist ")]
    assert len(commands) >= 6
    check(commands)


def check(commands):
    for command in commands:
        _, *words = command.split()
        app(words).parse_args(words, exit_on_error=False, print_error=False)  # raises for what it does not know


@EACH
def test_the_recipe_builds_and_says_what_it_is(number):
    recipe = load_recipe(f"lesson-{number}")
    assert recipe.title.startswith(f"lesson {number}: ")
    assert recipe.model(digits()).plan.out_shape == (10,)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_the_recipe_says_what_was_published_where_something_was(number):
    assert load_recipe(f"lesson-{number}").published


def test_lessons_1_and_2_have_one_network():
    assert load_recipe("lesson-1").network == load_recipe("lesson-2").network


@pytest.mark.parametrize(("value", "text"), [(120.0, "120"), (48_732.1, "49,000"), (8.23, "8.2"), (0.5, "0.5")])
def test_factors_have_two_digits(value, text):
    assert factor(value) == text
