from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import confirmed, result, result_json

NEXT = {
    ".html": "open it in a browser, or send it to a phone: it needs nothing else",
    ".py": "from {stem} import classify: takes prepared pictures, as its first lines say",
    ".h": "call numnist_classify(picture, probabilities): takes prepared pictures, as its first lines say",
    ".onnx": "its metadata says how pictures are prepared and what the classes are; see docs/exchange.md",
    ".torch": "cd {path} && python -c 'from model import load; print(load())'; its README says the rest",
}


def export(
    model: Path,
    /,
    *,
    to: Path,
    opset: int | None = None,
    pixels: Literal["uint8", "float"] | None = None,
    weights: Literal["float32", "int8"] | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Write a model as a file that needs no numnist.

    `.html` is one page that reads what you draw and pictures of your own. It opens from disk, without a network, also
    on a phone: `numnist export digits --to digits.html`. `.onnx` is a graph for ONNX Runtime and others, whose input is
    a prepared picture: `numnist export digits --to digits.onnx`. `.py` is a module that needs NumPy alone, and `.h` a
    C99 header without malloc. `.torch` is a folder for PyTorch: a readable model.py and its weights.

    Args:
        model: A model file, a run folder, or a pretrained model: digits, fashion.
        to: The file or folder to write; its ending says what.
        opset: Of an .onnx file: which operators its runtime must know, 17 to 21; 17 by default.
        pixels: Of an .onnx file: its input, uint8 (0 to 255, the default) or float (0 to 1).
        weights: Of a .h file: float32, the default, or int8 with a scale for each filter, a quarter as large.
        force: Replace what is there already.
    """
    from numnist.export.c.write import sizes_of
    from numnist.export.formats import check_format, export_model

    check_format(to)
    replace = force or (to.exists() and confirmed(f"{to} is there already. Replace it?"))
    given: dict[str, Any] = {"opset": opset, "pixels": pixels, "weights": weights}
    options = {name: value for name, value in given.items() if value is not None}
    path = export_model(model, to, replace=replace, **options)
    size = sum(file.stat().st_size for file in ([path] if path.is_file() else path.iterdir()))
    if json:
        result_json({"model": str(model), "file": str(path), "bytes": size})
    else:
        result(f"Exported  {path}, {size / 1e6:.2f} MB")
        if path.suffix.lower() == ".h":
            flash, ram = sizes_of(path.read_bytes())
            result(f"Needs     {flash / 1e3:,.1f} kB of flash, {ram / 1e3:,.1f} kB of memory")
        result(f"Next      {NEXT[path.suffix.lower()].format(stem=path.stem, path=path)}")
