"""Explanations of a prediction: each layer's output and gradient, how one number is computed, a counterfactual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numnist.explain.units import UnitGradient, explain_unit
from numnist.explain.units.blocks import block_names, block_words
from numnist.explain.units.unit import Index
from numnist.explain.words import Words, worded
from numnist.interpret.attribution import Counterfactual, counterfactual
from numnist.interpret.blocks import blocks
from numnist.interpret.trace import trace, trace_backward
from numnist.model.model import Model
from numnist.nn import LAYERS
from numnist.nn.base import Array, Layer
from numnist.serve.http.arrays import packed
from numnist.serve.http.errors import ApiError
from numnist.serve.inference.drawing import PreparedDrawing
from numnist.serve.inference.softmax import quoted, softmax_stage

FRAMES = 12  # pictures on the way to a counterfactual that are sent at most


def inside(drawing: PreparedDrawing) -> dict[str, Any]:
    """Each layer's output; with a label also the gradient of that label's loss there."""
    model, batch, label = drawing.entry.model, drawing.batch, drawing.label
    loss = slopes = None
    if label is None:
        traced = trace(model, batch)
        layers = [_layer(step.place, step.layer, step.output[0], None) for step in traced]
        logits = traced[-1].output[0]
    else:
        back = trace_backward(model, batch, [label], drawing.entry.loss)
        layers = [_layer(step.place, step.layer, step.y[..., 0], step.dy[..., 0]) for step in back.layers]
        logits, loss, slopes = back.logits[:, 0], back.loss, back.layers[-1].dy[:, 0]
    return {
        "model": drawing.entry.id,
        **predicted(drawing, logits),
        "backward": None if label is None else model.classes[label],
        "loss": loss,
        "input": packed(model.normalization.apply(batch, model.dtype)[..., 0]),
        "blocks": _blocks(model),
        "layers": layers,
        "softmax": softmax_stage(drawing.entry, logits, slopes, label),
    }


def predicted(drawing: PreparedDrawing, logits: Array) -> dict[str, Any]:
    """The digit, its label and its probability by these logits (classes,); None if nothing is drawn."""
    if drawing.ink.blank:
        return {"digit": None, "label": None, "probability": None}
    probs = drawing.entry.model.probabilities(logits)
    best = int(np.argmax(probs))
    return {"digit": drawing.place, "label": drawing.entry.model.classes[best], "probability": float(probs[best])}


def _blocks(model: Model) -> list[dict[str, Any]]:
    """The layers in few parts, each with a name and a sentence; shown: the layer whose output stands for it."""
    found = blocks(model.plan)
    return [
        {
            **worded(name=name, sentence=block_words(found, k)),
            "places": list(block.places),
            "shown": block.places[block.shown],
        }
        for k, (name, block) in enumerate(zip(block_names(found), found))
    ]


def _layer(place: str, layer: Layer, output: Array, gradient: Array | None) -> dict[str, Any]:
    return {
        "place": place,
        "title": repr(layer),
        "kind": type(layer).__name__,
        "shape": list(output.shape),
        "output": packed(output),
        "gradient": _packed_or_none(gradient),
    }


def unit(drawing: PreparedDrawing, place: str, index: Index) -> dict[str, Any]:
    """How one number is computed; with a label also its gradient.

    Always runs forward and backward, so that there is one way to the numbers.
    """
    model, label = drawing.entry.model, drawing.label
    back = trace_backward(model, drawing.batch, [label or 0], drawing.entry.loss)
    found = explain_unit(back, place, index)
    layer = next(passed.layer for passed in back.layers if passed.place == place)
    last = place == back.layers[-1].place
    return predicted(drawing, back.logits[:, 0]) | {
        "place": place,
        "index": list(found.index),
        **worded(title=_title(layer, found.index, model.classes if last else ()), sentence=found.said),
        "formula": found.formula,
        "with_numbers": found.with_numbers,
        "value": found.value,
        "weights": _packed_or_none(found.weights),
        "inputs": _packed_or_none(found.inputs),
        "bias": found.bias,
        "numbers": found.numbers,
        "source": _source(layer),
        "gradient": None if label is None else _gradient(found.gradient, model.classes[label]),
    }


def _gradient(gradient: UnitGradient, label: str) -> dict[str, Any]:
    value = gradient.value
    effect = (
        Words(
            "unit.effect",
            "If this number were a little larger, the loss for “{label}” would change by {value} times that.",
        )
        if value
        else Words("unit.no_effect", "If this number were a little larger, the loss for “{label}” would stay as it is.")
    )
    more = [gradient.said] if isinstance(gradient.said, Words) else gradient.said
    return {
        "value": value,
        **worded(sentence=[effect.put(label=label, value=value), *more]),
        "formula": gradient.formula,
        "with_numbers": gradient.with_numbers,
        "weights": _packed_or_none(gradient.weights),
        "numbers": gradient.numbers,
    }


def _title(layer: Layer, index: Index, classes: Sequence[str]) -> Words:
    """classes: of a layer whose units are the classes' scores, else none"""
    kind, unit = type(layer).__name__, index[0]
    if len(index) > 1:
        place = dict(zip(("map", "row", "column"), index))
        return Words("unit.title.map", "{layer}: map {map}, row {row}, column {column}", layer=kind, **place)
    if classes:
        score = Words("unit.title.score", "{layer}: unit {unit}, the score of “{label}”", label=classes[unit])
        return score.put(layer=kind, unit=unit)
    return Words("unit.title", "{layer}: unit {unit}", layer=kind, unit=unit)


