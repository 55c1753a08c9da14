"""Lesson 3: one network, trained by six optimizers, from three initial weights, with batch norm and with dropout."""

from __future__ import annotations

from typing import Any

from numnist.explain.document import Code, Heading, Lines, Paragraph, Table, Title
from numnist.explain.source import quote
from numnist.lessons.shared import Curves, Lesson, LessonContext, Measurement, layer_table, try_next
from numnist.lessons.short_trainings import LAST, REACH, ShortTrainings, with_batch_norm, with_dropout, with_initializer
from numnist.naive import NAIVE_OPTIMIZERS
from numnist.nn import BatchNorm, Dropout, GlorotNormal, HeNormal, Normal
from numnist.nn.initializers import Initializer
from numnist.optim.optimizers import SGD, AdaGrad, Adam, Momentum, Nesterov, RMSProp
from numnist.support.format import measured_time, percent

# each with a learning rate that suits it: one rate for all would favour some
OPTIMIZERS = (SGD(0.1), Momentum(0.01), Nesterov(0.01), AdaGrad(0.01), RMSProp(0.001), Adam(0.001))
STARTS: dict[str, Initializer] = {"std 0.01": Normal(0.01), "Glorot": GlorotNormal(), "He": HeNormal()}
DROPOUTS = (0.0, 0.2, 0.5)


