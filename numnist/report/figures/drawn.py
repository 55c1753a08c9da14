"""A figure that a notebook shows: a matplotlib figure made without pyplot, which would keep it and open windows."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from numnist.report.figures.theme import PNG_DPI, png


class Drawn(Figure):
    """Shown as it is saved by `numnist show`, and not cut to what is drawn on it."""

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        """The picture, and how wide it is on the screen: a PNG has two pixels a point."""
        width, height = (round(PNG_DPI / 2 * inches) for inches in self.get_size_inches())
        return png(self), {"width": width, "height": height}
