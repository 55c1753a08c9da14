"""An .onnx file as a model: layers from its graph, the input's scaling, and what its metadata says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from numnist.importing.imported import Imported, Wanted
from numnist.importing.onnx.arithmetic import Scaled, settled
from numnist.importing.onnx.call import Call
from numnist.importing.onnx.ends import single_probability
from numnist.importing.onnx.file import check, opset_of, parsed
from numnist.importing.onnx.interpret import constants_of, interpret
from numnist.importing.onnx.metadata import Told, told_by
from numnist.importing.onnx.node import Notes
from numnist.importing.onnx.start import Input, input_of, starts
from numnist.importing.onnx.table import OPERATORS
from numnist.importing.onnx.values import Answer, Chain, Flowing, Formula, Scores, Value
from numnist.importing.parts import assembled
from numnist.ink.normalize import Normalization, is_features
from numnist.nn import Softmax
from numnist.support.errors import ModelFileError

DROPPED = "the file ends in {}, numnist's models in logits: the model computes the probabilities itself"


def read_onnx(path: Path, wanted: Wanted) -> Imported:
    """The model in an .onnx file.

    Raises ModelFileError for what is no such file and for what numnist's layers cannot compute; UsageError for options
    that do not fit it.
    """
    proto = parsed(path)
    opset = opset_of(proto, path)
    check(proto, OPERATORS, path)
    told = told_by(proto, path)
    constants = constants_of(proto.graph, path)
    given = input_of(proto.graph, constants, path)
    first: ModelFileError | None = None
    outputs = [each.name for each in proto.graph.output if each.name == "logits" or not told.ours]
    for start in starts(given, proto.graph, constants, wanted):
        notes = Notes()
        try:
            with np.errstate(all="ignore"):  # what is not finite in the end is refused
                known = interpret(proto.graph, outputs, start, constants, opset, given.batch, path, notes)
                logits = _logits(outputs, known, told, path, notes)
        except ModelFileError as error:
            first = first or error
            continue
        return _imported(proto, path, wanted, told, given, start.chain, logits, notes)
    assert first is not None
    raise first


def _logits(outputs: Sequence[str], known: dict[str, Flowing], told: Told, path: Path, notes: Notes) -> Value:
    """What the network's outputs are before the softmax."""
    found: dict[str, Value] = {}
    for name in outputs:
        if name not in known:
            raise ModelFileError(f"{path}: its output {name!r} is computed by no node.")
        value, call = known[name], _end(path, name, notes)
        if isinstance(value, Formula):
            value = settled(value, call)
        if isinstance(value, Scores):
            notes.add(DROPPED.format(value.what))
            found[name] = value.logits
        elif isinstance(value, Value):
            found[name] = value if told.ours else _without_softmax(value, call)
        elif not isinstance(value, Answer):
            call.refuse("it is neither logits nor probabilities, as a classifier's output is.")
    different = {id(value.chain): name for name, value in found.items()}
    if len(different) != 1:
        names = ", ".join(map(repr, different.values())) or "none"
        raise ModelFileError(
            f"{path}: it has {len(different)} outputs that a classifier may mean ({names}): export it with one."
        )
    name, value = next(iter(found.items()))
    if len(value.shape) != 1 or not value.straight:
        raise ModelFileError(f"{path}: its output {name!r} is {('N', *value.shape)}, but must be a row of classes.")
    if value.shape == (1,) and not told.ours:
        raise ModelFileError(
            f"{path}: its output {name!r} is one number, as of a regression; numnist's models tell classes apart."
        )
    return value.flat()


def _without_softmax(x: Value, call: Call) -> Value:
    single = single_probability(x, call)
    if single is not None:
        call.notes.add(DROPPED.format("a sigmoid"))
        return single
    if isinstance(x.chain.last, Softmax) and x.chain.before is not None and len(x.shape) == 1:
        call.notes.add(DROPPED.format("a softmax"))
        return Value(x.chain.before, x.places)
    if type(x.chain.last).__name__ == "Sigmoid":
        call.refuse("it is a sigmoid of each class, whose probabilities are not a softmax, as numnist's models give.")
    return x


def _end(path: Path, name: str, notes: Notes) -> Call:
    """An output as a node, for its refusals."""
    return Call(path, repr(name), "output", [], {}, 1, 0, None, notes)