def lesson(
    context: LessonContext, *, steps: int = 300, few: int = 300, few_steps: int = 600, held_out: int = 10_000
) -> Lesson:
    """steps: of every training;  few, few_steps: pictures and steps of those that overfit;
    held_out: how many unseen pictures to evaluate on.
    """
    trainings = ShortTrainings(context, held_out)
    marks = sorted({max(1, steps // 6), max(1, steps // 2), steps})
    yield Title("Lesson 3: optimizers, initial weights, batch norm and dropout")
    yield Paragraph(
        f"""Backpropagation says which way is down. The optimizer, the initial weights and layers such as batch norm
        decide whether a deep network then learns in a second or never. Here one network with four hidden layers is
        trained again and again for {steps} steps of {context.recipe.batch_size} pictures, always with the same batches,
        and evaluated on {len(trainings.held_out):,} pictures that it has not seen."""
    )
    yield layer_table(context.recipe.model(context.data))
    yield from _optimizers(trainings, steps, marks)
    yield from _starts(trainings, steps)
    yield from _batch_norm(trainings, steps)
    yield from _dropout(trainings, few, few_steps)
    yield from try_next(
        ("numnist explain Adam", "two steps of an optimizer in numbers"),
        ("numnist explain BatchNorm", "batch norm in numbers"),
        ("numnist train lesson-3 --run runs/adam", "a training that is kept as a run"),
        ("numnist train lesson-3 --optimizer Nesterov --run runs/nesterov", "another one to compare it with"),
        ("numnist show compare runs/adam runs/nesterov", "both in one figure"),
    )


def _optimizers(trainings: ShortTrainings, steps: int, marks: list[int]) -> Lesson:
    """The same initial weights and batches, six optimizers."""
    yield Heading("Optimizers: what to do with a gradient")
    yield Paragraph(
        """SGD takes a step against the gradient. Momentum keeps a velocity, so that small gradients in one direction
        add up; Nesterov looks ahead along it. AdaGrad divides each weight's step by the root of the sum of its squared
        gradients, RMSProp by the root of their running mean, and Adam combines momentum with that division. Here they
        are, one number after the other, in the letters of their papers:"""
    )
    for optimizer in OPTIMIZERS:
        yield Code(quote(NAIVE_OPTIMIZERS[type(optimizer).__name__]))
    outcomes = {optimizer: trainings.train(trainings.layers, optimizer, steps) for optimizer in OPTIMIZERS}
    rows = [
        (type(o).__name__, f"{o.learning_rate:g}", *(f"{out.loss_at(m):.3f}" for m in marks), percent(out.held_out),
         measured_time(out.seconds))
        for o, out in outcomes.items()
    ]  # fmt: skip
    yield Table(("optimizer", "rate", *(f"step {mark}" for mark in marks), "held-out accuracy", "time"), rows)
    yield Paragraph(
        f"(Under each step stands the mean loss of the {LAST} steps before it. One seed: half a point means little.)"
    )
    yield Curves("Optimizers", {type(o).__name__: out.curve for o, out in outcomes.items()}, "step")
    yield Measurement(
        "optimizers",
        {
            type(o).__name__: {
                "learning_rate": o.learning_rate, "losses": {str(m): out.loss_at(m) for m in marks},
                "unseen_accuracy": out.held_out, "seconds": out.seconds,
            }
            for o, out in outcomes.items()
        },
    )  # fmt: skip


def _starts(trainings: ShortTrainings, steps: int) -> Lesson:
    """Three scales of initial weights: what they do to signals, and to training."""
    yield Heading("Initial weights: signals must neither vanish nor explode")
    yield Paragraph(
        f"""A sum of many products grows with their number, so initial weights must be small, by just the right amount.
        Below are the outputs of each ReLU for 500 pictures before any training: their standard deviation, how many are
        0, and a histogram of the others from 0 to {REACH:g}. With std 0.01 every layer shrinks the signal, until
        nothing of the picture is left. Glorot's variance 2 / (inputs + outputs) keeps it, except for the half that each
        ReLU removes; He's variance 2 / inputs makes up for that too."""
    )
    yield Code(quote(HeNormal))
    rows: list[tuple[str, ...]] = []
    figures: dict[str, dict[str, Any]] = {}
    curves = {}
    for name, initializer in STARTS.items():
        layers = with_initializer(trainings.layers, initializer)
        spreads = trainings.spreads(layers)
        outcome = trainings.train(layers, SGD(0.1), steps)
        curves[name] = outcome.curve
        for i, (std, zeros, bars) in enumerate(spreads, 1):
            rows.append((name if i == 1 else "", f"{i}", f"{std:.4f}", f"{100 * zeros:.0f}%", bars))
        figures[name] = {
            "std": [std for std, _, _ in spreads], "zeros": [zeros for _, zeros, _ in spreads],
            "loss": outcome.loss_at(steps), "unseen_accuracy": outcome.held_out,
        }  # fmt: skip
    yield Table(("weights", "layer", "std", "zeros", "histogram"), rows, ("layer", "std", "zeros"))
    yield Lines((f"After {steps} steps of SGD(0.1) from these weights:",))
    after = [(name, f"{each['loss']:.3f}", percent(each["unseen_accuracy"])) for name, each in figures.items()]
    yield Table(("weights", "loss", "held-out accuracy"), after)
    yield Curves("Initial weights", curves, "step")
    yield Measurement("starts", figures)


def _batch_norm(trainings: ShortTrainings, steps: int) -> Lesson:
    """Batch norm makes even the smallest initial weights learn."""
    yield Heading("Batch norm: zero mean and unit variance, whatever comes in")
    yield Paragraph(
        """Batch norm gives every unit zero mean and unit variance over the batch, then a learned scale and shift. So
        the scale of the weights before it does not matter."""
    )
    yield Code(quote(BatchNorm.forward))
    rows, figures, curves = [], {}, {}
    for name, initializer in (("std 0.01", Normal(0.01)), ("He", HeNormal())):
        layers = with_initializer(trainings.layers, initializer)
        for norm in (False, True):
            outcome = trainings.train(with_batch_norm(layers) if norm else layers, SGD(0.1), steps)
            which = "with batch norm" if norm else "without"
            rows.append((name, which, f"{outcome.loss_at(steps):.3f}", percent(outcome.held_out)))
            curves[f"{name}, {which}"] = outcome.curve
            figures[f"{name}, {which}"] = {"loss": outcome.loss_at(steps), "unseen_accuracy": outcome.held_out}
    yield Table(("weights", "", "loss", "held-out accuracy"), rows, ("loss", "held-out accuracy"))
    yield Curves("Batch norm", curves, "step")
    yield Measurement("batch_norm", figures)


def _dropout(trainings: ShortTrainings, few: int, steps: int) -> Lesson:
    """Overfitting on few pictures, and a layer against it."""
    yield Heading(f"Dropout: {few} pictures are soon memorised")
    yield Paragraph(
        f"""Trained for {steps} steps on only the first {few} pictures, the network classifies these without an error
        and others much worse: it overfits. Dropout switches off random units in every step, so that none can rely on
        others to memorise a picture; too much of it leaves too few units to learn with."""
    )
    yield Code(quote(Dropout.forward))
    rows, figures, curves = [], {}, {}
    for rate in DROPOUTS:
        layers = with_dropout(trainings.layers, rate) if rate else trainings.layers
        outcome = trainings.train(layers, Adam(0.001), steps, few)
        rows.append((f"{rate:g}", percent(outcome.trained), percent(outcome.held_out)))
        curves[f"dropout {rate:g}"] = outcome.curve
        figures[f"{rate:g}"] = {"trained_accuracy": outcome.trained, "unseen_accuracy": outcome.held_out}
    yield Table(("dropout rate", f"accuracy on the {few}", "held-out accuracy"), rows)
    yield Curves(f"Dropout, {few} pictures", curves, "step")
    yield Measurement("dropout", figures)
