"""What every format is made of: the model, its name, and the bytes of its file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numnist.model import file
from numnist.model.model import Model
from numnist.model.network_record import network_to_dict
from numnist.model.reading import Reader, model_name
from numnist.nn import LAYERS
from numnist.nn.base import Plan
from numnist.support.errors import UsageError

# What pictures must be where a file cannot prepare them itself, by the model's preparation
PREPARED = {
    "digits": "light ink on black, 20x20 of 28x28, its centre of mass in the middle, as MNIST has it",
    "photo": "one object on black, as Fashion-MNIST has it",
    "plain": "resized",
}


@dataclass(frozen=True, eq=False)
class Exported:
    """A model to export.   name: what it is called, None if it has no name;  data: its file's bytes"""

    model: Model
    name: str | None
    data: bytes

    @classmethod
    def of(cls, given: Model | str | os.PathLike[str]) -> Exported:
        """The model, and its file as it is on disk; of a checkpoint only the model.

        Raises ModelFileError for what is no model, and UsageError for one with layers that are not numnist's.
        """
        if isinstance(given, Model):
            check_layers(given.plan)
            return cls(given, Reader.of(given).name, file.to_bytes(given.contents(), "the exported file"))
        path = Path(given)
        contents = file.read(path)
        model = Model.from_contents(contents, path)
        whole = contents.training or contents.tensors
        data = file.to_bytes(model.contents(), path) if whole else file.located(path).read_bytes()
        return cls(model, model_name(path), data)

    @property
    def network(self) -> dict[str, Any]:
        """The network's record with all fields, also those that the file was written without."""
        return network_to_dict(self.model.network)


def check_layers(plan: Plan) -> None:
    """Raise UsageError for a layer that is not numnist's: what it computes is known only to Python."""
    kind = type(plan.layer)
    if LAYERS.get(kind.__name__) is not kind:
        raise UsageError(
            f"{plan.layer!r} is a layer of your own, and what it computes is known only to Python: export a network "
            f"of numnist's layers, which are {', '.join(LAYERS)}."
        )
    for child in plan.children:
        check_layers(child)
