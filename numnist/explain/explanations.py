"""Explanations: everything that is known of one layer, loss, optimizer and more, found by its name."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from numnist.explain import further
from numnist.explain.checks import ROUNDING, Check, layer_checks, loss_checks
from numnist.explain.document import Heading, Part, Table
from numnist.explain.examples.layer_example import LayerExample, by_hand, run_layer
from numnist.explain.examples.layers import LAYER_EXAMPLES, activation_example
from numnist.explain.examples.losses import LABELS, LOGITS, LOSS_EXAMPLES
from numnist.explain.examples.optimizers import GRADIENTS, OPTIMIZER_EXAMPLES, library_step, two_steps
from numnist.explain.examples.windows import ABOUT
from numnist.explain.explanation import Explanation
from numnist.explain.further import AUGMENTATIONS, OPERATIONS
from numnist.explain.source import Quote, file_of, quote
from numnist.naive import NAIVE, NAIVE_OPTIMIZERS, naive_loss, step
from numnist.naive.activations import Activation
from numnist.nn import LAYERS
from numnist.nn.activations import Activation as ActivationLayer
from numnist.nn.base import Layer
from numnist.nn.initializers import INITIALIZERS
from numnist.nn.losses import LOSSES, Loss
from numnist.optim.optimizers import OPTIMIZERS, Momentum, Optimizer
from numnist.optim.schedules import SCHEDULES
from numnist.support.errors import UsageError
from numnist.support.serialisation import suggest

KINDS: dict[str, Mapping[str, Any]] = {
    "layer": LAYERS, "loss": LOSSES, "optimizer": OPTIMIZERS, "initializer": INITIALIZERS, "schedule": SCHEDULES,
    "augmentation": AUGMENTATIONS, "operation": OPERATIONS,
}  # fmt: skip

# bases whose docstrings add nothing to those of their classes
GENERAL = (Layer, ActivationLayer, Loss, Optimizer, Momentum, object)


def explanation_of(name: str) -> Explanation:
    """The explanation of anything in KINDS.  Case, hyphens and underscores in the name do not matter.

    Raises UsageError for an unknown name.
    """
    known = {_plain(key): key for table in KINDS.values() for key in table}
    if _plain(name) not in known:
        near = suggest(name, list(known.values()))
        raise UsageError(f"there is no explanation of {name!r}{near}; `numnist explain` lists all.")
    key = known[_plain(name)]
    return EXPLAIN[next(kind for kind, table in KINDS.items() if key in table)](key)


def summaries() -> list[tuple[str, str, str]]:
    """(kind, name, formula or first sentence) of everything that can be explained."""
    return [
        (kind, name, _in_a_line(ABOUT.get(name) or inspect.getdoc(thing) or ""))
        for kind, table in KINDS.items()
        for name, thing in table.items()
    ]


def index_page() -> Iterator[Part]:
    """The summaries as a page."""
    for kind in KINDS:
        yield Heading(f"{kind.capitalize()}{'es' if kind.endswith('s') else 's'}")
        yield Table(("name", "what it does"), [row[1:] for row in summaries() if row[0] == kind], ())


def layer_example(name: str) -> LayerExample:
    """A layer's example; those of activations are made from their table."""
    twin = NAIVE[name]
    if isinstance(twin, Activation):
        return activation_example(LAYERS[name](), twin)
    return LAYER_EXAMPLES[name]


def _layer(name: str) -> Explanation:
    example = layer_example(name)
    run, kind = run_layer(example.layer, example.x, example.dy, example.p), type(example.layer)
    sources = [("Forward", quote(kind.forward)), ("Backward", quote(kind.backward))]
    plan, count, gradients = run.plan, run.x.shape[-1], dict(run.results)
    y = gradients.pop("y")
    samples = f"{count} sample{'' if count == 1 else 's'}"
    return Explanation(
        name, "layer", _doc(kind), example.gradient, example.paper, (*sources, *_helpers(kind, example)),
        repr(example.layer), f"{plan.in_shape} -> {plan.out_shape}, {plan.size} parameters, {samples} (the last axis)",
        example.note,
        {"forward": {"x": run.x} | run.p | {"y": y}, "backward, from a made-up dy": {"dy": run.dy} | gradients},
        by_hand(example.words(run), run.naive), layer_checks(run),
    )  # fmt: skip


