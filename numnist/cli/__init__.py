"""The command line: each command parses its options, calls one library function, and prints.

Each has a file of its own, and its docstring is its help.

Results go to stdout, everything else to stderr.  Exit codes: 0 success, 1 a check failed, 2 usage, 3 data or network
(of `predict` also if only some of the pictures could not be read), 4 bad model file; after saving, 130 interrupted,
143 terminated, 129 hung up.

A command imports what it needs in its body, so that --help, which needs only the signature, does not import NumPy.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, get_args

from numnist.support.errors import INTERRUPTED, LaunchError, NumnistError, Terminated
from numnist.support.stops import RAISED, stoppable

if TYPE_CHECKING:
    from cyclopts import App, Token

# Descriptions for `numnist --help`, here so that listing the commands imports none of them.
COMMANDS = {
    "train": "Train a network, evaluate it, and save everything in a run folder.",
    "resume": "Continue a run exactly from where it was stopped.",
    "evaluate": "Evaluate a model: accuracy with a confidence interval, per class, and which classes it confuses.",
    "predict": "Classify pictures: files, folders, or a picture in each row of a CSV file.",
    "explain": "Explain a layer and more: formula, source, shapes, and a worked example with its gradient check.",
    "exercise": "Write an exercise: a Python file with a function of a neural network to complete.",
    "check": "Check your solution of an exercise: what is wrong, and where.",
    "lesson": "Take a lesson: from trained weights and numerical gradients to convolutions.",
    "sweep": "Train a recipe with every combination of some options, or search for the best, and compare.",
    "find-rate": "Find a learning rate: the loss while the rate rises, and a suggestion.",
    "report": "Rewrite a run's report: one HTML file with curves, mistakes and how to repeat it.",
    "export": "Write a model as a file that needs no Python: one HTML page that reads drawings and pictures.",
    "import": "Import a model that another program has written, such as an ONNX file.",
    "card": "Write a model card: README.md as model hubs want it, with results, data, limits and how to repeat it.",
    "summary": "Show a network's layers with their shapes, parameters and multiply-adds.",
    "gradcheck": "Compare a network's gradients with numerical ones.",
    "recipes": "List the recipes that come with numnist, or show one as a file.",
    "bench": "Benchmark numnist against PyTorch, TensorFlow, JAX and others, if installed.",
    "serve": "Serve a page that classifies what you draw, and an API.",
    "doctor": "Check this installation: versions, data, and whether training is reproducible.",
}
DATA_COMMANDS = {
    "list": "List the data sets that you can name, and where they are on this machine.",
    "get": "Download a published data set into the user's cache.",
    "verify": "Check every file of a data set against its SHA-256.",
    "import": "Copy files into the user's cache, so that you can name their data set from any folder.",
    "remove": "Remove an imported or downloaded data set from the user's cache.",
}
SHOW_COMMANDS = {
    "data": "A grid of examples, by class.",
    "predictions": "Pictures with prediction, label and confidence.",
    "mistakes": "Misclassified pictures with their predictions, the most confident mistakes first.",
    "activations": "The activations of every layer for one picture.",
    "filters": "The first layer's weights before, during and after training.",
    "history": "Loss and accuracy of one or more runs, overlaid.",
    "confusion": "The confusion matrix.",
    "compare": "Optimizers compared on one network.",
    "network": "The architecture with its shapes.",
}

HELP = """Train, evaluate and use small neural networks for handwriting and other small pictures, in pure NumPy.

Start with [bold cyan]numnist train[/]: it trains on MNIST and shows what to do next. \
[bold cyan]numnist help COMMAND[/] explains a command. \
Every command takes [bold cyan]--debug[/], which shows the traceback of an error.
"""
COMPLETION = "Let the shell complete commands and options: writes a script, and a line into its start file."


def converted(kind: Any, tokens: Sequence[Token]) -> Any:
    """What an option's words mean.  cyclopts alone would round 3.5 to a whole number without a word."""
    from cyclopts import CoercionError, convert

    for number, name in ((int, "a whole number"), (float, "a number")):
        if kind is number or number in get_args(kind):
            for token in tokens:
                try:
                    number(token.value)
                except ValueError:
                    where = f"{token.keyword} " if token.keyword else ""
                    raise CoercionError(f"{where}{token.value} makes no sense: give {name}") from None
    return convert(kind, tokens)


