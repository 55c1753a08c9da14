"""Parts that several lessons have: the table of layers, a training, what to try next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numnist.evaluation.metrics import evaluate
from numnist.explain.document import Heading, Lines, Paragraph, Part, Table
from numnist.lessons.context import Lesson, LessonContext, Measurement
from numnist.model.model import Model
from numnist.training.events import Epoch, Step
from numnist.training.loop import train


def paragraphs(text: str) -> Iterator[Part]:
    """Paragraphs that are separated by blank lines."""
    for paragraph in text.strip().split("\n\n"):
        yield Paragraph(" ".join(paragraph.split()))


def layer_table(model: Model) -> Table:
    """The layers of a network with their shapes and parameters."""
    rows = tuple(
        (repr(plan.layer), f"{plan.in_shape} -> {plan.out_shape}", f"{plan.size:,}" if plan.size else "")
        for _, plan in model.plan.leaves()
    )
    return Table(("layer", "shape of one sample", "parameters"), rows, right=("parameters",))


def train_recipe(context: LessonContext) -> Lesson:
    """Train the lesson's recipe, one line an epoch, and evaluate it on the test set."""
    recipe, data = context.recipe, context.data
    model, started, steps = recipe.model(data), context.clock(), 0
    epochs: list[dict[str, Any]] = []
    yield Heading(f"Trained: recipe {recipe.name}, {recipe.epochs} epoch{'' if recipe.epochs == 1 else 's'}")
    for event in train(model, data, recipe, threads=context.threads):
        if isinstance(event, Step):
            steps = event.step
        elif isinstance(event, Epoch):
            epochs.append(event.record())
            yield Lines((str(event),), below=True)
    seconds = context.clock() - started
    figures: dict[str, Any] = {"epochs": epochs, "steps": steps, "seconds": seconds, "test_accuracy": None}
    if len(data.test):
        evaluation = evaluate(model, data.test, threads=context.threads)
        figures |= {"test_accuracy": evaluation.accuracy, "confidence_interval": list(evaluation.confidence_interval)}
        yield Lines((f"test   {evaluation}",), below=True)
    yield Measurement("training", figures)


def try_next(*commands: tuple[str, str]) -> Iterator[Part]:
    """Commands to try, and what each shows."""
    yield Heading("Try")
    yield Lines(tuple(line for command, why in commands for line in (command, f"    {why}")))


def factor(value: float) -> str:
    """A ratio with two digits: 120, 3,400, 8.2."""
    digits = 2 - len(str(int(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}"
