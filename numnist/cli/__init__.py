"""The command line: parses, calls one library function, prints.  One file a command.

Results go to stdout, all the rest to stderr.  Exit codes: 0 good, 1 a check failed, 2 usage, 3 data or network,
4 bad model file, 130 interrupted (after saving).

What a command works with is imported in its body: its --help needs the signature alone, and imports not even NumPy.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import App

# What `numnist --help` says of each command, here so that listing them imports none of them.
COMMANDS = {
    "train": "Train a network, judge it, and save everything in a run folder.",
    "resume": "Go on with a run exactly from where it was stopped.",
    "evaluate": "Judge a model: accuracy with its confidence interval, each class, what is taken for what.",
    "predict": "Read pictures from files.",
    "explain": "Explain a layer: formula, source, shapes, and a worked example with its gradient check.",
    "lesson": "Take a lesson: from ready weights over numerical gradients to convolutions.",
    "sweep": "Train a recipe with every combination of some options, in parallel, and compare.",
    "report": "Write a run's report again: one HTML file with curves, mistakes and how to repeat it.",
    "summary": "Show a network's layers with their shapes, parameters and multiply-adds.",
    "gradcheck": "Compare a network's gradients with numerical ones.",
    "recipes": "List the recipes that come with numnist.",
    "bench": "Time numnist beside PyTorch, TensorFlow, JAX and others, those that are installed.",
    "serve": "Open the page on which one draws and the model answers, with its API.",
    "doctor": "Check this installation: versions, data, and whether training gives the right bits.",
}
DATA_COMMANDS = {
    "list": "List the data sets that can be named, and where they are on this machine.",
    "get": "Download a published data set into the user's cache.",
    "verify": "Check every file of a data set against its SHA-256.",
    "import": "Keep files in the user's cache, so that their data set can be named from any folder.",
}
SHOW_COMMANDS = {
    "data": "A grid of examples, by class.",
    "predictions": "Pictures with answer, truth and confidence.",
    "mistakes": "The pictures that a model reads wrong, worst first, with what it took them for.",
    "activations": "What every layer makes of one picture.",
    "filters": "The first layer's weights: before training, on the way, and after.",
    "history": "Loss and accuracy of one or many runs, overlaid.",
    "confusion": "Which class is taken for which.",
    "compare": "Optimizers compared on one network.",
    "network": "The architecture, drawn with its shapes.",
}
INTERRUPTED = 130

HELP = """Train, judge and use small neural networks for handwriting and other small pictures, in pure NumPy.

Start with [bold cyan]numnist train[/]: it trains on MNIST and says what to do next. \
Every command takes [bold cyan]--debug[/], which shows where an error came from.
"""


def app(arguments: Sequence[str] = ()) -> App:
    """All commands; each one's file is imported only when it is asked for.

    A command that the arguments name is described by its own docstring, the others by their line above.
    """
    from cyclopts import App

    import numnist

    # Only docstrings are Markdown: reading it takes a fifth of the time of --help, and the texts above do without.
    root = App(name="numnist", help=HELP, version=numnist.__version__, help_format="rich")
    for i, (name, help_) in enumerate(COMMANDS.items()):
        brief = None if name in arguments else help_
        root.command(f"numnist.cli.{name}:{name}", name=name, help=brief, sort_key=i, help_format="markdown")
    data = App(name="data", help="Find, download, check and import data sets.", sort_key=len(COMMANDS))
    for i, (name, help_) in enumerate(DATA_COMMANDS.items()):
        brief = None if name in arguments else help_
        data.command(f"numnist.cli.data:{name}_", name=name, help=brief, sort_key=i, help_format="markdown")
    root.command(data)
    show = App(name="show", help="Draw data, answers, layers and runs: to a PNG or SVG file, or a window.", sort_key=99)
    for i, (name, help_) in enumerate(SHOW_COMMANDS.items()):
        brief = None if name in arguments else help_
        show.command(f"numnist.cli.show:{name}_", name=name, help=brief, sort_key=i, help_format="markdown")
    root.command(show)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; the entry point of `numnist`."""
    from cyclopts import CycloptsError

    from numnist.support.errors import NumnistError

    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        result = app(arguments)(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        return result if isinstance(result, int) else 0
    except CycloptsError as error:
        return _say(_first_paragraph(str(error)) + " (numnist --help says more)", 2)
    except NumnistError as error:
        if debug:
            raise
        return _say(str(error), error.exit_code)
    except BrokenPipeError:  # the reader of our output has had enough, as `| head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if debug:
            raise
        return _say(f"{error}: check that the file or folder exists, may be used, and has room on its disk.", 1)
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)
    except Exception as error:  # a mistake of ours: a person can do nothing with a traceback but report it
        if debug:
            raise
        what = f"{type(error).__name__}: {error}"
        return _say(f"numnist met something that it did not foresee ({what}): please report what --debug shows.", 1)


def _say(text: str, code: int) -> int:
    from numnist.cli.shared.printing import error

    error(text)
    return code


def _first_paragraph(text: str) -> str:
    return " ".join(text.strip().split("\n\n")[0].split())
