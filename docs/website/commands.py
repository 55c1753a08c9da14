"""The page of all commands, from the program itself."""

from __future__ import annotations

import re

from numnist.cli import COMMANDS, DATA_COMMANDS, SHOW_COMMANDS, app

START = """# Commands

Every command of the program, from its own help: `numnist COMMAND --help` prints the same. `--debug`, which every
command takes, shows the traceback of an error.

Results go to stdout, everything else to stderr. Exit codes: 0 success, 1 a check failed, 2 usage, 3 data or network (of
`predict` also if only some of the pictures could not be read), 4 bad model file, 130 interrupted (after saving).

"""


def command_page() -> str:
    """Every command with its arguments and options, in Markdown."""
    names = [*COMMANDS, "data", "show", *DATA_COMMANDS, *SHOW_COMMANDS]  # named, so that each is described in full
    text = app(names).generate_docs(output_format="markdown", heading_level=1)
    _, _, commands = text.partition("\n## numnist ")
    return START + readable("## numnist " + commands)


def readable(text: str) -> str:
    """Help as Markdown reads it: the star of a pattern such as *.png is a star, and a flag is off without a word."""
    return re.sub(r"\*(?=\.\w)", r"\\*", text.replace(" *[default: False]*", ""))
