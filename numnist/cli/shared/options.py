"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print the result as JSON, for programs.")]
Report = Annotated[bool, Parameter(help="Write report.html at the end.")]
Threads = Annotated[
    int | None, Parameter(help="Threads at most; all cores by default. The result does not depend on it.")
]
DatasetName = Annotated[
    str | None, Parameter(help="mnist, fashion-mnist, strokes, an imported name, or a path to your own data.")
]
DataDir = Annotated[
    Path | None, Parameter(help="Where to look for data first, before $NUMNIST_DATA, ./data and the cache.")
]
Offline = Annotated[bool, Parameter(negative="", help="Never use the network.")]
SplitName = Annotated[Literal["train", "validation", "test"], Parameter(help="Which of the data set's pictures.")]
ModelName = Annotated[
    Path | None,
    Parameter(
        help="A model file, run folder, or ready model (digits, fashion); the newest run by default, else digits."
    ),
]
RecipeOrModel = Annotated[str, Parameter(help="A recipe's name or .toml file, a model file, or a run folder.")]
