"""Import: a model from a file that another program has written.  The file's ending says which kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from numnist.experiment.recipe import load_recipe
from numnist.importing.imported import Imported, Wanted
from numnist.nn.base import Layer
from numnist.support.errors import ModelFileError, UsageError
from numnist.support.extras import install


def _onnx(path: Path, wanted: Wanted) -> Imported:
    try:
        from numnist.importing.onnx.read import read_onnx
    except ImportError:
        raise UsageError(f"an .onnx file needs the package onnx: {install('onnx')}.") from None
    return read_onnx(path, wanted)


def _keras(path: Path, wanted: Wanted) -> Imported:
    from numnist.importing.keras.read import read_keras

    return read_keras(path, wanted)


def _torch(path: Path, wanted: Wanted) -> Imported:
    from numnist.importing.torch.read import read_torch

    return read_torch(path, wanted)


Reader = Callable[[Path, Wanted], Imported]
FORMATS: dict[str, Reader] = {  # by the file's ending: what reads it
    ".onnx": _onnx,
    ".keras": _keras,
    ".h5": _keras,
    ".safetensors": _torch,
}


def import_model(
    path: str | os.PathLike[str],
    *,
    classes: Sequence[str] | None = None,
    preparation: str | None = None,
    size: int | tuple[int, int] | None = None,
    pixels: str | None = None,
    network: Layer | str | os.PathLike[str] | None = None,
    mean: float | None = None,
    std: float | None = None,
) -> Imported:
    """Read a model that another program has written, and return it with notes on what was assumed.

    .onnx: a network as PyTorch, Keras, scikit-learn and numnist export it; needs the extra "onnx".

    .keras, .h5: a network of Keras without branches; needs the extra "keras".

    .safetensors: the weights of PyTorch, as an exported model.py saves them, or of any network that is given.

    classes: their names, in the order of the network's outputs; by default those in the file, else "0", "1" ...
    preparation: how pictures of your own become the network's input: "digits", "photo" or "plain" (default).
    size: height and width of the pictures, for a network whose input is a row of pixels; without it such an input is
    features.  pixels: the numbers that the network was trained on, "uint8" for 0 to 255 or "float" for 0 to 1; by
    default 0 to 1, unless the file takes bytes or divides by 255 itself.

    network: of weights alone, a layer, or a recipe's name or file with the same layers;  mean, std: with which pixels
    were normalised before such a network, as transforms.Normalize has them.

    Raises UsageError for an unknown ending and for options that do not fit the file; ModelFileError for a file that is
    broken, and for what numnist's layers cannot compute, which it names.
    """
    path = Path(path)
    read = _format(path)
    wanted = Wanted.of(classes, preparation, size, pixels)
    if read is _torch:
        wanted = replace(wanted, network=_network(network), mean=_finite(mean), std=_positive(std))
    elif (network, mean, std) != (None, None, None):
        raise UsageError(f"{path} has its own network and normalisation: leave out recipe, mean and std.")
    if path.is_dir():
        raise UsageError(f"{path} is a folder: give a file, as in {path / 'net.onnx'}.")
    if not path.is_file():
        raise ModelFileError(f"{path}: there is no such file.")
    return read(path, wanted)


def _network(given: Layer | str | os.PathLike[str] | None) -> Layer | None:
    return given if given is None or isinstance(given, Layer) else load_recipe(Path(given)).network


def _finite(mean: float | None) -> float | None:
    if mean is not None and not abs(mean) < float("inf"):
        raise UsageError(f"mean is {mean!r}, but must be a finite number.")
    return mean


def _positive(std: float | None) -> float | None:
    if std is not None and not 0 < std < float("inf"):
        raise UsageError(f"std is {std!r}, but must be a number above 0.")
    return std


def check_format(path: Path) -> None:
    """Raise UsageError for an ending of no format, before any work is done."""
    _format(path)


def _format(path: Path) -> Reader:
    if path.suffix.lower() not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageError(f"{path}: the ending of a file says what it holds, and may be {known}.")
    return FORMATS[path.suffix.lower()]
