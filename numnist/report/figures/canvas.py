"""A canvas: a matplotlib figure with a heading, on which text, boxes, lines and pictures are placed in points.

Grey pictures are drawn in one colour whose opacity is the value, so that one SVG suits a light and a dark page.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.nn.base import Array, Layer
from numnist.report.figures.theme import FONT, Theme

Tile = NDArray[np.uint8]  # (H, W, 4), or (H, W, 3) in its own colours
MARGIN = 24.0  # around what is drawn
HEAD = 46.0  # a heading and its small print


class Canvas:
    """A figure with width × height points of content, measured from its top left corner.

    heading: a title and small print above the content.  Use it under the `rules` of theme.py.
    """

    def __init__(self, theme: Theme, width: float, height: float, heading: tuple[str, str] | None = None):
        from numnist.report.figures.drawn import Drawn

        self.theme = theme
        self.margin, head = (MARGIN, HEAD) if heading else (2.0, 0.0)
        if heading:
            width = max(width, length(heading[0], 14, bold=True), length(heading[1], 9))
        self.top = self.margin + head
        self.size = (width + 2 * self.margin, self.top + height + self.margin)
        self.figure = Drawn((self.size[0] / 72, self.size[1] / 72), facecolor=theme.background)
        self.axes = self.figure.add_axes((0, 0, 1, 1), frame_on=False)
        self.axes.set(
            xlim=(-self.margin, width + self.margin), ylim=(height + self.margin, -self.top),
            xticks=[], yticks=[], autoscale_on=False,
        )  # fmt: skip
        if heading:
            self.write(0, -HEAD + 12, heading[0], size=14, bold=True)
            self.write(0, -HEAD + 29, heading[1], theme.faint)

    def write(
        self, x: float, y: float, text: str, colour: str | None = None, *, size: float = 9.0, bold: bool = False,
        align: str = "left", valign: str = "baseline", **options: Any,
    ) -> None:  # fmt: skip
        """Text at a place, by default in the theme's ink; size in points."""
        self.axes.text(
            x, y, text, color=colour or self.theme.ink, fontsize=size, fontfamily=FONT,
            fontweight=700 if bold else 400, horizontalalignment=align, verticalalignment=valign, **options,
        )  # fmt: skip

    def box(self, x: float, y: float, width: float, height: float, colour: str, **options: Any) -> None:
        """A filled rectangle; options are those of matplotlib's patches."""
        from matplotlib.patches import Rectangle

        style: dict[str, Any] = {"facecolor": colour, "linewidth": 0, "clip_on": False}
        self.axes.add_patch(Rectangle((x, y), width, height, **style | options))

    def line(self, xs: list[float], ys: list[float], colour: str, width: float = 1.0, **options: Any) -> None:
        """A line through points."""
        self.axes.plot(xs, ys, color=colour, linewidth=width, clip_on=False, solid_capstyle="butt", **options)

    def image(self, tile: Tile, x: float, y: float, width: float, height: float) -> None:
        """A tile, every pixel a sharp rectangle."""
        extent = (x, x + width, y + height, y)
        self.axes.imshow(tile, extent=extent, interpolation="none", aspect="auto", clip_on=False, zorder=2)

    def tile(self, tile: Tile, x: float, y: float, width: float, height: float) -> None:
        """A tile on a panel."""
        self.box(x, y, width, height, self.theme.panel)
        self.image(tile, x, y, width, height)

    def panel(self, x: float, y: float, width: float, height: float) -> Any:
        """matplotlib axes for curves: a faint grid, small labels, no frame."""
        whole, high = self.size
        left, bottom = (self.margin + x) / whole, 1 - (self.top + y + height) / high
        faint = self.theme.faint
        axes = self.figure.add_axes((left, bottom, width / whole, height / high))
        axes.patch.set_visible(False)
        axes.spines[:].set_visible(False)
        axes.set_axisbelow(True)
        axes.grid(axis="y", color=self.theme.grid, linewidth=0.8)
        axes.tick_params(which="both", length=0, labelsize=9, labelcolor=faint, labelfontfamily=FONT, pad=6)
        return axes


def picture(theme: Theme, x: Array) -> Tile:
    """A picture (C, H, W), uint8 or 0..1, as a tile: one channel in ink, three in colour, others averaged."""
    values = x.astype(np.float64) / (255 if x.dtype == np.uint8 else 1)
    if len(values) == 3:
        return np.rint(255 * np.moveaxis(values, 0, 2)).astype(np.uint8)
    return opaque(values.mean(axis=0), theme.ink)


def opaque(values: Array, colour: str) -> Tile:
    """Values (H, W) in one colour, from 0 (transparent) to 1 (opaque) -> (H, W, 4)."""
    tile = np.empty((*values.shape, 4), np.uint8)
    tile[..., :3] = _rgb(colour)
    tile[..., 3] = np.rint(255 * np.clip(values, 0, 1))
    return tile


def signed(theme: Theme, values: Array) -> Tile:
    """Values (H, W) in two colours, from -1 over 0 (transparent) to 1 -> (H, W, 4)."""
    tile = opaque(np.abs(values), theme.positive)
    tile[values < 0, :3] = _rgb(theme.negative)
    return tile


def kernel(theme: Theme, w: Array) -> Tile:
    """A kernel (C, kh, kw) from -1 to 1: three channels in colour around grey, others averaged in two colours."""
    if len(w) == 3:
        return np.rint(255 * np.clip(0.5 + np.moveaxis(w, 0, 2) / 2, 0, 1)).astype(np.uint8)
    return signed(theme, w.mean(axis=0))


@cache
def length(text: str, size: float, bold: bool = False) -> float:
    """The width of a text in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family=[FONT], size=size, weight=700 if bold else 400)
    width, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def shortened(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text, cut with an ellipsis if it is wider."""
    if length(text, size, bold) <= width:
        return text
    most = max(n for n in range(len(text)) if n < 2 or length(text[:n] + "…", size, bold) <= width)
    return text[:most] + "…"


def brief(layer: Layer) -> str:
    """A layer's repr without keyword arguments: Conv2d(32, 3, …)."""
    return re.sub(r", \w+=.*", ", …)", repr(layer))


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
