"""A state_dict as a model: of a network that the file names, if numnist has exported it, or that is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from numnist.export.torch.write import FORMAT, METADATA, OFFSET, SCALE, line
from numnist.importing.imported import Imported, Wanted
from numnist.importing.torch.match import fits, is_counter, matched
from numnist.ink.normalize import KINDS, Normalization, is_features
from numnist.model.file import check_header
from numnist.model.limits import check_description, check_in_shape, check_plan, sides
from numnist.model.model import Model
from numnist.model.network_record import network_from_dict
from numnist.nn.base import Array, Layer, Shape
from numnist.support.errors import ModelFileError, NumnistError, ShapeError, UsageError

TYPES = {"F16": np.float32, "F32": np.float32, "F64": np.float64}  # in the file -> once they are read


def read_torch(path: Path, wanted: Wanted) -> Imported:
    """The model of a .safetensors file with the tensors of a state_dict.

    What `save` of an exported model.py has written says what it is; for others `wanted.network` does.  Raises
    ModelFileError for a broken file, and for tensors that are missing, superfluous or ambiguous, by their names;
    UsageError where the network or the size of its input is not given.
    """
    from safetensors import SafetensorError, safe_open

    try:
        check_header(path)
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
            types = {name: each.get_dtype() for name, each in slices.items() if not is_counter(name)}
            shapes = {name: tuple(slices[name].get_shape()) for name in types}
            if "numnist" in header:
                raise UsageError(f"{path} is a model of numnist's already: use it as it is.")
            wrong = [name for name, kind in types.items() if kind not in TYPES]
            if wrong:
                raise ModelFileError(
                    f"{path}: the tensor {wrong[0]!r} is {types[wrong[0]]}, but must be float32, float16 or float64: "
                    "call .float() before it is saved."
                )
            known = _known(header, path)
            own = {name: shapes.pop(name) for name in (SCALE, OFFSET) if known and name in shapes}
            model = _empty(known, shapes, wanted, path, TYPES[max(types.values(), default="F32", key=_width)])
            names = matched(model.plan, shapes, path)
            for name, array in model.parameters.arrays().items():
                array[...] = _finite(file.get_tensor(names[name]), names[name], path).reshape(array.shape)
            notes = _normalized(model, {name: file.get_tensor(name) for name in own}, known, wanted, path)
    except (SafetensorError, OSError, MemoryError) as error:
        raise ModelFileError(f"{path}: this is not a whole .safetensors file ({error}): save it again.") from error
    return Imported(model, tuple(notes))


def _known(header: Mapping[str, str], path: Path) -> dict[str, Any]:
    """What numnist's export has written about the model; {} in a file of others."""
    if METADATA not in header:
        return {}
    try:
        known = json.loads(header[METADATA])
    except (ValueError, RecursionError):
        known = None
    types = {"network": dict, "in_shape": list, "classes": list, "preparation": str, "background": bool,
             "normalization": str, "mean": list, "std": list, "about": dict, "weights_sha256": str}  # fmt: skip
    if not isinstance(known, dict) or known.get("format") != FORMAT:
        raise ModelFileError(
            f"{path}: what it says about the model is of a format that is unknown here: upgrade numnist."
        )
    sound = all(isinstance(known.get(name), kind) for name, kind in types.items())
    if not sound or not all(isinstance(name, str) for name in known["classes"]):
        raise ModelFileError(f"{path}: what it says about the model is damaged: export it again.")
    return known


def _empty(known: Mapping[str, Any], shapes: Mapping[str, Shape], wanted: Wanted, path: Path, dtype: Any) -> Model:
    """The model without its weights."""
    if wanted.network is not None:
        network, in_shape = wanted.network, _in_shape(wanted.network, shapes, wanted, path)
        known = {}
    elif known:
        try:
            check_description(known["network"])
            network = network_from_dict(known["network"])
            check_in_shape(known["in_shape"])
        except (NumnistError, RecursionError) as error:
            raise ModelFileError(f"{path}: its network cannot be built: {error}") from error
        in_shape = tuple(known["in_shape"])
    else:
        raise UsageError(
            f"{path} has weights, but does not say of which network: give it as --recipe, a recipe's name or a "
            "config.toml with the same layers."
        )
    try:
        plan = network.build(in_shape)
        check_plan(plan)
        if not fits(plan, shapes):  # before any memory is taken for the weights
            matched(plan, shapes, path)
        return Model(
            network, in_shape, seed=None, dtype=dtype, classes=wanted.classes or known.get("classes"),
            preparation=wanted.preparation or known.get("preparation"), background=known.get("background", False),
        )  # fmt: skip
    except UsageError as error:
        kind = UsageError if wanted.classes or wanted.network else ModelFileError
        raise kind(f"{path}: {error}") from None


