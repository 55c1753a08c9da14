"""Ready models: small ones that numnist has trained on the real data and brings along, to be used at once.

    load_model("digits")

Each is a model file, whose `about` says by which recipe, seed and data it was made and what it reached.
"""

from __future__ import annotations

from pathlib import Path

READY = ("digits", "fashion")  # by their recipes' names
FOLDER = Path(__file__).parent / "pretrained_files"


def ready_path(name: str) -> Path:
    """Where the ready model of that name is."""
    return FOLDER / f"{name}.safetensors"
