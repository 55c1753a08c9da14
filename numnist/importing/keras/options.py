"""A layer's options, each checked, and none left unread: what is not known might change what the layer computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numnist.importing.keras.chain import Described
from numnist.model.limits import SIDE
from numnist.support.checks import LARGEST
from numnist.support.errors import ModelFileError

HARMLESS = {"name", "trainable", "dtype", "batch_shape", "batch_input_shape", "seed", "noise_shape", "data_format"}
FOR_TRAINING = ("_initializer", "_regularizer", "_constraint")  # ends of options that count in training alone
TYPES = (None, "float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")  # dtype policies


class Options:
    """The options of one layer.  Every method raises ModelFileError for a value that it cannot take."""

    def __init__(self, layer: Described, path: Path):
        self.layer, self.path = layer, path
        self._read = set(HARMLESS)
        policy = layer.config.get("dtype")
        name = (policy.get("config") or {}).get("name") if isinstance(policy, dict) else policy
        if name not in TYPES:
            raise self.refused(f"it computes in {_short(name)}, which is not read")
        if self.get("data_format", "channels_last") not in (None, "channels_last"):
            raise self.refused("its channels come first (data_format), which is not read: save it channels last")

    def get(self, name: str, default: Any = None) -> Any:
        """The value, whatever it is."""
        self._read.add(name)
        return self.layer.config.get(name, default)

    def whole(self, name: str, default: int | None = None, most: int = 1 << 20) -> int:
        return self._whole(self.get(name, default), name, 1, most)

    def pair(self, name: str, default: Any = None) -> tuple[int, int]:
        """Two whole numbers for rows and columns."""
        value = self.get(name, default)
        both = value if isinstance(value, list) else [value, value]
        if len(both) != 2:
            raise self.refused(f"{name} is {_short(value)}")
        return self._whole(both[0], name, 1, SIDE), self._whole(both[1], name, 1, SIDE)

    def sides(self, name: str) -> tuple[int, int, int, int]:
        """(top, bottom, left, right) of a padding: one number, (rows, columns), or ((top, bottom), (left, right))."""
        value = self.get(name)
        rows, columns = value if isinstance(value, list) and len(value) == 2 else (value, value)
        ends = [
            *(rows if isinstance(rows, list) else [rows] * 2),
            *(columns if isinstance(columns, list) else [columns] * 2),
        ]
        if len(ends) != 4:
            raise self.refused(f"{name} is {_short(value)}")
        top, bottom, left, right = (self._whole(end, name, 0, SIDE) for end in ends)
        return top, bottom, left, right

    def flag(self, name: str, default: bool) -> bool:
        value = self.get(name, default)
        if not isinstance(value, bool):
            raise self.refused(f"{name} is {_short(value)}, but must be true or false")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
            raise self.refused(f"{name} is {_short(value)}, but must be a finite number")
        return float(value)

    def one_of(self, name: str, *known: Any, default: Any = None) -> Any:
        """One of some values, of which the first is what is usual."""
        value = self.get(name, default)
        if not any(value == each and type(value) is type(each) for each in known):
            raise self.refused(f"{name} is {_short(value)}, but only {' or '.join(map(repr, known))} can be read")
        return value

    def ignore_all(self) -> None:
        """For a layer that does nothing in inference, whatever its options are."""
        self._read.update(map(str, self.layer.config))

    def all_read(self) -> None:
        """Raise ModelFileError for an option that nobody has asked for, unless it is off."""
        for name, value in self.layer.config.items():
            if name in self._read or str(name).endswith(FOR_TRAINING) or value in (None, False, 0, [], {}):
                continue
            raise self.refused(f"its option {str(name)[:50]!r}, which is {_short(value)}, is not known")

    def refused(self, why: str) -> ModelFileError:
        return ModelFileError(f"{self.path}: layer {self.layer.name!r} ({self.layer.kind}): {why}.")

    def _whole(self, value: Any, name: str, least: int, most: int) -> int:
        if type(value) is not int or not least <= value <= most:
            raise self.refused(f"{name} is {_short(value)}, but must be a whole number from {least} to {most}")
        return value


def _short(value: Any) -> str:
    """As it may stand in a message."""
    text = repr(value)
    return text if len(text) < 80 else f"{text[:77]}..."
