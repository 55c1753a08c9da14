"""Notebooks as pages: text, code, and the outputs that are stored with them."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def notebook(text: str, place: Path) -> str:
    """A notebook in Markdown.   place: where it would be; its pictures are written beside it"""
    cells = json.loads(text)["cells"]
    return "\n".join(line for i, cell in enumerate(cells) for line in [*written(cell, place, i), ""])


def written(cell: dict[str, Any], place: Path, number: int) -> Iterator[str]:
    """A cell in Markdown."""
    source = joined(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
    elif cell["cell_type"] == "code":
        yield from ["```python", source, "```"]
        for i, output in enumerate(cell["outputs"]):
            yield from ["", *shown(output, place.with_name(f"{place.stem}-{number}-{i}.png"))]


def shown(output: dict[str, Any], picture: Path) -> Iterator[str]:
    """An output in Markdown: its picture, else its HTML, else its text."""
    data = output.get("data", {})
    if "image/png" in data:
        picture.write_bytes(b64decode(joined(data["image/png"])))
        yield f"![{joined(data.get('text/plain', 'The figure of the lines above'))}]({picture.name})"
    elif "text/html" in data:
        yield from ["```{raw} html", joined(data["text/html"]), "```"]
    elif text := joined(output.get("text", data.get("text/plain", ""))):
        yield from ["```text", text.rstrip("\n"), "```"]


def joined(text: str | list[str]) -> str:
    """A text, which notebooks may store as lines."""
    return text if isinstance(text, str) else "".join(text)
