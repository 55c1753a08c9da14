"""The model file: one .safetensors with a model's parameters and everything that is known about it.

The header's metadata has one key, "numnist", holding JSON: format version, network, input shape, classes,
normalisation, preparation, what the model is about, and a SHA-256 over all this and the tensors.  Parameters are stored
under their names ("0.w"), the normalisation's numbers under "normalization.mean" and "normalization.std".
A checkpoint is a model file with further tensors under "training." (see training/state.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from numnist.ink.normalize import KINDS, Normalization
from numnist.model.limits import check_description, check_in_shape, check_plan
from numnist.model.network_record import network_from_dict, network_to_dict
from numnist.model.parameters import arrays_sha256
from numnist.model.pretrained import PRETRAINED, pretrained_path
from numnist.nn.base import Array, Layer
from numnist.support.errors import ModelFileError, NotFiniteError, NumnistError, UsageError
from numnist.support.files import write_atomically
from numnist.support.reading import open_file
from numnist.support.serialisation import suggest

FORMAT = 1
MOST_HEADER = 4_000_000  # bytes of what a file says about its tensors, and of the metadata
TRAINING = "training."  # prefix of what only a checkpoint holds
MEAN, STD = "normalization.mean", "normalization.std"
DTYPES = {"F16": np.float32, "F32": np.float32, "F64": np.float64}  # of parameters in a file -> once they are read


@dataclass(frozen=True)
class Contents:
    """What a model file holds.

    in_shape: (C, H, W);  arrays: the parameters by name, of one type;  about: where the model comes from, in JSON
    types;  background: whether it tells pictures of no class;  tensors, training: what a checkpoint adds, in arrays and
    in JSON types (both empty for a plain model).
    """

    network: Layer
    in_shape: tuple[int, int, int]
    classes: tuple[str, ...]
    normalization: Normalization
    preparation: str
    about: dict[str, Any]
    arrays: dict[str, Array]
    background: bool = False
    tensors: dict[str, Array] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


def write(path: str | Path, contents: Contents) -> None:
    """Write a model file, whole or not at all, after reading back what would be written.

    Raises OSError where writing fails, UsageError for a network that could not be read back, and NotFiniteError rather
    than replace a good model by one whose predictions would be nonsense.
    """
    write_atomically(Path(path), to_bytes(contents, path))


def to_bytes(contents: Contents, path: str | Path) -> bytes:
    """What `write` writes.   path: of the file, for the messages of what it raises"""
    from safetensors.numpy import load, save

    for array in contents.arrays.values():
        if not np.isfinite(array).all():
            small = " in float16" if array.dtype == np.float16 else ""
            raise NotFiniteError(f"{path}: the model holds numbers that are not finite{small}, so nothing was written.")
    arrays = contents.arrays | {MEAN: contents.normalization.mean, STD: contents.normalization.std}
    arrays |= {TRAINING + name: array for name, array in contents.tensors.items()}
    # safetensors 0.8.0 writes wrong values for arrays that are not contiguous, without a word
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    metadata: dict[str, Any] = {
        "format": FORMAT,
        "network": network_to_dict(contents.network),
        "in_shape": list(contents.in_shape),
        "classes": list(contents.classes),
        "normalization": contents.normalization.kind,
        "preparation": contents.preparation,
        "about": contents.about,
    }
    if contents.background:
        metadata["background"] = True
    if contents.training:
        metadata["training"] = contents.training
    metadata["sha256"] = sha256(metadata, arrays)
    data = save(arrays, {"numnist": json.dumps(metadata, allow_nan=False)})
    if int.from_bytes(data[:8], "little") > MOST_HEADER:
        raise UsageError(f"{path}: what the model is about takes more than the {MOST_HEADER:,} bytes that a file has.")
    back = load(data)
    if any(not np.array_equal(back[name], array, equal_nan=True) for name, array in arrays.items()):
        raise OSError(f"{path}: what safetensors would write differs from the model; nothing was written.")
    return data


def read(path: str | Path, layers: Sequence[type[Layer]] = ()) -> Contents:
    """Read a model file, a checkpoint, a run folder (its finished model, else its last checkpoint) or a packaged model.

    layers: classes of layers that are not numnist's, which the network may have.
    Parameters in float16 become float32.  Raises ModelFileError for anything that is not exactly what `write` has
    written, before any tensor is read where that is possible.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    try:
        path = located(path)
        check_header(path)
        with safe_open(path, framework="numpy") as file:
            metadata = _metadata(path, file.metadata())
            shapes = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
            shapes = {name: (tuple(s.get_shape()), s.get_dtype()) for name, s in shapes.items()}
            network, names = _network(path, metadata, shapes, layers)
            tensors = {name: file.get_tensor(name) for name in shapes}
    except (SafetensorError, OSError, MemoryError) as error:
        raise ModelFileError(
            f"{path}: this is not a whole .safetensors file ({error}): copy or train it again."
        ) from error
    if sha256(metadata, tensors) != metadata["sha256"]:
        raise ModelFileError(f"{path}: what it holds does not match its SHA-256: the file is damaged, copy it again.")
    arrays = {name: tensors[name].astype(DTYPES[shapes[name][1]], copy=False) for name in names}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ModelFileError(f"{path}: it holds numbers that are not finite: train the model again.")
    kind, mean, std = metadata["normalization"], tensors[MEAN], tensors[STD]
    if kind not in KINDS or not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
        raise ModelFileError(f"{path}: its normalisation {kind!r} makes no sense: the file was not written by numnist.")
    C, H, W = metadata["in_shape"]
    return Contents(
        network=network,
        in_shape=(C, H, W),
        classes=tuple(metadata["classes"]),
        normalization=Normalization(kind, mean, std),
        preparation=metadata["preparation"],
        about=metadata["about"],
        arrays=arrays,
        background=metadata.get("background", False),
        tensors={name.removeprefix(TRAINING): a for name, a in tensors.items() if name.startswith(TRAINING)},
        training=metadata.get("training", {}),
    )


