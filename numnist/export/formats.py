"""Export: a model as a file, or a folder, that works where numnist is not.  Its ending says which kind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numnist.experiment.place import write_folder
from numnist.export.c.write import header
from numnist.export.exported import Exported
from numnist.export.one_file import page
from numnist.export.python.write import module
from numnist.export.torch.write import folder
from numnist.model.model import Model
from numnist.support.errors import UsageError
from numnist.support.extras import install
from numnist.support.files import write_atomically


def _onnx(exported: Exported, **options: Any) -> bytes:
    try:
        from numnist.export.onnx.write import onnx_bytes
    except ImportError:
        raise UsageError(f"an .onnx file needs the package onnx: {install('onnx')}.") from None
    return onnx_bytes(exported, **options)


Writer = Callable[..., bytes | dict[str, bytes]]  # a file, or a folder's files by name
FORMATS: dict[str, tuple[Writer, tuple[str, ...]]] = {  # by the file's ending: what writes it, and its options
    ".html": (page, ()),
    ".onnx": (_onnx, ("opset", "pixels")),
    ".py": (module, ()),
    ".h": (header, ("weights",)),
    ".torch": (folder, ()),
}


def export_model(
    model: Model | str | os.PathLike[str], path: str | os.PathLike[str], *, replace: bool = False, **options: Any
) -> Path:
    """Write a model as a file or folder that needs no numnist, and return its path.

    .html: one page that opens from disk, without a network, also on a phone. It has the model and all of the reading in
    plain JavaScript: drawings and pictures, the answer, what the network sees, and what each layer makes of it.

    .onnx: a graph for ONNX Runtime and others, with the normalisation in it; needs the extra "onnx".  opset=17 to 21;
    pixels="uint8" (0..255) or "float" (0..1).

    .py: a module that needs NumPy alone, with `classify`.  .h: a C99 header without malloc; weights="float32", or
    "int8" with a scale for each filter.  Both, as .onnx, take prepared pictures.

    .torch: a folder for PyTorch, with model.py, weights.safetensors and README.md; it takes prepared pictures, too.

    model: a Model, a model file, a run folder, or the name of a pretrained model;  replace: a file that is there.
    Raises UsageError for an unknown ending or option, a file that is there, and a model that such a file cannot hold,
    such as one with layers that are not numnist's; ModelFileError.
    """
    path = Path(path)
    write, known = _format(path)
    unknown = [name for name in options if name not in known]
    if unknown:
        there = f"it has {', '.join(known)}" if known else "it has none"
        raise UsageError(f"{path.suffix} has no option {unknown[0]!r}; {there}.")
    if path.is_dir() and write is not folder:
        raise UsageError(f"{path} is a folder: give a file, as in {path / 'page.html'}.")
    if path.exists() and not replace:
        raise UsageError(f"{path} is there already: give another file, or say that it may be replaced (--force).")
    written = write(Exported.of(model), **options)
    if isinstance(written, dict):
        write_folder(path, written)
    else:
        write_atomically(path, written)
    return path


def check_format(path: Path) -> None:
    """Raise UsageError for an ending of no format, before any work is done."""
    _format(path)


def _format(path: Path) -> tuple[Writer, tuple[str, ...]]:
    if path.suffix.lower() not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageError(f"{path}: the ending of the file says what to write, and may be {known}: name it so.")
    return FORMATS[path.suffix.lower()]
