"""Lesson 1: what a gradient is, computed number by number from its definition; correct, and far too slow."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice, pairwise

from numnist.explain.document import Code, Heading, Paragraph, Table, Title
from numnist.explain.source import quote
from numnist.lessons.shared import Lesson, LessonContext, Measurement, layer_table, loss_of, try_next
from numnist.model.model import Model
from numnist.naive import descend, numerical_gradient
from numnist.nn.losses import SoftmaxCrossEntropy
from numnist.support.format import measured_time
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers

ITERATIONS = 10_000  # of the course
PUBLISHED = 120.0  # seconds an iteration


def lesson(context: LessonContext, *, pictures: int = 8, iterations: int = 2, moved: int = 400) -> Lesson:
    """pictures: of the batch in the iterations that run;  moved: parameters whose derivatives time a whole batch."""
    model, batch = context.float64_model(), context.batch_size
    count, rate = model.parameters.trained, context.recipe.optimizer.learning_rate
    yield Title("Lesson 1: learning by the numerical gradient")
    yield Paragraph(
        f"""Training looks for parameters that make the loss small. The loss is one number that measures how wrong the
        network is on a batch of pictures. The gradient says, for each parameter, how fast the loss rises as the
        parameter rises. Gradient descent takes a small step the other way, again and again:
        θ ← θ - {rate:g}·gradient."""
    )
    yield Paragraph(
        f"""You can compute the gradient without any theory: raise a parameter by h and compute the loss, lower it by h
        and compute the loss again, then divide the difference by 2h. That is the definition of a derivative, with
        h = 0.00001 instead of a limit. This network has {count:,} parameters, so one gradient takes {2 * count:,}
        forward passes."""
    )
    yield layer_table(model)
    yield Heading("The lines that do it")
    yield Code(quote(numerical_gradient, "for i in", "return"))
    yield Code(quote(descend, "for _ in", "theta -="))
    yield Paragraph("The loss is minus the logarithm of the probability that the network gives to the correct class:")
    yield Code(quote(SoftmaxCrossEntropy.__call__, "shifted =", "loss ="))

    yield Heading(f"{iterations} iterations on a batch of {pictures}")
    losses, marks = [], []
    with Workers(1):  # BLAS on one thread: these products are too small for more
        f = loss_of(model, *context.batch(model, pictures))
        for loss in islice(descend(f, model.theta, rate, steps=iterations + 1), iterations + 1):
            losses.append(loss)
            marks.append(context.clock())
        derivatives, timed = some_derivatives(context, model, moved)
        each = context.seconds(derivatives, 3) / timed
    seconds = [b - a for a, b in pairwise(marks)]
    rows = [
        (f"{i}", f"{a:.4f}", f"{b:.4f}", measured_time(s))
        for i, ((a, b), s) in enumerate(zip(pairwise(losses), seconds), 1)
    ]
    heads = ("iteration", "loss before", "loss after", "time")
    yield Table(heads, rows, heads)
    yield Measurement("done", {"pictures": pictures, "losses": losses, "seconds": seconds})

    yield Heading(f"What a batch of {batch} would take")
    iteration, epoch_steps = each * count, -(-len(context.data.train) // batch)
    yield Paragraph(f"{timed:,} of the {count:,} derivatives, chosen at random, took {measured_time(each)} each. So:")
    projected = (
        ("an iteration", 1),
        (f"an epoch, {epoch_steps:,} iterations", epoch_steps),
        (f"{ITERATIONS:,} iterations, as in the course", ITERATIONS),
    )
    times = [(what, measured_time(iteration * n), measured_time(PUBLISHED * n)) for what, n in projected]
    yield Table(("", "here, now", "published"), times)
    yield Paragraph("(2 minutes an iteration are published; the other two lines follow from that.)")
    yield Measurement(
        "projected",
        {
            "parameters": count, "batch_size": batch, "derivatives": timed, "seconds_a_derivative": each,
            "seconds_an_iteration": iteration, "seconds_an_epoch": iteration * epoch_steps,
            "seconds_in_all": iteration * ITERATIONS, "iterations": ITERATIONS,
            "published_seconds_an_iteration": PUBLISHED,
        },
    )  # fmt: skip
    yield from try_next(
        ("numnist lesson 2", "the same gradient in one forward and one backward pass"),
        ("numnist gradcheck lesson-1", "what the numerical gradient is good for: checking"),
        ("numnist explain softmax-cross-entropy", "the loss in numbers"),
    )


def some_derivatives(context: LessonContext, model: Model, moved: int) -> tuple[Callable[[], object], int]:
    """(what computes some parameters' derivatives on a whole batch by the numerical gradient, of how many)"""
    f, count = loss_of(model, *context.batch(model, context.batch_size)), model.parameters.trained
    some = keyed_rng(0, "lesson-1").choice(count, min(moved, count), replace=False)
    return lambda: numerical_gradient(f, model.theta, indices=some), len(some)
