"""The model file: one .safetensors that holds a model and all that is known about it.

The header's metadata has one key, "numnist", holding JSON: format version, network, input shape, classes,
normalisation, preparation, what the model is about, and a SHA-256 over all this and the tensors.  Parameters are stored
under their names ("0.w"), the normalisation's numbers under "normalization.mean" and "normalization.std".
A checkpoint is a model file with further tensors under "training." (see training/checkpoint.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numnist.ink.normalize import KINDS, Normalization
from numnist.model.model import Model, arrays_sha256
from numnist.model.pretrained import READY, ready_path
from numnist.nn import INITIALIZERS, LAYERS
from numnist.nn.base import Layer
from numnist.support.errors import ModelFileError, NotFiniteError, NumnistError
from numnist.support.files import write_atomically
from numnist.support.serialisation import from_dict, to_dict

Array = NDArray[Any]
FORMAT = 1
TRAINING = "training."  # prefix of what only a checkpoint holds
MEAN, STD = "normalization.mean", "normalization.std"
DTYPES = {"F16": np.float32, "F32": np.float32, "F64": np.float64}  # of the parameters in a file: what they become


class Contents(NamedTuple):
    """A model file read: the model, and a checkpoint's own tensors and record (both empty for a plain model)."""

    model: Model
    tensors: dict[str, Array]
    training: dict[str, Any]


def save_model(
    model: Model,
    path: str | Path,
    *,
    half: bool = False,
    tensors: dict[str, Array] | None = None,
    training: dict[str, Any] | None = None,
) -> None:
    """Write a model to a .safetensors file, whole or not at all, after reading back what would be written.

    half: round parameters to float16, which makes the file half as large and answers differ in the fourth digit.
    tensors, training: what a checkpoint adds.  Raises OSError where writing fails, and NotFiniteError rather than
    write a model whose answers would be nonsense over a good one.
    """
    from safetensors.numpy import load, save

    with np.errstate(over="ignore"):  # checked at once
        theta = model.theta.astype(np.float16 if half else model.dtype)
    if not np.isfinite(theta).all():
        small = " in float16" if half else ""
        raise NotFiniteError(f"{path}: the model holds numbers that are not finite{small}, so nothing was written.")
    arrays = model.arrays(theta)
    arrays |= {MEAN: model.normalization.mean, STD: model.normalization.std}
    arrays |= {TRAINING + name: array for name, array in (tensors or {}).items()}
    # safetensors 0.8.0 writes wrong values for arrays that are not contiguous, without a word
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    about = {
        "format": FORMAT,
        "network": to_dict(model.network),
        "in_shape": list(model.in_shape),
        "classes": list(model.classes),
        "normalization": model.normalization.kind,
        "preparation": model.preparation,
        "about": model.about,
    }
    if training is not None:
        about["training"] = training
    about["sha256"] = sha256(about, arrays)
    data = save(arrays, {"numnist": json.dumps(about, allow_nan=False)})
    back = load(data)
    if any(not np.array_equal(back[name], array, equal_nan=True) for name, array in arrays.items()):
        raise OSError(f"{path}: what safetensors would write differs from the model; nothing was written.")
    write_atomically(Path(path), data)


def load_model(path: str | Path) -> Model:
    """Read a model file, a run folder (its finished model, else its last checkpoint), or a ready model by its name.

    Raises ModelFileError for anything that is not exactly a model that numnist has written.
    """
    return read(path).model


def read(path: str | Path) -> Contents:
    """Read a model file or checkpoint.  Raises ModelFileError, before any tensor is read where that is possible."""
    from safetensors import SafetensorError, safe_open

    path = ready_path(str(path)) if str(path) in READY and not Path(path).exists() else Path(path)
    try:
        if path.is_dir():
            finished = path / "model.safetensors"
            path = finished if finished.exists() else path / "last.safetensors"
        if not path.is_file():
            raise ModelFileError(
                f"{path}: there is no such model file; give a .safetensors file from numnist, a run folder, "
                f"or a ready model: {', '.join(READY)}."
            )
        with safe_open(path, framework="numpy") as file:
            about = _metadata(path, file.metadata())
            shapes = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
            shapes = {name: (tuple(s.get_shape()), s.get_dtype()) for name, s in shapes.items()}
            model = _empty_model(path, about, shapes)
            arrays = {name: file.get_tensor(name) for name in shapes}
    except (SafetensorError, OSError) as error:
        raise ModelFileError(
            f"{path}: this is not a whole .safetensors file ({error}): copy or train it again."
        ) from error
    if sha256(about, arrays) != about["sha256"]:
        raise ModelFileError(f"{path}: what it holds does not match its SHA-256: the file is damaged, copy it again.")
    for name, array in model.arrays(model.theta).items():
        array[...] = arrays[name]
    if not np.isfinite(model.theta).all():
        raise ModelFileError(f"{path}: it holds numbers that are not finite: train the model again.")
    model.normalization = _normalization(path, about["normalization"], arrays[MEAN], arrays[STD])
    extra = {name.removeprefix(TRAINING): a for name, a in arrays.items() if name.startswith(TRAINING)}
    return Contents(model, extra, about.get("training", {}))


