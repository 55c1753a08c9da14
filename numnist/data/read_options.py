"""How people's own files are to be read, where the files do not say it themselves."""

from __future__ import annotations

from dataclasses import dataclass

from numnist.ink.prepare import PREPARATIONS
from numnist.support.errors import UsageError


@dataclass(frozen=True)
class ReadOptions:
    """size: (height, width) to which a folder of pictures is resized.
    preparation: "digits", "photo" or "plain", as which all pictures are prepared (see ink/prepare.py) unless they are
    in this form already; None leaves files of arrays as they are.
    label_column: of a CSV file, "first", "last" or a name in its header.
    skip_broken: whether pictures that cannot be read are left out, and listed.

    Raises UsageError for values that make no sense.
    """

    size: tuple[int, int] | None = None
    preparation: str | None = None
    label_column: str | None = None
    skip_broken: bool = False

    def __post_init__(self) -> None:
        if self.size is not None and min(self.size) < 1:
            raise UsageError(f"size={self.size} makes no sense: name the height and width in pixels, such as (28, 28).")
        if self.preparation is not None and self.preparation not in PREPARATIONS:
            raise UsageError(f"preparation {self.preparation!r} is unknown; there are {', '.join(PREPARATIONS)}.")


AS_IT_IS = ReadOptions()
