"""What every reader of other programs' files is asked for, and what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numnist.ink.prepare import PREPARATIONS
from numnist.model.model import Model
from numnist.nn.base import Layer
from numnist.support.checks import one_of, pair
from numnist.support.errors import UsageError


@dataclass(frozen=True)
class Wanted:
    """What a file does not say, and its reader is told.  None means: as the file says, or as is usual.

    classes: names in the order of the outputs;  preparation: of pictures of your own;  size: height and width of the
    pictures whose pixels are a file's features;  pixels: the numbers that the file expects, "uint8" for 0 to 255, or
    "float" for 0 to 1.  Of weights alone, in .safetensors: network: that they are for;  mean, std: with which pixels of
    the file's kind were normalised before the network.
    """

    classes: tuple[str, ...] | None = None
    preparation: str | None = None
    size: tuple[int, int] | None = None
    pixels: str | None = None
    network: Layer | None = None
    mean: float | None = None
    std: float | None = None

    @classmethod
    def of(
        cls,
        classes: Sequence[str] | None,
        preparation: str | None,
        size: int | tuple[int, int] | None,
        pixels: str | None,
    ) -> Wanted:
        """The wishes, checked.  Raises UsageError."""
        if isinstance(classes, str):
            raise UsageError(f"classes is {classes!r}, but must be a list of names.")
        if classes is not None and not (classes and all(isinstance(name, str) and name for name in classes)):
            raise UsageError(f"classes is {classes!r}, but must be a list of names, none of them empty.")
        if classes is not None and len(set(classes)) < len(classes):
            twice = next(name for i, name in enumerate(classes) if name in classes[:i])
            raise UsageError(f"classes has {twice!r} twice: a name says which class is meant.")
        if preparation is not None:
            one_of(preparation, "preparation", PREPARATIONS)
        if pixels is not None:
            one_of(pixels, "pixels", ("uint8", "float"))
        return cls(
            None if classes is None else tuple(classes),
            preparation,
            None if size is None else pair(size, "size"),
            pixels,
        )


@dataclass(frozen=True, eq=False)
class Imported:
    """A model from another program's file.

    notes: sentences that say what the file did not carry and was assumed, and what was changed.
    """

    model: Model
    notes: tuple[str, ...]
