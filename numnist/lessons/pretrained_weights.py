"""Lesson 0: a network is a function with parameters, and here the parameters have already been found."""

from __future__ import annotations

import numpy as np

from numnist.evaluation.metrics import evaluate
from numnist.explain.document import Code, Heading, Lines, Paragraph, Table, Title
from numnist.explain.source import quote
from numnist.interpret.trace import trace
from numnist.lessons.shared import Lesson, LessonContext, Measurement, factor, layer_table, try_next
from numnist.model.model import Model, load_model
from numnist.model.pretrained import pretrained_path
from numnist.nn import Dense
from numnist.nn.activations import sigmoid, softmax
from numnist.nn.base import Array
from numnist.support.errors import DataError
from numnist.support.format import measured_time

SHADES = " ·░▒▓█"
TOLERANCE = 1e-4  # between logits alone and in a batch: float32 has 7 digits, and sums run in another order


def lesson(context: LessonContext, *, one_by_one: int = 1000, rounds: int = 5) -> Lesson:
    """one_by_one: pictures that are classified one after another."""
    path = pretrained_path("lesson-0")
    model = load_model(path)
    if context.data.shape != model.in_shape or context.data.classes != model.classes or not len(context.data.test):
        raise DataError(
            f"lesson 0 classifies test pictures of shape {model.in_shape}, digits 0 to 9, with pretrained weights, but "
            f"{context.data.name} is {context.data!r}: give digits, as --dataset mnist or strokes."
        )
    recipe = model.about["recipe"]
    size = path.stat().st_size
    yield Title("Lesson 0: three layers with pretrained weights")
    yield Paragraph(
        f"""A neural network is a function from pixels to one number for each class. Its parameters decide what it
        computes. This one has {model.plan.size:,} of them in three dense layers. They were found by training on
        {recipe["dataset"]} for {recipe["epochs"]} epochs and come with numnist in a file of {size / 1000:.0f} kB. This
        lesson only uses them; lessons 1 and 2 show how to find them."""
    )
    yield layer_table(model)
    yield Heading("The lines that do it")
    yield Paragraph(
        """A dense layer multiplies its inputs by its weights, sums them and adds a bias: y = w x + b. A sigmoid then
        maps each number into the range 0 to 1; without such a nonlinear function, three layers would be no more than
        one. Last, softmax turns the ten outputs, the logits, into probabilities."""
    )
    yield Code(quote(Dense.forward))
    yield Code(quote(sigmoid))
    yield Code(quote(softmax))
    yield from _one_picture(context, model)
    yield from _alone_and_together(context, model, one_by_one, rounds)
    evaluation = evaluate(model, context.data.test, threads=context.threads)
    yield Heading("Accuracy on the test set")
    yield Lines((f"test   {evaluation}",))
    figures = {"accuracy": evaluation.accuracy, "errors": evaluation.errors, "count": evaluation.count}
    yield Measurement("accuracy", figures | {"confidence_interval": list(evaluation.confidence_interval)})
    yield from try_next(
        ("numnist explain sigmoid", "a sigmoid in numbers, with its gradient"),
        ("numnist train lesson-0", "find such weights yourself, in seconds"),
        ("numnist lesson 1", "how a gradient finds them, the slowest way"),
    )


def _one_picture(context: LessonContext, model: Model) -> Lesson:
    """The first test picture, and every layer's output for it."""
    x, labels = context.data.test[:1]
    yield Heading("One picture through all layers")
    yield Lines(tuple(_shaded(x[0, 0])))
    outputs = trace(model, x)
    probs = model.probabilities(outputs[-1].output[0])
    rows = [("the picture, normalised", *_described(model.normalization.apply(x, model.dtype)))]
    for each in outputs:
        layer = repr(each.layer).partition(", initializer")[0].removesuffix(")") + ")"
        rows.append((layer, *_described(each.output)))
    rows.append(("softmax", *_described(probs)))
    yield Table(("after", "numbers", "smallest", "mean", "largest"), rows)
    best = np.argsort(-probs)[:3]
    predicted = ", ".join(f"{model.classes[k]} with {100 * probs[k]:.1f}%" for k in best)
    truth = context.data.classes[labels[0]]
    yield Lines((f"Prediction: {predicted}. Label: {truth}.",))
    yield Measurement(
        "one_picture", {"probabilities": probs.tolist(), "answer": model.classes[best[0]], "truth": truth}
    )


def _alone_and_together(context: LessonContext, model: Model, count: int, rounds: int) -> Lesson:
    """The same pictures one after another, and as one batch."""
    x = context.data.test.x[:count]

    def alone() -> Array:
        return np.concatenate([model.logits(x[i : i + 1], context.threads) for i in range(len(x))])

    def together() -> Array:
        return model.logits(x, context.threads)

    off = float(np.abs(alone() - together()).max())
    slow, fast = context.seconds_in_turns((alone, together), rounds)
    yield Heading("One after another, or as one batch")
    yield Paragraph(
        f"""The same {len(x):,} pictures with the same weights. As a batch they are the columns of one matrix: every
        weight is fetched from memory once for all of them, and Python and NumPy are called once instead of
        {len(x):,} times. The logits agree within {TOLERANCE:g}, the rounding of sums in another order."""
    )
    rows = (
        ("one after another", measured_time(slow), f"{len(x) / slow:,.0f}"),
        ("as one batch", measured_time(fast), f"{len(x) / fast:,.0f}"),
    )
    yield Table(("", "time", "pictures a second"), rows)
    same = off <= TOLERANCE
    yield Lines(
        (f"{factor(slow / fast)} times as fast; largest difference of a logit {off:.0e}{'' if same else ', TOO MUCH'}",)
    )
    figures = {"pictures": len(x), "alone_seconds": slow, "together_seconds": fast, "factor": slow / fast}
    yield Measurement("batch", figures | {"largest_difference": off, "equal": same})


def _described(a: Array) -> tuple[str, str, str, str]:
    return f"{a.size:,}", f"{a.min():.3f}", f"{a.mean():.3f}", f"{a.max():.3f}"


def _shaded(picture: Array) -> list[str]:
    """A picture in shades, two rows of pixels a line, since characters are about twice as high as wide."""
    ink = picture.astype(float) / (255 if picture.dtype == np.uint8 else 1)
    rows = [ink[i : i + 2].mean(axis=0) for i in range(0, len(ink), 2)]
    lines = ["".join(SHADES[min(len(SHADES) - 1, int(v * len(SHADES)))] for v in row).rstrip() for row in rows]
    return [line for line in lines if line]
