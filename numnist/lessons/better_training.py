"""Lesson 3: one network, trained by six optimizers, from three starts, with batch norm and with dropout."""

from __future__ import annotations

from typing import Any

from numnist.explain.document import Code, Heading, Lines, Table, Title
from numnist.explain.source import quote
from numnist.lessons.measured import LAST, REACH, Bench, dropping, normed, with_weights
from numnist.lessons.shared import Lesson, Measured, Room, duration, paragraphs, shapes, try_
from numnist.nn import BatchNorm, Dropout, GlorotNormal, HeNormal, Normal
from numnist.nn.initializers import Initializer
from numnist.optim.optimizers import SGD, AdaGrad, Adam, Momentum, Nesterov, RMSProp

# each with a learning rate that suits it: a method is not worse for a rate that was made for another
OPTIMIZERS = (SGD(0.1), Momentum(0.01), Nesterov(0.01), AdaGrad(0.01), RMSProp(0.001), Adam(0.001))
STARTS: dict[str, Initializer] = {"std 0.01": Normal(0.01), "Glorot": GlorotNormal(), "He": HeNormal()}
DROPOUTS = (0.0, 0.2, 0.5)


def lesson(room: Room, *, steps: int = 300, few: int = 300, few_steps: int = 600, judged: int = 10_000) -> Lesson:
    """steps: of every training;  few, few_steps: pictures and steps of those that overfit;  judged: unseen pictures."""
    bench = Bench(room, judged)
    marks = sorted({max(1, steps // 6), max(1, steps // 2), steps})
    yield Title("Lesson 3: optimizers, initial weights, batch norm and dropout")
    yield from paragraphs(
        f"""Backpropagation says which way is down. What is done with it, from where, and with which helps, decides
        whether a deep network learns in a second or never. Here one network with four hidden layers is trained again
        and again for {steps} steps of {room.recipe.batch_size} pictures, always with the same batches, and judged on
        {len(bench.unseen):,} pictures that it has not seen."""
    )
    yield shapes(room.recipe.model(room.data))
    yield from _optimizers(bench, steps, marks)
    yield from _starts(bench, steps)
    yield from _batch_norm(bench, steps)
    yield from _dropout(bench, few, few_steps)
    yield from try_(
        ("numnist explain Adam", "two steps of an optimizer in numbers"),
        ("numnist explain BatchNorm", "and of a layer that normalises"),
        ("numnist train lesson-3 --run runs/adam", "a run that is kept"),
        ("numnist train lesson-3 --optimizer Nesterov --run runs/nesterov", "and one to compare it with"),
        ("numnist show compare runs/adam runs/nesterov", "draws both in one figure"),
    )


def _optimizers(bench: Bench, steps: int, marks: list[int]) -> Lesson:
    """The same start and batches, six ways to go down."""
    yield Heading("Optimizers: what to do with a gradient")
    yield from paragraphs(
        """SGD takes a step against the gradient. Momentum keeps its speed, so that small slopes in one direction add
        up; Nesterov looks ahead by that speed. AdaGrad divides each weight's step by the root of its squared
        gradients so far, RMSProp by their recent mean, and Adam does both, momentum and division."""
    )
    yield Code(quote(SGD.update, "theta -="))
    yield Code(quote(Momentum.update, "v ="))
    yield Code(quote(RMSProp.update, "s ="))
    outcomes = {optimizer: bench.train(bench.layers, optimizer, steps) for optimizer in OPTIMIZERS}
    heads = ("optimizer", "rate", *(f"step {mark}" for mark in marks), "unseen right", "time")
    yield Table(
        heads,
        tuple(
            (type(o).__name__, f"{o.learning_rate:g}", *(f"{out.loss_at(m):.3f}" for m in marks), percent(out.unseen),
             duration(out.seconds))
            for o, out in outcomes.items()
        ),
        heads[1:],
    )  # fmt: skip
    yield from paragraphs(
        f"(Under a step stands the loss, the mean of the {LAST} before. One seed: half a point means little.)"
    )
    yield Measured(
        "optimizers",
        {type(o).__name__: {"learning_rate": o.learning_rate} | out.figures(marks) for o, out in outcomes.items()},
    )


def _starts(bench: Bench, steps: int) -> Lesson:
    """Three sizes of initial weights: what they do to signals, and to training."""
    yield Heading("Initial weights: signals must neither fade nor burst")
    yield from paragraphs(
        f"""A sum of many products grows with their number, so weights must be small, by just the right amount. Below is
        what comes out of each ReLU for 500 pictures before any training: the spread of the numbers, how many are 0, and
        a histogram of the others from 0 to {REACH:g}. With std 0.01 every layer makes the signal smaller, until nothing
        of the picture is left. Glorot's variance 2 / (inputs + outputs) keeps it, but for the half that each ReLU
        takes away; He's variance 2 / inputs makes up for that too."""
    )
    yield Code(quote(HeNormal))
    rows: list[tuple[str, ...]] = []
    figures: dict[str, dict[str, Any]] = {}
    for name, initializer in STARTS.items():
        layers = with_weights(bench.layers, initializer)
        spreads = bench.spreads(layers)
        outcome = bench.train(layers, SGD(0.1), steps)
        for i, (std, zeros, bars) in enumerate(spreads, 1):
            rows.append((name if i == 1 else "", f"{i}", f"{std:.4f}", f"{100 * zeros:.0f}%", bars))
        figures[name] = {
            "std": [std for std, _, _ in spreads], "zeros": [zeros for _, zeros, _ in spreads],
            "loss": outcome.loss_at(steps), "unseen_accuracy": outcome.unseen,
        }  # fmt: skip
    yield Table(("weights", "layer", "std", "zeros", "histogram"), tuple(rows), ("layer", "std", "zeros"))
    yield Lines((f"After {steps} steps of SGD(0.1) from there:",))
    heads = ("weights", "loss", "unseen right")
    yield Table(
        heads, tuple((n, f"{f['loss']:.3f}", percent(f["unseen_accuracy"])) for n, f in figures.items()), heads[1:]
    )
    yield Measured("starts", figures)


def _batch_norm(bench: Bench, steps: int) -> Lesson:
    """The start that does not learn, rescued."""
    yield Heading("Batch norm: the right size, whatever comes")
    yield from paragraphs(
        """Batch norm gives every unit the mean 0 and the variance 1 over the batch, then a scale and a shift that are
        learned. So the size of the weights before it does not matter."""
    )
    yield Code(quote(BatchNorm.forward, "mean = rows", "biased ="))
    yield Code(quote(BatchNorm.forward, "scale =", "y += p.b"))
    rows, figures = [], {}
    for name, initializer in (("std 0.01", Normal(0.01)), ("He", HeNormal())):
        layers = with_weights(bench.layers, initializer)
        for norm in (False, True):
            outcome = bench.train(list(normed(layers)) if norm else layers, SGD(0.1), steps)
            said = "with batch norm" if norm else "without"
            rows.append((name, said, f"{outcome.loss_at(steps):.3f}", percent(outcome.unseen)))
            figures[f"{name}, {said}"] = {"loss": outcome.loss_at(steps), "unseen_accuracy": outcome.unseen}
    yield Table(("weights", "", "loss", "unseen right"), tuple(rows), ("loss", "unseen right"))
    yield Measured("batch_norm", figures)


def _dropout(bench: Bench, few: int, steps: int) -> Lesson:
    """Few pictures, learned by heart, and a layer against it."""
    yield Heading(f"Dropout: {few} pictures are soon known by heart")
    yield from paragraphs(
        f"""Trained for {steps} steps on the first {few} pictures alone, the network reads these without an error and
        others much worse: it overfits. Dropout switches off random units in every step, so that none can rely on
        another to remember a picture; too much of it leaves too few units to learn with."""
    )
    yield Code(quote(Dropout.forward))
    rows, figures = [], {}
    for rate in DROPOUTS:
        layers = list(dropping(bench.layers, rate)) if rate else bench.layers
        outcome = bench.train(layers, Adam(0.001), steps, few)
        rows.append((f"{rate:g}", percent(outcome.trained), percent(outcome.unseen)))
        figures[f"{rate:g}"] = {"trained_accuracy": outcome.trained, "unseen_accuracy": outcome.unseen}
    heads = ("dropout rate", f"right of the {few}", "right of the unseen")
    yield Table(heads, tuple(rows), heads[1:])
    yield Measured("dropout", figures)


def percent(share: float) -> str:
    return f"{100 * share:.2f}%"
