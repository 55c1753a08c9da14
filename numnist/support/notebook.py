"""What a notebook shows of an object: plain HTML without colours of its own, legible in light and dark themes.

Every text is escaped here, so that a class may be called <b>.  Jupyter styles tables itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from numpy.typing import NDArray

MOST = 40  # rows of a table
SIDE = 42  # of a picture, in pixels of the screen


def shown(title: str, line: str, *parts: str) -> str:
    """A title with a line of text, and parts below it: what a `_repr_html_` returns.   parts: HTML"""
    return f"<div><div><strong>{escape(title)}</strong> {escape(line)}</div>{''.join(parts)}</div>"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> str:
    """A table, of at most 40 rows, which says how many are left out.   right: heads of columns of numbers"""
    sides = ["right" if head in right else "left" for head in heads]
    top = _row("th", heads, sides) if any(heads) else ""
    body = "".join(_row("td", row, sides) for row in rows[:MOST])
    left_out = f"<div>and {len(rows) - MOST:,} more</div>" if len(rows) > MOST else ""
    return f'<div style="overflow-x: auto"><table style="margin: 0.5em 0">{top}{body}</table></div>{left_out}'


def facts(values: Mapping[str, str]) -> str:
    """Names with what is known; what is empty is left out."""
    return table(("", ""), [(name, value) for name, value in values.items() if value])


def pictures(captioned: Iterable[tuple[NDArray[Any], str]]) -> str:
    """Pictures (C, H, W) side by side, each above its caption."""
    from numnist.support.thumbnails import thumbnail

    tiles = (
        f'<div style="text-align: center"><img src="{thumbnail(x)}" alt="{escape(text)}" '
        f'style="height: {SIDE}px; min-width: 0; image-rendering: pixelated; margin: 0 auto; display: block">'
        f"<small>{escape(text)}</small></div>"
        for x, text in captioned
    )
    return f'<div style="display: flex; flex-wrap: wrap; gap: 6px; margin: 0.5em 0">{"".join(tiles)}</div>'


def _row(tag: str, cells: Sequence[str], sides: Sequence[str]) -> str:
    inner = (f'<{tag} style="text-align: {side}">{escape(cell)}</{tag}>' for side, cell in zip(sides, cells))
    return f"<tr>{''.join(inner)}</tr>"
