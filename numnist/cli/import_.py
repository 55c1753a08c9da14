from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from numnist.cli.shared.options import Json, Words, size_
from numnist.cli.shared.printing import confirmed, result, result_json


def import_(
    file: Path,
    /,
    *,
    to: Path | None = None,
    classes: Words = None,
    preparation: Literal["digits", "photo", "plain"] | None = None,
    size: Annotated[tuple[int, int] | None, Parameter(converter=size_, n_tokens=1, negative="")] = None,
    pixels: Literal["uint8", "float"] | None = None,
    recipe: str | None = None,
    mean: float | None = None,
    std: float | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Import a model that another program has written, as a model file of numnist's.

    `.onnx` is a network as PyTorch, Keras and scikit-learn export it: `numnist import net.onnx`. `.keras` and `.h5` are
    networks of Keras. `.safetensors` has weights of PyTorch, of a network that numnist has exported, or of a recipe's:
    `numnist import net.safetensors --recipe config.toml --size 28`. What numnist's layers
    cannot compute is refused by name. What the file does not say, and was assumed, is printed.

    Args:
        file: The file; its ending says what it holds.
        to: The model file to write; by default the file's name with the ending .safetensors, in the current folder.
        classes: Names of the classes, in the order of the network's outputs.
        preparation: How pictures of your own become the network's input: digits, photo or plain.
        size: Height and width of the pictures, where the network's input is a row of pixels: 28x28.
        pixels: The numbers that the network was trained on: uint8 (0 to 255) or float (0 to 1).
        recipe: Of weights alone: a recipe's name or file that has the network.
        mean: Of weights alone: the mean with which pixels were normalised, as in transforms.Normalize.
        std: The standard deviation likewise.
        force: Replace a model file that is there already.
    """
    from numnist.importing.formats import check_format, import_model
    from numnist.ink.normalize import is_features
    from numnist.support.errors import UsageError

    check_format(file)
    target = to or Path(f"{file.stem}.safetensors")
    if target.suffix.lower() != ".safetensors":
        raise UsageError(f"--to {target}: a model file ends in .safetensors: name it so.")
    if target.is_dir():
        raise UsageError(f"--to {target} is a folder: give a file, as in {target / 'net.safetensors'}.")
    if target.exists() and file.exists() and target.samefile(file):
        raise UsageError(f"{file} would be replaced by what is read from it: name another file with --to.")
    question = f"{target} is there already. Replace it?"
    if target.exists() and not (force or confirmed(question)):
        raise UsageError(f"{target} is there already: give another file, or say that it may be replaced (--force).")
    imported = import_model(
        file, classes=classes, preparation=preparation, size=size, pixels=pixels, network=recipe, mean=mean, std=std
    )
    model = imported.model
    model.save(target)
    features = is_features(model.in_shape)
    if json:
        result_json(
            {
                "file": str(file), "model": str(target), "bytes": target.stat().st_size,
                "parameters": model.plan.size, "input": list(model.in_shape), "classes": list(model.classes),
                "preparation": model.preparation, "notes": list(imported.notes),
            }
        )  # fmt: skip
        return
    C, H, W = model.in_shape
    takes = f"{C} features" if features else f"pictures of {H}×{W}" + (f" with {C} channels" if C > 1 else "")
    result(f"Imported  {target}, {target.stat().st_size / 1e6:.2f} MB")
    result(f"Takes     {takes}; {len(model.classes)} classes; {model.plan.size:,} parameters")
    for text in imported.notes:
        result(f"Note      {text}")
    command = (
        f"numnist evaluate {target} --dataset FILE" if features else f"numnist predict PICTURE... --model {target}"
    )
    result(f"Next      {command}")
