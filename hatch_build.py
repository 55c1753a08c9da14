"""Completes the package's metadata when it is built: its addresses, and a README whose links work anywhere.

In README.md pictures and pages are named by their place in the repository. A package index has only the text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Links(MetadataHookInterface):
    """All addresses follow from `repository`, one line of pyproject.toml: https://github.com/OWNER/NAME."""

    def update(self, metadata: dict[str, Any]) -> None:
        repository = self.config["repository"]
        owner = repository.split("/")[-2]
        metadata["authors"] = [{"name": "The numnist authors", "email": f"{owner}@users.noreply.github.com"}]
        metadata["urls"] = {
            "Repository": repository,
            "Documentation": f"{repository}/tree/HEAD/docs",
            "Changelog": f"{repository}/blob/HEAD/CHANGELOG.md",
            "Issues": f"{repository}/issues",
        }
        readme = Path(self.root, "README.md").read_text("utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute(readme, repository)}


def absolute(text: str, repository: str) -> str:
    """Markdown whose links into the repository are absolute: to the file of a picture, to the shown text of a page."""

    def replaced(link: re.Match[str]) -> str:
        picture, words, place = link.groups()
        shown = "raw" if place.endswith((".png", ".svg")) else "blob"
        return f"{picture}[{words}]({repository}/{shown}/HEAD/{place})"

    return re.sub(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)]+)\)", replaced, text)