def _helpers(kind: type[Layer], example: LayerExample) -> Iterator[tuple[str, Quote]]:
    """Functions that do the work: those of the layer's module that forward calls, and those that the example names."""
    module = vars(sys.modules[kind.__module__])
    called = [module[name] for name in inspect.unwrap(kind.forward).__code__.co_names if name in module]
    own: list[Any] = [thing for thing in called if inspect.isfunction(thing) and thing.__module__ == kind.__module__]
    for helper in [*own, *example.helpers]:
        yield f"With the help of {helper.__name__}", quote(helper)


def _loss(name: str) -> Explanation:
    example, loss = LOSS_EXAMPLES[name], LOSSES[name]()
    results, naive = (
        {"loss": np.array([value]), "dlogits": dlogits}
        for value, dlogits in (loss(LOGITS, LABELS), naive_loss(loss, LOGITS, LABELS))
    )
    return Explanation(
        name, "loss", _doc(type(loss)), example.gradient, example.paper, (("Source", quote(type(loss).__call__)),),
        f"{name}()(logits, labels)", "(3 classes, 2 samples) -> one number", example.note,
        {"given": {"logits": LOGITS, "labels": LABELS}, "result": results},
        by_hand(example.words(), naive), loss_checks(loss, LOGITS, LABELS, results, naive),
    )  # fmt: skip


def _optimizer(name: str) -> Explanation:
    example = OPTIMIZER_EXAMPLES[name]
    optimizer = example.optimizer
    before, *after = two_steps(optimizer, step)
    arrays = {"at first": before}
    arrays |= {f"step {t}": {"g": g} | now for t, (g, now) in enumerate(zip(GRADIENTS, after), 1)}
    sources = [("One number after the other", quote(NAIVE_OPTIMIZERS[name]))]
    sources += [("With weight decay", quote(step))] if optimizer.weight_decay else []
    sources += [("The whole vector at once, as training runs it", quote(type(optimizer).update))]
    off, file = np.abs(two_steps(optimizer, library_step)[-1]["θ"] - after[-1]["θ"]).max(), file_of(type(optimizer))
    return Explanation(
        name, "optimizer", _doc(type(optimizer)), (), example.paper, tuple(sources), repr(optimizer),
        "three weights, two steps with made-up gradients", "θ and the slots are those of the formula.", arrays,
        by_hand([("θ", (0,), example.first_step_in_numbers())], after[0]),
        (Check(f"{file}, the same two steps: largest difference of θ", float(off), ROUNDING),),
    )  # fmt: skip


EXPLAIN: dict[str, Callable[[str], Explanation]] = {
    "layer": _layer, "loss": _loss, "optimizer": _optimizer, "initializer": further.initializer,
    "schedule": further.schedule, "augmentation": further.augment, "operation": further.operation,
}  # fmt: skip


def _doc(thing: type[Any]) -> str:
    """Its own docstring, then those of its bases that say more, as a pooling's does."""
    bases = [base for base in thing.__mro__[1:] if base not in GENERAL]
    return "\n\n".join(inspect.cleandoc(cls.__doc__ or "") for cls in (thing, *bases))


def _in_a_line(doc: str) -> str:
    """The first line that has a formula, else the first, without the shapes that follow."""
    lines = [line.strip() for line in doc.split("\n") if line.strip()]
    line = next((line for line in lines if " = " in line or "←" in line), lines[0])
    return line.partition("   ")[0].rstrip(".,;: ")


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
