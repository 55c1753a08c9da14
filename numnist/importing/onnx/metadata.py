"""What numnist itself writes into a file's metadata: classes, preparation and more, which ONNX has no place for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from numnist.ink.prepare import PREPARATIONS
from numnist.support.errors import ModelFileError

PRODUCER = "numnist"


@dataclass(frozen=True)
class Told:
    """What the metadata says.   ours: whether numnist wrote the file;  about: of the model, see Model.about"""

    ours: bool = False
    classes: tuple[str, ...] | None = None
    preparation: str | None = None
    background: bool = False
    about: dict[str, Any] = field(default_factory=dict)


def told_by(proto: Any, path: Path) -> Told:
    """The metadata of a file of numnist's; of others nothing.  Raises ModelFileError for what makes no sense."""
    given = {each.key: each.value for each in proto.metadata_props}
    if proto.producer_name != PRODUCER or f"{PRODUCER}.classes" not in given:
        return Told()

    def wrong(name: str) -> NoReturn:
        raise ModelFileError(f"{path}: its metadata {PRODUCER}.{name} makes no sense: export the model again.")

    def read(name: str, default: Any) -> Any:
        text = given.get(f"{PRODUCER}.{name}")
        if text is None:
            return default
        try:
            return json.loads(text, parse_constant=lambda _: wrong(name))
        except (ValueError, RecursionError):
            return wrong(name)

    classes, background, sure = read("classes", None), read("background", False), read("sure_above", None)
    preparation = given.get(f"{PRODUCER}.preparation")
    if not isinstance(classes, list) or not classes or not all(isinstance(name, str) for name in classes):
        wrong("classes")
    if not isinstance(background, bool):
        wrong("background")
    if preparation not in PREPARATIONS:
        wrong("preparation")
    if sure is not None and (isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 <= sure <= 1):
        wrong("sure_above")
    about = {"sure": sure, "result": read("result", None), "recipe": read("recipe", None)}
    for name in ("result", "recipe"):
        if not isinstance(about[name], dict | None):
            wrong(name)
    return Told(True, tuple(classes), preparation, background, {k: v for k, v in about.items() if v is not None})
