"""Lesson 2: the chain rule, from the last layer to the first, gives all derivatives for the price of two passes."""

from __future__ import annotations

import numpy as np

from numnist.explain.document import Code, Heading, Lines, Paragraph, Table, Title
from numnist.explain.source import quote
from numnist.lessons.numerical_gradient import some_derivatives
from numnist.lessons.shared import (
    Lesson,
    LessonContext,
    Measurement,
    factor,
    gradient_of,
    loss_of,
    train_recipe,
    try_next,
)
from numnist.naive import numerical_gradient
from numnist.naive.dense import dense_backward
from numnist.nn import Dense, Sequential, Sigmoid
from numnist.nn.losses import SoftmaxCrossEntropy
from numnist.support.format import measured_time
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers

EQUAL = 1e-7  # rounding of differences: 1e-16 · loss / h = 2e-11, curvature: h² = 1e-10
PUBLISHED = (120.0, 1.0)  # seconds by the numerical gradient and by backpropagation


def lesson(
    context: LessonContext, *, pictures: int = 8, compared: int | None = None, moved: int = 25, rounds: int = 50
) -> Lesson:
    """pictures, compared: the batch, and the numbers of each array that are compared, None for all;
    moved, rounds: how many derivatives are timed at once, in turns with an iteration by backpropagation, and how often.
    """
    yield Title("Lesson 2: the same gradient by backpropagation")
    yield Paragraph(
        """Lesson 1 moved every parameter to see how the loss changes. The chain rule gives the same derivatives without
        moving any. Each layer solves one problem: given the derivative of the loss by its output (dy), compute the
        derivatives by its input (dx) and by its parameters (dw, db). From the last layer to the first, the dx of each
        layer becomes the dy of the layer before it: one backward pass gives all derivatives."""
    )
    yield Heading("The lines that do it")
    yield Paragraph("It begins at the loss, whose derivative by the logits is the probabilities, minus 1 at the label.")
    yield Code(quote(SoftmaxCrossEntropy.__call__, "probs /=", "probs[labels"))
    yield Paragraph("A dense layer y = w x + b has dw = dy xᵀ, db = Σ dy, dx = wᵀ dy:")
    yield Code(quote(Dense.backward))
    yield Paragraph("The same as loops over all numbers, in its naive twin:")
    yield Code(quote(dense_backward, "for k, n", "db["))
    yield Paragraph("A sigmoid, whose derivative is y·(1 - y):")
    yield Code(quote(Sigmoid.backward, "return"))
    yield Paragraph("And all layers from the last to the first:")
    yield Code(quote(Sequential.backward))
    with Workers(1):  # BLAS on one thread, as in lesson 1
        yield from _compared(context, pictures, compared)
        yield from _measured(context, moved, rounds)
    yield from train_recipe(context)
    yield from try_next(
        ("numnist explain Dense", "a layer's forward and backward pass in numbers"),
        ("numnist train lesson-2 --optimizer Adam --learning-rate 0.002", "a better optimizer (see lesson 3)"),
        ("numnist gradcheck lesson-2", "the comparison above, for any recipe or model"),
    )


def _compared(context: LessonContext, pictures: int, compared: int | None) -> Lesson:
    """Both gradients, array by array."""
    model = context.float64_model()
    x, labels = context.batch(model, pictures)
    gradient, f, rng = gradient_of(model, x, labels)[1], loss_of(model, x, labels), keyed_rng(0, "lesson-2")
    rows, figures = [], {}
    for name, (part, shape) in model.parameters.slices.items():
        size = part.stop - part.start
        some = part.start + rng.choice(size, min(compared or size, size), replace=False)
        off = float(np.abs(numerical_gradient(f, model.theta, indices=some) - gradient[some]).max())
        largest = float(np.abs(gradient[part]).max())
        rows.append((name, f"{shape}", f"{len(some):,} of {size:,}", f"{largest:.1e}", f"{off:.0e}"))
        figures[name] = {"compared": len(some), "largest_gradient": largest, "largest_difference": off}
    worst = float(np.max([figure["largest_difference"] for figure in figures.values()]))
    yield Heading("Both gradients are the same")
    yield Table(("array", "shape", "compared", "largest gradient", "largest difference"), rows, ("compared",))
    verdict = f"equal within {EQUAL:.0e}" if worst <= EQUAL else f"NOT equal within {EQUAL:.0e}"
    yield Lines((f"The largest difference of all is {worst:.1e}: {verdict}.",))
    yield Measurement("gradients", {"arrays": figures, "largest_difference": worst, "equal": worst <= EQUAL})


def _measured(context: LessonContext, moved: int, rounds: int) -> Lesson:
    """One iteration on a whole batch, by each method."""
    model, batch = context.float64_model(), context.batch_size
    x, labels = context.batch(model, batch)
    count, rate = model.parameters.trained, context.recipe.optimizer.learning_rate
    derivatives, timed = some_derivatives(context, model, moved)

    def iteration() -> None:
        model.theta -= rate * gradient_of(model, x, labels)[1]

    seconds, fast = context.seconds_in_turns((derivatives, iteration), rounds)
    each, slow = seconds / timed / 2, count * seconds / timed  # a derivative takes two passes
    yield Heading(f"An iteration on a batch of {batch}")
    rows = (
        ("numerical gradient", f"{2 * count:,}", measured_time(slow), measured_time(PUBLISHED[0])),
        ("backpropagation", f"{fast / each:.1f}", measured_time(fast), measured_time(PUBLISHED[1])),
        ("times as fast", "", factor(slow / fast), factor(PUBLISHED[0] / PUBLISHED[1])),
    )
    yield Table(("", "passes", "here, now", "published"), rows)
    yield Paragraph(
        f"""(The numerical gradient's time is that of {timed:,} derivatives times {count / timed:,.0f}. They and an
        iteration by backpropagation were timed in turns, {rounds} times; these are medians. Backpropagation takes a
        forward and a backward pass. Backward, a layer multiplies twice, for dw and for dx, but the first layer, which
        has most of the weights, needs no dx.)"""
    )
    yield Measurement(
        "speed",
        {
            "batch_size": batch, "parameters": count, "numerical_seconds": slow, "backpropagation_seconds": fast,
            "factor": slow / fast, "published_numerical_seconds": PUBLISHED[0],
            "published_backpropagation_seconds": PUBLISHED[1], "published_factor": PUBLISHED[0] / PUBLISHED[1],
        },
    )  # fmt: skip
