"""Showing, as the commands of `numnist show` share it: where a figure goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from numnist.cli.shared.printing import note, result

if TYPE_CHECKING:
    from numnist.report.figures.theme import Theme

Out = Annotated[
    Path | None,
    Parameter(help="The file to write, .png or .svg; by default a window, or WHAT.png here where none can be opened."),
]
Dark = Annotated[bool, Parameter(negative="", help="Light on dark.")]
AsText = Annotated[bool, Parameter(name="--text", negative="", help="Print it in the terminal instead.")]


def deliver(draw: Callable[[Theme], Any], what: str, out: Path | None, dark: bool) -> int:
    """Draw a figure into the file, into a window, or into WHAT.png here, and say where it is."""
    from numnist.report.figures.theme import DARK, LIGHT, save

    figure = draw(DARK if dark else LIGHT)
    if out is None and _window(figure, what):
        return 0
    path = out or Path(f"{what}.png")
    save(figure, path)
    result(f"Figure    {path}")
    return 0


def check_out(out: Path | None) -> None:
    """Raise UsageError for a file that could not be written, before anybody waits for its figure."""
    from numnist.report.figures.theme import check_format

    if out is not None:
        check_format(out)


def _screen() -> bool:
    """Whether somebody sits before a screen that can show windows."""
    display = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(display) and sys.stdout.isatty()


def _window(figure: Any, what: str) -> bool:
    """Show the figure in a window until it is closed; False where there is no screen or nothing to open one with."""
    if not _screen():
        return False
    import io

    from matplotlib import pyplot  # takes the first of the toolkits that works here

    from numnist.report.figures.theme import png

    if pyplot.get_backend().lower() in ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template"):
        return False
    try:
        window = pyplot.figure(what, figsize=figure.get_size_inches())
        axes = window.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.imshow(pyplot.imread(io.BytesIO(png(figure)), format="png"))
        pyplot.show(block=True)
        pyplot.close(window)
    except Exception as error:  # toolkits raise what they like where their display is gone
        note("Note", f"no window could be opened ({error}).")
        return False
    return True