def sha256(about: dict[str, Any], arrays: dict[str, Array]) -> str:
    """Over the metadata but the hash itself, then each tensor's name, type, shape and bytes in the names' order."""
    known = {name: value for name, value in about.items() if name != "sha256"}
    return arrays_sha256(sorted(arrays.items()), json.dumps(known).encode())


def _metadata(path: Path, metadata: dict[str, str] | None) -> dict[str, Any]:
    """The header's JSON with every field of the right type."""
    if not metadata or "numnist" not in metadata:
        raise ModelFileError(f"{path}: this .safetensors file is not a numnist model (no numnist metadata).")
    try:
        about = json.loads(metadata["numnist"])
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path}: its numnist metadata is not JSON ({error}).") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        found = about.get("format") if isinstance(about, dict) else about
        raise ModelFileError(
            f"{path}: model file format {found!r} is unknown here: this numnist reads format {FORMAT}, so upgrade it."
        )
    types = {
        "network": dict, "in_shape": list, "classes": list, "normalization": str, "preparation": str,
        "about": dict, "training": dict, "sha256": str,
    }  # fmt: skip
    for name, kind in types.items():
        if not isinstance(about.get(name, {} if name == "training" else None), kind):
            raise ModelFileError(f"{path}: its metadata lacks a proper {name!r}: the file was not written by numnist.")
    shape = about["in_shape"]
    if len(shape) != 3 or not all(type(size) is int and 1 <= size <= 4096 for size in shape):
        raise ModelFileError(f"{path}: its input shape {shape} is not (C, H, W) of sizes 1 to 4096.")
    if not all(isinstance(name, str) for name in about["classes"]):
        raise ModelFileError(f"{path}: its class names are not all texts.")
    return about


def _empty_model(path: Path, about: dict[str, Any], shapes: dict[str, tuple[tuple[int, ...], str]]) -> Model:
    """The model that the metadata describes, after checking that the file holds exactly its tensors."""
    try:
        network = from_dict(about["network"], LAYERS | INITIALIZERS, "network")
        if not isinstance(network, Layer):
            raise ModelFileError(f"{path}: its network is not a layer.")
        plan = network.build(tuple(about["in_shape"]))
    except (NumnistError, RecursionError) as error:
        raise ModelFileError(f"{path}: its network cannot be built: {error}") from error
    expected = {name: param.shape for name, param in plan.walk()}
    other = {name for name in shapes if name.startswith(TRAINING)} | {MEAN, STD}
    found = {name: shape for name, (shape, _) in shapes.items() if name not in other}
    if found != expected:
        wrong = sorted(set(expected.items()) ^ set(found.items()))[:4]
        raise ModelFileError(f"{path}: its tensors are not those of its network; the first that differ: {wrong}.")
    C, H, W = about["in_shape"]
    allowed = {((C, 1, 1), "F64"), ((C, H, W), "F64")}
    if shapes.get(MEAN) not in allowed or shapes.get(STD) != shapes.get(MEAN):
        raise ModelFileError(f"{path}: its normalisation does not fit pictures of shape {(C, H, W)}.")
    dtypes = {dtype for name, (_, dtype) in shapes.items() if name not in (MEAN, STD)} or {"F32"}
    if len(dtypes) > 1 or not dtypes <= DTYPES.keys():
        raise ModelFileError(f"{path}: its numbers are not all F16, all F32 or all F64, as numnist writes them.")
    try:
        model = Model(
            network, (C, H, W), seed=None, dtype=DTYPES[dtypes.pop()],
            classes=about["classes"], preparation=about["preparation"],
        )  # fmt: skip
    except NumnistError as error:
        raise ModelFileError(f"{path}: its parts do not fit together: {error}") from error
    model.about = about["about"]
    return model


def _normalization(path: Path, kind: str, mean: Array, std: Array) -> Normalization:
    if kind not in KINDS or not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
        raise ModelFileError(f"{path}: its normalisation {kind!r} makes no sense: the file was not written by numnist.")
    return Normalization(kind, mean, std)