def app(arguments: Sequence[str] = ()) -> App:
    """All commands; each one's file is imported only when you call it.

    A command that is named in the arguments is described by its own docstring, the others by their line above.
    """
    from cyclopts import App, Parameter

    import numnist
    from numnist.cli.shared.width import least_width

    def add(to: App, module: str, commands: Mapping[str, str]) -> None:
        for i, (name, line) in enumerate(commands.items()):
            brief = None if name in arguments else line
            word = name.replace("-", "_") + "_" * (iskeyword(name) and not module.endswith("_"))
            to.command(module.format(word), name=name, help=brief, sort_key=i, help_format="markdown")

    narrow: dict[str, Any] = {}
    if width := least_width():
        from rich.console import Console

        narrow = {"console": Console(width=width)}
    # Only docstrings are Markdown, because parsing it takes a fifth of the time of --help.
    root = App(
        name="numnist", help=HELP, version=numnist.__version__, version_flags=("--version", "-V"), help_format="rich",
        default_parameter=Parameter(converter=converted), suppress_keyboard_interrupt=False, **narrow,
    )  # fmt: skip
    data = App(name="data", help="Find, download, check and import data sets.", sort_key=len(COMMANDS))
    show = App(
        name="show", help="Draw data, predictions, layers and runs: to a PNG or SVG file, or a window.", sort_key=99
    )
    add(root, "numnist.cli.{0}:{0}", COMMANDS)
    add(data, "numnist.cli.data:{}_", DATA_COMMANDS)
    add(show, "numnist.cli.show:{}_", SHOW_COMMANDS)
    root.command(data)
    root.command(show)
    if not arguments or arguments[0].startswith("-"):
        root.register_install_completion_command(help=COMPLETION)  # here, because its imports take time
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in given
    words = [word for word in given if word != "--debug"]
    try:
        from numnist.cli.shared.arguments import usual
        from numnist.cli.shared.encoding import print_anything
        from numnist.cli.shared.launch import refusal

        print_anything(sys.stdout, sys.stderr)
        words = usual(words)
        if refused := refusal(words):
            raise LaunchError(refused)
        with warnings_as_notes(), stoppable():
            result = app(words)(words, exit_on_error=False, print_error=False, result_action="return_value")
        return result if isinstance(result, int) else 0
    except BrokenPipeError:  # the reader of our output has closed it, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as stopped:
        return interrupted(stopped)
    except Exception as error:
        if RAISED:  # Python makes it a RuntimeError while it makes a class, and Cython an ImportError
            return interrupted(RAISED[-1])
        if debug:
            import traceback

            traceback.print_exc()
        return report_error(error, arguments=words)


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Print what numnist warns of as a note, once, rather than with a line of its source."""
    before, said = warnings.showwarning, set()

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if not issubclass(category, UserWarning):
            before(message, category, *where, **more)
        elif str(message) not in said:
            from numnist.cli.shared.printing import note

            said.add(str(message))
            note("Warning", str(message))

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before


def interrupted(stopped: KeyboardInterrupt) -> int:
    """Say that Ctrl-C or a signal has ended the command, and return its exit code.

    Without an import, as one may just have been interrupted.
    """
    said, code = ("terminated", stopped.exit_code) if isinstance(stopped, Terminated) else ("interrupted", INTERRUPTED)
    with uninterrupted(), suppress(OSError):
        sys.stderr.write(f"{said}\n")
        sys.stderr.flush()
    return code


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore a second Ctrl-C, which would cut off what is said of the first."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def report_error(error: BaseException, where: str = "", arguments: Sequence[str] = ()) -> int:
    """Print an error, after where it has happened, and return the exit code.   arguments: of the command line"""
    from cyclopts import CycloptsError

    from numnist.cli.shared.mistakes import explain, in_options
    from numnist.cli.shared.printing import error as print_error
    from numnist.support.launched import position

    if isinstance(error, CycloptsError | LaunchError) and position() > 0:
        return 0  # of all that mpiexec has started with the same words, the first speaks; any other code would end it
    if isinstance(error, CycloptsError):
        commands = {"": [*COMMANDS, "data", "show"], "data": DATA_COMMANDS, "show": SHOW_COMMANDS}
        text, code = explain(error, arguments, commands), 2
    elif isinstance(error, KeyboardInterrupt):  # of one of several processes
        text, code = "interrupted", INTERRUPTED
    elif isinstance(error, NumnistError):
        text, code = in_options(str(error), arguments), error.exit_code
    elif isinstance(error, OSError):
        advice = "check that the file or folder exists, that you may use it, and that its disk is not full."
        text, code = f"{error}: {advice}", 1
    else:  # a bug: a traceback would not help the user, but its report helps us
        what = f"{type(error).__name__}: {error}"
        text, code = f"this is a bug in numnist ({what}): please report it with the output of --debug.", 1
    print_error(where + text)
    return code