def _in_shape(network: Layer, shapes: Mapping[str, Shape], wanted: Wanted, path: Path) -> tuple[int, int, int]:
    """(C, H, W) of the input: the size that is given, and as many channels as the weights are for."""
    H, W = wanted.size or (1, 1)
    second = {shape[1] for shape in shapes.values() if len(shape) > 1}
    possible = sorted(second | {n // (H * W) for n in second} | {1})
    fitting = []
    for C in possible:
        try:
            if sides((C, H, W)) and fits(network.build((C, H, W)), shapes):
                fitting.append((C, H, W))
        except ShapeError:
            continue
    if len(fitting) == 1:
        return fitting[0]
    if not wanted.size:
        raise UsageError(f"{path} does not say how large pictures are: give it, as in --size 28.")
    if fitting:
        raise UsageError(f"{path}: its weights fit {' and '.join(map(str, fitting))} alike, so the input is not known.")
    for C in possible:  # which is sure to raise an error that says what does not fit
        try:
            matched(network.build((C, H, W)), shapes, path)
        except ShapeError:
            continue
    raise UsageError(f"{path}: the network takes no pictures of {H}×{W}.")


def _normalized(
    model: Model, own: Mapping[str, Array], known: Mapping[str, Any], wanted: Wanted, path: Path
) -> list[str]:
    """Give the model its normalisation, and what else the file says; return the notes."""
    notes = []
    if known and wanted.network is None:
        model.normalization = _recorded(known, model, path)
        if any(n not in own or not np.array_equal(own[n], each) for n, each in zip((SCALE, OFFSET), line(model))):
            raise ModelFileError(f"{path}: its tensors {SCALE!r} and {OFFSET!r} are not those of its normalisation.")
        if model.weights_sha256 == known["weights_sha256"]:
            model.about = known["about"]
        else:
            notes.append("the weights are no longer those that were exported: what was measured with them is left out")
        return notes
    features = is_features(model.in_shape)
    if wanted.mean is not None or wanted.std is not None:
        C = model.in_shape[0]
        mean, std = (np.full((C, 1, 1), n) for n in (wanted.mean or 0.0, 1.0 if wanted.std is None else wanted.std))
        model.normalization = Normalization("global", mean, std)
    elif not features:
        notes.append("the file does not say how pixels were normalised: nothing is assumed; --mean and --std say it")
    if wanted.pixels == "uint8" and not features:
        of = model.normalization
        model.normalization = replace(of, kind="global", mean=of.mean / 255, std=of.std / 255)
    if wanted.pixels is None and not features:
        notes.append(
            "the file does not say which pixels it takes: 0 to 1 is assumed, as is usual; --pixels says otherwise"
        )
    if wanted.classes is None:
        first, last = model.classes[0], model.classes[-1]
        notes.append(f"the file names no classes: they are called {first} to {last}; --classes names them")
    if wanted.preparation is None and not features:
        notes.append("the file does not say how pictures were prepared: plain is assumed; --preparation says otherwise")
    return notes


def _recorded(known: Mapping[str, Any], model: Model, path: Path) -> Normalization:
    try:
        mean, std = (np.asarray(known[name], np.float64) for name in ("mean", "std"))
    except (ValueError, TypeError, OverflowError):
        mean = std = np.zeros(0)
    C, H, W = model.in_shape
    sound = mean.shape == std.shape and mean.shape in ((C, 1, 1), (C, H, W)) and known["normalization"] in KINDS
    if not sound or not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
        raise ModelFileError(f"{path}: its normalisation makes no sense: export it again.")
    return Normalization(known["normalization"], mean, std)


def _width(kind: str) -> int:
    return int(kind[1:])


def _finite(array: Array, name: str, path: Path) -> Array:
    if not np.isfinite(array).all():
        raise ModelFileError(f"{path}: the tensor {name!r} holds numbers that are not finite.")
    return array