def check_header(path: Path) -> None:
    """Raise OSError for a .safetensors file whose header would take far more memory than any model's."""
    with open_file(path) as file:
        size = int.from_bytes(file.read(8), "little")
    if size > MOST_HEADER:
        raise OSError(f"its header would have {size:,} bytes")


def located(given: Path) -> Path:
    """The file that holds the model in this file, run folder or pretrained model.  Raises ModelFileError."""
    if str(given) in PRETRAINED and not given.exists():
        return pretrained_path(str(given))
    in_folder = (given / name for name in ("model.safetensors", "last.safetensors"))
    path = next((path for path in in_folder if path.is_file()), given)
    if path.is_file():
        return path
    if given.is_dir():
        problem = f"{given}: this folder holds no model (no model.safetensors or last.safetensors)"
    else:
        problem = f"{given}: there is no such model file{suggest(str(given), list(PRETRAINED))}"
    raise ModelFileError(
        f"{problem}; give a .safetensors file from numnist, a run folder, "
        f"or a pretrained model: {', '.join(PRETRAINED)}."
    )


def sha256(metadata: dict[str, Any], arrays: dict[str, Array]) -> str:
    """Over the metadata but the hash itself, then each tensor's name, type, shape and bytes in the names' order."""
    known = {name: value for name, value in metadata.items() if name != "sha256"}
    return arrays_sha256(sorted(arrays.items()), json.dumps(known).encode())


def _metadata(path: Path, header: dict[str, str] | None) -> dict[str, Any]:
    """The header's JSON, with every field of the right type."""
    if not header or "numnist" not in header:
        raise ModelFileError(f"{path}: this .safetensors file is not a numnist model (no numnist metadata).")
    try:
        metadata = json.loads(header["numnist"], parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path}: its numnist metadata is not JSON ({error}).") from error
    found = metadata.get("format") if isinstance(metadata, dict) else metadata
    if not isinstance(metadata, dict) or found != FORMAT:
        raise ModelFileError(
            f"{path}: model file format {found!r} is unknown here: this numnist reads format {FORMAT}, so upgrade it."
        )
    types = {
        "network": dict, "in_shape": list, "classes": list, "normalization": str, "preparation": str,
        "about": dict, "training": dict, "background": bool, "sha256": str,
    }  # fmt: skip
    optional: dict[str, Any] = {"training": {}, "background": False}
    for name, kind in types.items():
        if not isinstance(metadata.get(name, optional.get(name)), kind):
            raise ModelFileError(f"{path}: its metadata lacks a proper {name!r}: the file was not written by numnist.")
    try:
        check_in_shape(metadata["in_shape"])
    except UsageError as error:
        raise ModelFileError(f"{path}: {error}") from error
    if not all(isinstance(name, str) for name in metadata["classes"]):
        raise ModelFileError(f"{path}: its class names are not all strings.")
    return metadata


def _no_constant(name: str) -> None:
    """JSON has neither NaN nor Infinity, and `write` writes none."""
    raise ValueError(f"{name} is no number of JSON")


def _network(
    path: Path,
    metadata: dict[str, Any],
    shapes: dict[str, tuple[tuple[int, ...], str]],
    layers: Sequence[type[Layer]],
) -> tuple[Layer, list[str]]:
    """The network and its parameters' names, after checking that the file holds exactly the tensors it should."""
    try:
        check_description(metadata["network"])
        network = network_from_dict(metadata["network"], layers)
        plan = network.build(tuple(metadata["in_shape"]))
        check_plan(plan)
    except (NumnistError, RecursionError) as error:
        own = " For layers of your own: load_model(path, layers=[...])." if "unknown type" in str(error) else ""
        raise ModelFileError(f"{path}: its network cannot be built: {error}{own}") from error
    expected = {name: param.shape for name, param in plan.walk()}
    other = {name for name in shapes if name.startswith(TRAINING)} | {MEAN, STD}
    found = {name: shape for name, (shape, _) in shapes.items() if name not in other}
    if found != expected:
        wrong = sorted(set(expected.items()) ^ set(found.items()))[:4]
        raise ModelFileError(f"{path}: its tensors are not those of its network; the first that differ: {wrong}.")
    C, H, W = metadata["in_shape"]
    allowed = {((C, 1, 1), "F64"), ((C, H, W), "F64")}
    if shapes.get(MEAN) not in allowed or shapes.get(STD) != shapes.get(MEAN):
        raise ModelFileError(f"{path}: its normalisation does not fit pictures of shape {(C, H, W)}.")
    dtypes = {dtype for name, (_, dtype) in shapes.items() if name not in (MEAN, STD)}
    if len(dtypes) > 1 or not dtypes <= DTYPES.keys():
        raise ModelFileError(f"{path}: its numbers are not all F16, all F32 or all F64, as numnist writes them.")
    return network, list(expected)