def _source(layer: Layer) -> dict[str, Any] | None:
    """The lines of forward and backward; None for a layer that is not numnist's."""
    if LAYERS.get(type(layer).__name__) is not type(layer):
        return None
    return {"forward": quoted(type(layer).forward), "backward": quoted(type(layer).backward)}


def _packed_or_none(array: Array | None) -> dict[str, Any] | None:
    return None if array is None else packed(array)


def change(drawing: PreparedDrawing) -> dict[str, Any]:
    """The drawing changed as little as possible until it is classified as the label.  Raises ApiError without one."""
    model, label = drawing.entry.model, drawing.label
    if label is None:
        message = "say towards which class to change the drawing: label= one of the model's classes."
        raise ApiError(400, "no_label", message)
    found = counterfactual(model, drawing.batch[0], label)
    chosen = np.unique(np.linspace(0, found.steps, FRAMES).round().astype(int))
    return {
        "model": drawing.entry.id,
        "reached": found.reached,
        "steps": found.steps,
        **worded(sentence=_sentence(found, model.classes[label])),
        "frames": [
            {
                "picture": packed(frame.picture[0] if len(frame.picture) == 1 else frame.picture),
                "label": model.classes[frame.predicted],
                "probability": frame.probability,
            }
            for frame in (found.frames[k] for k in chosen)
        ],
        "change": packed(found.change.mean(axis=0)),
    }


def _sentence(found: Counterfactual, label: str) -> Words:
    last = found.frames[-1].probability
    if found.reached and not found.steps:
        return Words("change.already", "It is classified as “{label}” already ({share:.0%}).", label=label, share=last)
    steps = (
        Words("change.step", "1 small step")
        if found.steps == 1
        else Words("change.steps", "{count} small steps", count=found.steps)
    )
    if not found.reached:
        far = Words("change.far", "After {steps} “{label}” is at {share:.0%} only: this drawing is too far from it.")
        return far.put(steps=steps, label=label, share=last)
    grown, gone = (float(np.maximum(sign * found.change, 0).sum()) for sign in (1, -1))
    return Words(
        "change.reached",
        "After {steps} against the gradient it is classified as “{label}” ({share:.0%}): ink of {grown:.1f} full "
        "pixels added, {gone:.1f} taken away.",
    ).put(steps=steps, label=label, share=last, grown=grown, gone=gone)
