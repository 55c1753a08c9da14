"""Lessons: a from-scratch course in five pages; each runs, quotes the lines that do the work, and measures.

    for part in lesson(2, context): ...        parts of a page, Measurements for programs, and Curves for a figure

Each lesson has a recipe of its name, which `numnist train lesson-2` trains as any other.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from numnist.lessons.shared import Curves, Lesson, LessonContext, Measurement

LESSONS = {  # the module with its function `lesson`, and its title
    0: ("pretrained_weights", "three layers with pretrained weights"),
    1: ("numerical_gradient", "learning by the numerical gradient"),
    2: ("backpropagation", "the same gradient by backpropagation"),
    3: ("better_training", "optimizers, initial weights, batch norm and dropout"),
    4: ("convolution", "a convolutional network"),
}
DRAWN = (2, 3, 4)  # those with Curves

__all__ = ["DRAWN", "LESSONS", "Curves", "Lesson", "LessonContext", "Measurement", "lesson"]


def lesson(number: int, context: LessonContext) -> Lesson:
    """The parts of a lesson, each made when it is asked for."""
    make: Callable[[LessonContext], Lesson] = import_module(f"numnist.lessons.{LESSONS[number][0]}").lesson
    return make(context)