def _imported(
    proto: Any, path: Path, wanted: Wanted, told: Told, given: Input, start: Chain, logits: Value, notes: Notes
) -> Imported:
    """The model, and what was assumed."""
    C, H, W = start.shape
    in_shape = (C, H, W)
    features = is_features(in_shape)
    parts = logits.chain.since(start)
    scaled = parts[0] if parts and isinstance(parts[0], Scaled) else None
    unit = _unit(wanted, told, given, features, scaled, notes)
    normalization = _normalization(scaled, in_shape, unit, path)
    if scaled is not None and (scaled.scale > 0).all():
        parts = parts[1:]
    elif scaled is not None and scaled.by_pixel:
        raise ModelFileError(f"{path}: it scales each pixel by a number of its own, some below 0, which no layer does.")
    texts = [*notes.texts]
    if told.classes is None and notes.labels is None and wanted.classes is None:
        texts.append(f"the file names no classes: they are 0 to {logits.shape[0] - 1}, in the order of its outputs")
    if told.preparation is None and wanted.preparation is None and not features:
        texts.append(
            "the file does not say how pictures are prepared: they are resized to the network's input and no more "
            "(preparation plain)"
        )
    if not told.ours and not any("probabilities itself" in text for text in texts):
        texts.append("the file's outputs are taken to be logits: probabilities are their softmax")
    if len(given.shape) == 3 and given.shape != in_shape:
        texts.append("the file has the channels as the last axis of its pictures; numnist's are (N, C, H, W)")
    if given.batch is not None:
        texts.append(f"the file takes batches of {given.batch}; the model takes any number")
    if any(array.dtype == np.float64 or array.dtype == np.float16 for part in parts for _, array in part.walk()):
        texts += _precision(proto)
    producer = f"{proto.producer_name} {proto.producer_version}".strip()
    about = told.about or {"imported": {"file": path.name, "producer": producer or "unknown"}}
    model = assembled(
        parts, in_shape, wanted, path, normalization=normalization, about=about, background=told.background,
        classes=told.classes or notes.labels, preparation=told.preparation,
    )  # fmt: skip
    return Imported(model, tuple(texts))


def _precision(proto: Any) -> list[str]:
    kinds = {10: "float16", 11: "float64"}
    return [
        f"the file's numbers are {name}, the model's float32: its outputs differ in the last digits"
        for kind, name in kinds.items()
        if any(tensor.data_type == kind for tensor in proto.graph.initializer)
    ]


def _unit(wanted: Wanted, told: Told, given: Input, features: bool, scaled: Scaled | None, notes: Notes) -> int:
    """What a white pixel is in the file: 255, or 1; features are as they are."""
    if features:
        return 1
    if given.whole or told.ours:
        return 255 if given.whole else 1
    if wanted.pixels is not None:
        return 255 if wanted.pixels == "uint8" else 1
    # Numbers in 0..1 have a standard deviation of at most 0.5, so that normalising them multiplies them
    if scaled is not None and np.abs(scaled.scale).max() < 1:
        notes.add("the file scales its input down, so its pixels are taken to be 0 to 255 (pixels uint8)")
        return 255
    notes.add("its pixels are taken to be 0 to 1 (pixels float), as the file does not scale them down")
    return 1


def _normalization(scaled: Scaled | None, in_shape: Any, unit: int, path: Path) -> Normalization | None:
    """(pixel - mean) / std of pixels 0..1 for the scaling of the file's."""
    channels = (in_shape[0], 1, 1)
    if scaled is None or not (scaled.scale > 0).all():
        return None if unit == 1 else Normalization("global", np.zeros(channels), np.full(channels, 1 / 255))
    scale, offset = (part.reshape(in_shape) for part in (scaled.scale, scaled.offset))
    if not scaled.by_pixel:
        scale, offset = scale[:, :1, :1], offset[:, :1, :1]
    with np.errstate(all="ignore"):
        std = 1 / (unit * scale)
        mean = -offset * std
    if not (np.isfinite(std).all() and np.isfinite(mean).all() and (std > 0).all()):
        raise ModelFileError(f"{path}: it scales its input by numbers that are too small or too large.")
    if np.allclose(std, 1, rtol=1e-7, atol=0) and not mean.any():  # float32 rounds 1/255
        return None
    return Normalization("pixel" if scaled.by_pixel else "global", mean, std)
