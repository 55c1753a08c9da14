"""Lesson 0: a network is a function with numbers in it, and here somebody has already found the numbers."""

from __future__ import annotations

import numpy as np

from numnist.evaluation.metrics import evaluate
from numnist.explain.document import Code, Heading, Lines, Table, Title
from numnist.explain.source import quote
from numnist.lessons.shared import Array, Lesson, Measured, Room, duration, paragraphs, shapes, times, try_
from numnist.model.file import load_model
from numnist.model.model import Model
from numnist.model.pretrained import ready_path
from numnist.nn import Dense, Sequential
from numnist.nn.activations import sigmoid, softmax
from numnist.support.errors import DataError

SHADES = " ·░▒▓█"
MAY_MISS = 1e-4  # by how much an answer may depend on what was read with it: float32 sums in another order


def lesson(room: Room, *, one_by_one: int = 1000, rounds: int = 5) -> Lesson:
    """one_by_one: pictures that are read one after the other."""
    path = ready_path("lesson-0")
    model = load_model(path)
    if room.data.shape != model.in_shape or room.data.classes != model.classes or not len(room.data.test):
        raise DataError(
            f"lesson 0 reads test pictures of shape {model.in_shape}, digits 0 to 9, with its ready weights, but "
            f"{room.data.name} is {room.data!r}: give digits, as --dataset mnist or strokes."
        )
    recipe = model.about["recipe"]
    size = path.stat().st_size
    yield Title("Lesson 0: three layers with ready weights")
    yield from paragraphs(
        f"""A neural network is a function from pixels to one number for each class. It has parameters, numbers that
        decide what it computes. This one has {model.plan.size:,} of them in three dense layers. numnist found them by
        training on {recipe["dataset"]} for {recipe["epochs"]} epochs and brings them along in a file of
        {size / 1000:.0f} kB. This lesson only uses them; lessons 1 and 2 show how they are found."""
    )
    yield shapes(model)
    yield Heading("The lines that do it")
    yield from paragraphs(
        """A dense layer multiplies its inputs with its weights, adds them up and adds a bias: y = w x + b. A sigmoid
        then bends each number into the range 0 to 1; without it, three layers would be no more than one. Last, softmax
        turns the ten numbers that come out, the logits, into probabilities. (A part is all rows of a small layer, and
        half of those of a large one, which two threads share.)"""
    )
    yield Code(quote(Dense.forward))
    yield Code(quote(sigmoid))
    yield Code(quote(softmax))
    yield from _one_picture(room, model)
    yield from _alone_and_together(room, model, one_by_one, rounds)
    judged = evaluate(model, room.data.test, threads=room.threads)
    yield Heading("How many are right")
    yield Lines((f"test   {judged}",))
    figures = {"accuracy": judged.accuracy, "errors": judged.errors, "count": judged.count}
    yield Measured("accuracy", figures | {"confidence_interval": list(judged.confidence_interval)})
    yield from try_(
        ("numnist explain sigmoid", "a sigmoid in numbers, with its gradient"),
        ("numnist train lesson-0", "find such weights yourself, in seconds"),
        ("numnist lesson 1", "how a gradient finds them, at its slowest"),
    )


def _one_picture(room: Room, model: Model) -> Lesson:
    """The first test picture, and the numbers that every layer makes of it."""
    x, labels = room.data.test[:1]
    yield Heading("One picture on its way through")
    yield Lines(tuple(_drawn(x[0, 0])))
    flow: Array = model.normalization.apply(x, model.dtype)
    rows = [("the picture, normalised", *_described(flow))]
    assert isinstance(model.network, Sequential)
    for i, layer in enumerate(model.network.layers):
        flow, _ = layer.forward(model.p[i], flow)
        rows.append((repr(layer).partition(", initializer")[0].removesuffix(")") + ")", *_described(flow)))
    probs = softmax(flow)[:, 0]
    rows.append(("softmax", *_described(probs[:, None])))
    yield Table(
        ("after", "numbers", "smallest", "mean", "largest"), tuple(rows), ("numbers", "smallest", "mean", "largest")
    )
    best = np.argsort(-probs)[:3]
    said = ", ".join(f"{model.classes[k]} with {100 * probs[k]:.1f}%" for k in best)
    truth = room.data.classes[labels[0]]
    yield Lines((f"It says {said}. It is a {truth}.",))
    yield Measured("one_picture", {"probabilities": probs.tolist(), "answer": model.classes[best[0]], "truth": truth})


def _alone_and_together(room: Room, model: Model, count: int, rounds: int) -> Lesson:
    """The same pictures one after the other, and as one batch."""
    x = room.data.test.x[:count]

    def alone() -> Array:
        return np.concatenate([model.logits(x[i : i + 1], room.threads) for i in range(len(x))])

    def together() -> Array:
        return model.logits(x, room.threads)

    off = float(np.abs(alone() - together()).max())
    slow, fast = room.seconds(alone, max(1, rounds // 3)), room.seconds(together, rounds)
    yield Heading("One after another, or a batch at once")
    yield from paragraphs(
        f"""The same {len(x):,} pictures, read by the same weights. As a batch they are the columns of one matrix: every
        weight is fetched from memory once for all of them, and Python and NumPy are called once instead of
        {len(x):,} times. The logits are the same to {MAY_MISS:g}, the rounding of sums in another order."""
    )
    rows = (
        ("one after another", duration(slow), f"{len(x) / slow:,.0f}"),
        ("a batch at once", duration(fast), f"{len(x) / fast:,.0f}"),
    )
    yield Table(("", "time", "pictures a second"), rows, ("time", "pictures a second"))
    same = off <= MAY_MISS
    yield Lines(
        (f"{times(slow / fast)} times as fast; largest difference of a logit {off:.0e}{'' if same else ', TOO MUCH'}",)
    )
    figures = {"pictures": len(x), "alone_seconds": slow, "together_seconds": fast, "factor": slow / fast}
    yield Measured("batch", figures | {"largest_difference": off, "equal": same})


def _described(a: Array) -> tuple[str, str, str, str]:
    return f"{a.size:,}", f"{a.min():.3f}", f"{a.mean():.3f}", f"{a.max():.3f}"


def _drawn(picture: Array) -> list[str]:
    """A picture in shades, two rows of pixels to a line, since letters are about twice as high as wide."""
    ink = picture.astype(float) / (255 if picture.dtype == np.uint8 else 1)
    rows = [ink[i : i + 2].mean(axis=0) for i in range(0, len(ink), 2)]
    lines = ["".join(SHADES[min(len(SHADES) - 1, int(v * len(SHADES)))] for v in row).rstrip() for row in rows]
    return [line for line in lines if line]
