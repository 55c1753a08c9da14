from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.options import Json, LabelColumn, ModelName, Threads
from numnist.cli.shared.printing import note
from numnist.support.errors import DataError, UsageError

OPTIONS = ("--model", "--json", "--jsonl", "--csv", "--label-column", "--threads", "--help", "--debug")


def predict(
    *pictures: Annotated[str, Parameter(allow_leading_hyphen=True)],
    model: ModelName = None,
    json: Json = False,
    jsonl: Annotated[bool, Parameter(negative="")] = False,
    csv: Annotated[bool, Parameter(negative="")] = False,
    label_column: LabelColumn = None,
    threads: Threads = None,
) -> int:
    """Classify pictures, each prepared as the model's training pictures were; several digits are read as a number.

    Pictures that cannot be read do not stop the others; their entries say why, and the exit code is then 3.

    Args:
        pictures: Picture files (PNG, JPEG, ...) of any size, dark on light or light on dark; folders of them; patterns
            such as "scans/*.png"; CSV, IDX, NPZ or NPY files with a picture in each row; or - for one picture on
            standard input.
        jsonl: Print the JSON of each picture on a line of its own, as soon as it is there.
        csv: Print the two columns ImageId and Label, as competitions want them. Other names may follow: --csv id,label.
    """
    words, columns = column_names(pictures, csv)
    if not words:
        raise UsageError("which pictures? Give files or folders, as in: numnist predict digit.png")
    check_words(words)
    if json + jsonl + csv > 1:
        raise UsageError("--json, --jsonl and --csv are three ways to print the same: give only one of them.")
    from numnist.cli.shared.models import model_path
    from numnist.cli.shared.printing import error
    from numnist.cli.shared.readings import CsvWriter, JsonLinesWriter, JsonWriter, TableWriter, Writer
    from numnist.data.pictures import Unreadable, read_pictures
    from numnist.model.model import load_model
    from numnist.model.predict import read_each
    from numnist.model.reading import Reader, model_name

    path = model_path(model)
    reader = Reader.of(load_model(path), model_name(path))
    writer: Writer = JsonWriter() if json else JsonLinesWriter() if jsonl else TableWriter()
    if csv:
        writer = CsvWriter(words, columns)
    unread = count = 0
    for reading in read_each(reader, read_pictures(words, tell, label_column), tell, threads):
        count += 1
        if isinstance(reading, Unreadable):
            unread += 1
            error(reading.why)
        writer.write(reading)
    writer.close()
    if unread and count > 1:
        note("Unread", f"{unread:,} of {count:,} could not be read")
    return DataError.exit_code if unread else 0


def tell(text: str) -> None:
    """What people should know, on stderr."""
    note("Pictures", text)


def column_names(words: tuple[str, ...], csv: bool) -> tuple[tuple[str, ...], tuple[str, str]]:
    """The words without the names of the two columns, such as id,label, and these names."""
    named = [word for word in words if csv and word.count(",") == 1 and not os.path.lexists(word)]
    names = [tuple(name.strip() for name in word.split(",")) for word in named]
    if len(names) > 1 or not all(all(pair) for pair in names):
        raise UsageError(
            f"--csv prints two columns, which one word names, such as ImageId,Label; got {' '.join(named)}."
        )
    first, second = names[0] if names else ("ImageId", "Label")
    return tuple(word for word in words if word not in named), (first, second)


def check_words(words: tuple[str, ...]) -> None:
    """Raise UsageError for what looks like an option and is no file, and for a second "-"."""
    from numnist.cli.shared.mistakes import unknown_option

    for word in words:
        if word.startswith("-") and word != "-" and not os.path.lexists(word):
            raise UsageError(unknown_option(word, OPTIONS, "numnist predict"))
    if words.count("-") > 1:
        raise UsageError("- stands for one picture on standard input: give it once.")
