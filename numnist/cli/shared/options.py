"""Options that several commands share: single ones, and groups, which are dataclasses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import CoercionError, Parameter, Token


def positive(type_: Any, value: Any) -> None:
    """A validator: a number of at least 1, checked before the command starts."""
    if value is not None and value < 1:
        raise ValueError(f"It is {value}, but must be a whole number of at least 1.")


def size_(type_: Any, tokens: Sequence[Token]) -> tuple[int, int]:
    """(height, width) from 28, 28x32 or 28,32; `--size 28 32` comes as 28x32 (arguments.py)."""
    (word,) = (token.value for token in tokens)
    match = re.fullmatch(r"(\d+)(?:[x×,*](\d+))?", word.lower())
    if match is None:
        raise CoercionError(f"--size {word} makes no sense: give height and width in whole pixels, as in --size 28x28")
    return int(match[1]), int(match[2] or match[1])


Words = Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")]  # --option A B C
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print the result as JSON, for programs.")]
Report = Annotated[bool, Parameter(help="Write report.html at the end.")]
Log = Annotated[
    list[str] | None,
    Parameter(
        consume_multiple=True, negative="",
        help="Log the training besides: `tensorboard:DIR`, `mlflow:URI`, `wandb:PROJECT` (docs/logging.md).",
    ),
]  # fmt: skip
Threads = Annotated[
    int | None,
    Parameter(help="Cores to use at most; all by default. The result does not depend on it.", validator=positive),
]
DatasetName = Annotated[
    str | None,
    Parameter(
        alias="--data",
        help="mnist, fashion-mnist, strokes, another name of `numnist data list`, or a path to your own data.",
    ),
]
MovedData = Annotated[
    str | None,
    Parameter(alias="--data", help="Where the run's data is now, if it has moved; it must be the same data."),
]
Size = Annotated[
    tuple[int, int] | None,
    Parameter(
        converter=size_, n_tokens=1, negative="",
        help="Height and width to which pictures from a folder are resized: `28x28`, `28 28` or just `28`.",
    ),
]  # fmt: skip
DataDir = Annotated[
    Path | None, Parameter(help="Where to look for data first, before $NUMNIST_DATA, ./data and the cache.")
]
SplitName = Annotated[Literal["train", "validation", "test"], Parameter(help="Which of the data set's pictures.")]
LabelColumn = Annotated[
    str | None, Parameter(help="Where a CSV file has its labels: first, last, or a name of its header.")
]
ModelName = Annotated[
    Path | None,
    Parameter(
        help="A model file, run folder, or pretrained model (digits, fashion); the newest run by default, else digits."
    ),
]
RecipeOrModel = Annotated[str, Parameter(help="A recipe's name or .toml file, a model file, or a run folder.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Where a command may find a data set, and how it is read."""

    data_dir: DataDir = None
    offline: Annotated[bool, Parameter(negative="", help="Never use the network.")] = False
    preparation: Annotated[
        str | None, Parameter(help="How each of your own pictures is prepared: digits (as MNIST was), photo or plain.")
    ] = None
    label_column: LabelColumn = None
    skip_broken: Annotated[
        bool, Parameter(negative="", help="Leave out pictures that cannot be read, and list them.")
    ] = False


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PicturesOptions(DataOptions):
    """The pictures on which a command evaluates a model."""

    dataset: DatasetName = None
    split: Annotated[
        SplitName | None,
        Parameter(
            help="Which of the data set's pictures: train, validation or test; by default test, and all of your own "
            "data if the model was not trained on it."
        ),
    ] = None
    threads: Threads = None


DATA, PICTURES = DataOptions(), PicturesOptions()  # defaults of commands
