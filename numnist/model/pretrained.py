"""Pretrained models: small ones, trained by numnist on the real data, that come with the package.

    load_model("digits")

Each is a model file whose `about` holds its recipe, its data's hash, and the accuracy it reached.
"""

from __future__ import annotations

from pathlib import Path

PRETRAINED = ("digits", "fashion")  # named after their recipes
FOLDER = Path(__file__).parent / "pretrained_files"


def pretrained_path(name: str) -> Path:
    """The file of the pretrained model of that name."""
    return FOLDER / f"{name}.safetensors"
