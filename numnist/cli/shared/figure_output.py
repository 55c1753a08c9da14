"""Where the figures of `numnist show` go: a file, or a window."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from numnist.cli.shared.printing import confirmed, note, result

if TYPE_CHECKING:
    from numnist.report.figures.theme import Theme

AsText = Annotated[bool, Parameter(name="--text", negative="", help="Print it in the terminal instead.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class FigureOptions:
    """Where a figure goes, and how it looks."""

    out: Annotated[
        Path | None,
        Parameter(
            help="The file to write, .png or .svg; by default a window, or WHAT.png in this folder if none opens."
        ),
    ] = None
    force: Annotated[bool, Parameter(negative="", help="Replace the file if it is there already.")] = False
    dark: Annotated[bool, Parameter(negative="", help="Light on dark.")] = False

    def check(self, drawn: bool = True) -> None:
        """Raise UsageError for a figure that cannot be drawn or written, before any work is done for it.

        drawn: whether there will be one, instead of text or JSON
        """
        if self.out is not None:
            check_out(self.out, self.force)
        elif drawn:
            from numnist.report.figures.theme import check_installed

            check_installed()

    def save_or_show(self, draw: Callable[[Theme], Any], what: str) -> None:
        """Draw a figure into `out`, a window, or WHAT.png in this folder, and print the file's path.

        If there is a WHAT.png already, it becomes WHAT-2.png.
        """
        from numnist.report.figures.theme import DARK, LIGHT, save

        figure = draw(DARK if self.dark else LIGHT)
        if self.out is None and _window(figure, what):
            return
        path = self.out or (Path(f"{what}.png") if self.force else _free(what))
        save(figure, path)
        result(f"Figure    {path}")


FIGURE = FigureOptions()  # default of commands


def check_out(path: Path, force: bool) -> None:
    """Raise UsageError for a figure's file that cannot be written, or is there and should stay."""
    from numnist.report.figures.theme import check_format, check_installed
    from numnist.support.errors import UsageError

    check_installed()
    check_format(path)
    if path.exists() and not force and not confirmed(f"{path} is there already. Replace it?"):
        raise UsageError(f"{path} is there already: give another --out, or --force to replace it.")


def _free(what: str) -> Path:
    """WHAT.png, or WHAT-2.png and so on: the first that is not there yet."""
    names = (Path(f"{what}{'' if n == 1 else f'-{n}'}.png") for n in count(1))
    return next(path for path in names if not path.exists())


def _has_screen() -> bool:
    """Whether the command runs in a terminal on a desktop that can show windows."""
    display = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(display) and sys.stdout.isatty()


def _window(figure: Any, what: str) -> bool:
    """Show the figure in a window until it is closed; False without a screen or a toolkit to open one."""
    if not _has_screen():
        return False
    import io

    from matplotlib import pyplot  # takes the first toolkit that works here

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
    except Exception as error:  # toolkits raise anything if the display has gone
        note("Note", f"no window could be opened ({error}).")
        return False
    return True
