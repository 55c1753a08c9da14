"""What is said of a command line that cannot be understood: what is wrong, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from numnist.cli.shared.vocabulary import ADVICE, ARGUMENTS, COMMANDS_MEANT, OPTIONS_MEANT, WITH_DATASET

if TYPE_CHECKING:
    from cyclopts import CycloptsError
    from cyclopts.exceptions import MissingArgumentError

ALIKE = 0.7  # difflib's ratio from which a word is taken for another one misspelt: --pathience, but not --lr for --l2
IN_PYTHON = re.compile(r",? \(?in Python \w+=(?:\([^()]*\)|\w*)\)?")  # "--size 28 28 (in Python size=(28, 28))"
# What messages of the library call by Python's names
PYTHON_NAMES = (
    "validation", "size", "data_dir", "threads", "pictures", "offline", "epochs", "patience", "label_column",
)  # fmt: skip


def explain(error: CycloptsError, arguments: Sequence[str], commands: Mapping[str, Iterable[str]]) -> str:
    """The message for what the parser has refused.

    arguments: of the command line;  commands: those of numnist itself ("") and of each group of commands.
    """
    from cyclopts.exceptions import (
        MissingArgumentError,
        UnknownCommandError,
        UnknownOptionError,
        UnusedCliTokensError,
    )

    command = " ".join(("numnist", *(error.command_chain or ())))
    match error:
        case UnknownOptionError():
            options = [name for argument in error.argument_collection for name in argument.names if name[:2] == "--"]
            return unknown_option(error.token.keyword or error.token.value, options, command)
        case UnknownCommandError() if error.unused_tokens:
            return unknown_command(error.unused_tokens[0], command, arguments, commands)
        case UnusedCliTokensError() if error.unused_tokens:
            return too_much(error.unused_tokens[0], command)
        case MissingArgumentError() if _is_first_word(error) and command.removeprefix("numnist ") in ARGUMENTS:
            return f"{command} needs {ARGUMENTS[command.removeprefix('numnist ')]} (see {command} --help)."
    paragraph = " ".join(str(error).strip().split("\n\n")[0].split())
    return f"{paragraph} (see {command} --help)"


def unknown_option(word: str, options: Sequence[str], command: str) -> str:
    """What to say of an option that a command lacks: what it is called here, else the nearest name."""
    given = word.partition("=")[0]
    name = given.lstrip("-").lower().replace("_", "-")
    start = f"{command} has no option {given}"
    for option, meant in OPTIONS_MEANT.items():
        if name in meant.split() and option.split()[0] in options:
            return f"{start}: it is {option} here."
    for words, needed, advice in ADVICE:
        if name in words.split() and (not needed or needed in options):
            return f"{start}: {advice}"
    near = get_close_matches(f"--{name}", options, 1, ALIKE)
    return f"{start}{f' (did you mean {near[0]}?)' if near else ''}: {command} --help lists its options."


def unknown_command(word: str, command: str, arguments: Sequence[str], commands: Mapping[str, Iterable[str]]) -> str:
    """What to say of a command that does not exist."""
    if word.startswith("-"):
        return f"{word} is no option of numnist itself: name a command first, as in numnist train {' '.join(arguments)}"
    group = command.removeprefix("numnist").strip()
    known = [*commands.get(group, ())]
    meant = None if group else COMMANDS_MEANT.get(word.lower())
    if meant is None and not group and Path(word).exists():
        meant = f"predict {word}" if Path(word).is_file() else f"train --dataset {word}"
    near = get_close_matches(word.lower(), known, 1, 0.6)
    start = f"{command} has no command {word!r}"
    if meant is not None:
        return f"{start}: try numnist {meant}"
    return f"{start}{f' (did you mean {near[0]!r}?)' if near else ''}; there are {', '.join(known)}."


def too_much(word: str, command: str) -> str:
    """What to say of a word that no argument takes."""
    if re.fullmatch(r"[a-z_]\w*(\.\w+)*=.*", word):
        return f"{command}: {word} stands alone: set fields of a recipe with --set {word}"
    from numnist.data.published.catalog import CATALOG

    name = command.removeprefix("numnist ")
    takes = ARGUMENTS.get(name)
    if name in WITH_DATASET and (Path(word).exists() or word in (*CATALOG, "strokes")):
        return f"{command} takes {takes}, and {word} is one word too many: data is named with --dataset {word}"
    return f"{command} takes {takes or 'options only'}, and {word} is one word too many (see {command} --help)."


def _is_first_word(error: MissingArgumentError) -> bool:
    """Whether what is missing is a word of its own rather than the value of an option."""
    names = () if error.argument is None else error.argument.names
    return not any(name.startswith("-") for name in names)


def in_options(text: str, arguments: Sequence[str]) -> str:
    """An error of the library with the names of the command line.

    The library says validation=N and size=(height, width), as in Python, and of a wrong value "batch_size is -1": of an
    option that was given, its name is said instead.
    """
    if not arguments:
        return text
    text = IN_PYTHON.sub("", text)
    text = text.replace("size=(height, width)", "size=[H,W]" if arguments[0] == "sweep" else "size=HxW")
    text = re.sub(
        rf"(?<![\w.\-])({'|'.join(PYTHON_NAMES)})=(?:(?P<value>[\w(\[\-])|(?=\W|$))",
        lambda match: _option(match[1], arguments[0], match["value"]), text,
    )  # fmt: skip
    for name in _given(arguments):
        text = re.sub(rf"^{name} is (?=\S+, but must)", f"--{name.replace('_', '-')} is ", text)
    return text


def _option(name: str, command: str, value: str | None) -> str:
    """validation=1 as --validation 1, and where the command has no such option, as --set validation=1."""
    if command == "sweep" and name not in ("epochs", "pictures", "data_dir", "offline", "threads"):
        return f"--set {name}={value or ''}"
    return f"--{name.replace('_', '-')}{f' {value}' if value else ''}"


def _given(arguments: Iterable[str]) -> list[str]:
    """The options that were given, as Python names them."""
    return [word[2:].partition("=")[0].replace("-", "_") for word in arguments if word.startswith("--")]
