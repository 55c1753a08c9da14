"""Lesson 1: what a gradient is, measured number by number; right, and far too slow."""

from __future__ import annotations

from itertools import pairwise

from numnist.explain.document import Code, Heading, Table, Title
from numnist.explain.source import quote
from numnist.lessons.shared import Lesson, Measured, Room, duration, loss_of, paragraphs, shapes, try_
from numnist.naive import descend, numerical_gradient
from numnist.nn.losses import SoftmaxCrossEntropy
from numnist.support.rng import keyed_rng
from numnist.support.workers import Workers

ITERATIONS = 10_000  # of the course
PUBLISHED = 120.0  # seconds an iteration


def lesson(room: Room, *, pictures: int = 8, iterations: int = 2, moved: int = 400) -> Lesson:
    """pictures: of the batch that is really trained on;  moved: parameters by which a whole batch is timed."""
    model, batch = room.precise(), min(room.recipe.batch_size, len(room.data.train))
    count, rate = model.trained, room.recipe.optimizer.learning_rate
    yield Title("Lesson 1: learning by the numerical gradient")
    yield from paragraphs(
        f"""Training looks for parameters that make the loss small. The loss is one number that says how wrong the
        network is on a batch of pictures; the gradient says for each parameter by how much the loss rises when it
        rises a little. Gradient descent takes a small step the other way, again and again: θ ← θ - {rate:g}·gradient.

        The gradient can be had without any theory: raise a parameter by h, look at the loss, lower it by h, look
        again, divide the difference by 2h. That is the definition of a derivative, with h = 0.00001 instead of a limit.
        This network has {count:,} parameters, so one gradient costs {2 * count:,} passes through it."""
    )
    yield shapes(model)
    yield Heading("The lines that do it")
    yield Code(quote(numerical_gradient, "for i in", "return"))
    yield Code(quote(descend, "for _ in", "theta -="))
    yield from paragraphs(
        "The loss is minus the logarithm of the probability that the network gives to the right class:"
    )
    yield Code(quote(SoftmaxCrossEntropy.__call__, "shifted =", "loss ="))

    yield Heading(f"{iterations} iterations, really done, on a batch of {pictures}")
    losses, marks = [], []
    with Workers(1):  # holds BLAS to one thread: these products are too small for more
        f = loss_of(model, *room.batch(model, pictures))
        for loss in descend(f, model.theta, rate, steps=iterations + 1):
            losses.append(loss)
            marks.append(room.clock())
            if len(losses) > iterations:
                break
        # a whole batch, by a part of the parameters
        g = loss_of(model, *room.batch(model, batch))
        some = keyed_rng(0, "lesson-1").choice(count, min(moved, count), replace=False)
        each = room.seconds(lambda: numerical_gradient(g, model.theta, indices=some), 3) / len(some)
    seconds = [b - a for a, b in pairwise(marks)]
    rows = [
        (f"{i}", f"{a:.4f}", f"{b:.4f}", duration(s)) for i, ((a, b), s) in enumerate(zip(pairwise(losses), seconds), 1)
    ]
    heads = ("iteration", "loss before", "loss after", "time")
    yield Table(heads, tuple(rows), heads)
    yield Measured("done", {"pictures": pictures, "losses": losses, "seconds": seconds})

    yield Heading(f"What a batch of {batch} would take")
    iteration, epoch_steps = each * count, -(-len(room.data.train) // batch)
    yield from paragraphs(
        f"{len(some):,} of the {count:,} derivatives, chosen at random, took {duration(each)} each. So:"
    )
    projected = (
        ("an iteration", 1, iteration),
        (f"an epoch, {epoch_steps:,} iterations", epoch_steps, iteration * epoch_steps),
        (f"{ITERATIONS:,} iterations, as in the course", ITERATIONS, iteration * ITERATIONS),
    )
    published = (duration(PUBLISHED * n) for _, n, _ in projected)
    yield Table(
        ("", "here, now", "published"),
        tuple((what, duration(s), said) for (what, _, s), said in zip(projected, published)),
        ("here, now", "published"),
    )  # fmt: skip
    yield from paragraphs("(Published is 2 minutes an iteration; the other two lines follow from it.)")
    yield Measured(
        "projected",
        {
            "parameters": count, "batch_size": batch, "derivatives": len(some), "seconds_a_derivative": each,
            "seconds_an_iteration": iteration, "seconds_an_epoch": iteration * epoch_steps,
            "seconds_in_all": iteration * ITERATIONS, "iterations": ITERATIONS,
            "published_seconds_an_iteration": PUBLISHED,
        },
    )  # fmt: skip
    yield from try_(
        ("numnist lesson 2", "the same gradient, in one pass there and one back"),
        ("numnist gradcheck lesson-1", "what the numerical gradient is still good for"),
        ("numnist explain softmax-cross-entropy", "the loss in numbers"),
    )
