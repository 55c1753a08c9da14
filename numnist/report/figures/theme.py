"""The colours of all figures and of the report, and saving a figure.

Lengths are points (1/72 inch), which are also the units of an SVG; a PNG has two pixels a point.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numnist.support.errors import UsageError
from numnist.support.extras import install
from numnist.support.files import write_atomically

FORMATS = (".png", ".svg")
FONT = "DejaVu Sans"  # comes with matplotlib: the same on every machine
PNG_DPI = 144  # two pixels a point
RULES = {  # matplotlib settings while a figure is made or drawn, whatever the user's own are
    "font.family": [FONT],
    "text.parse_math": False,  # a class may be called $
    "axes.unicode_minus": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "numnist",
    "image.composite_image": False,
}


@dataclass(frozen=True)
class Theme:
    """Colours.  Marks repeat what `good`, `bad` and the colour of a series tell, for readers with colour blindness.

    background, panel (behind a tile), grid, faint (small print), ink: from paper to text;  accent: the main colour;
    positive and negative: of weights;  series: of curves, any two distinct with every kind of colour vision.
    """

    background: str
    panel: str
    grid: str
    faint: str
    ink: str
    accent: str
    good: str
    bad: str
    positive: str
    negative: str
    series: tuple[str, ...]

    def variables(self) -> dict[str, str]:
        """The colours by their names in CSS, without the two hyphens: background ... series-1, series-2 ..."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "series"}
        return plain | {f"series-{i}": colour for i, colour in enumerate(self.series, 1)}


LIGHT = Theme(
    background="#ffffff", panel="#f3f4f6", grid="#e1e4e8", faint="#5f6975", ink="#191d23", accent="#1d6fb8",
    good="#1b7558", bad="#c5430d", positive="#1d6fb8", negative="#c5430d",
    series=("#1d6fb8", "#c5430d", "#2f9f7f", "#a03470", "#c08a10", "#9a78f0", "#0c3350", "#642004"),
)  # fmt: skip
DARK = Theme(
    background="#14171c", panel="#1f242b", grid="#2f353d", faint="#9aa4b1", ink="#e8ebef", accent="#4f9fe6",
    good="#4cc79b", bad="#f0792f", positive="#4f9fe6", negative="#f0792f",
    series=("#4f9fe6", "#f0792f", "#bdf0d0", "#d183ab", "#f2c14e", "#8a6cf0", "#5fd0f5", "#b04a3c"),
)  # fmt: skip


@contextmanager
def rules() -> Iterator[None]:
    """matplotlib's defaults and our rules, within a `with` block or as a decorator.  Raises UsageError without it."""
    check_installed()
    import matplotlib.style

    with matplotlib.style.context(["default", RULES]):
        yield


def save(figure: Any, path: Path) -> None:
    """Write a figure as .png or .svg, by its name; the same figure gives the same bytes.  Raises UsageError."""
    check_format(path)
    write_atomically(path, svg(figure) if path.suffix == ".svg" else png(figure))


def check_installed() -> None:
    """Raise UsageError unless matplotlib is there, before time is spent on what it would draw."""
    if find_spec("matplotlib") is None:
        raise UsageError(f"figures are drawn by matplotlib, which is not installed: {install('figures')} brings it.")


def check_format(path: Path) -> None:
    """Raise UsageError unless the file is .png or .svg, before time is spent on drawing its figure."""
    if path.suffix not in FORMATS:
        raise UsageError(f"{path}: a figure's file must end in {' or '.join(FORMATS)}: give it such a name.")


@rules()
def png(figure: Any) -> bytes:
    """A figure as the bytes of a PNG, without matplotlib's version."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return out.getvalue()


@rules()
def svg(figure: Any) -> bytes:
    """A figure as the bytes of an SVG, text as text, without dates and versions."""
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return out.getvalue()
