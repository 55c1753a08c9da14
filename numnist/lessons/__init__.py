"""Lessons: a from-scratch course in five pages; each runs, quotes the lines that do the work, and measures.

    for part in lesson(2, room): ...        parts of a page, and Measured figures for programs

0 reads with ready weights, 1 trains by the numerical gradient, 2 by backpropagation, 3 compares optimizers and starts,
4 adds a convolution.  Each has a recipe of its name, which `numnist train lesson-2` trains as any other.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from numnist.lessons.shared import Lesson, Measured, Room

LESSONS = {  # the module that holds it as `lesson`, and its title
    0: ("ready_weights", "three layers with ready weights"),
    1: ("numerical_gradient", "learning by the numerical gradient"),
    2: ("backpropagation", "the same gradient by backpropagation"),
    3: ("better_training", "optimizers, initial weights, batch norm and dropout"),
    4: ("convolution", "a convolutional network"),
}

__all__ = ["LESSONS", "Lesson", "Measured", "Room", "lesson"]


def lesson(number: int, room: Room) -> Lesson:
    """The parts of a lesson, each made when it is asked for."""
    make: Callable[[Room], Lesson] = import_module(f"numnist.lessons.{LESSONS[number][0]}").lesson
    return make(room)
