"""Which tensor of a state_dict is which parameter: by names that are numnist's own, else by shapes and order.

A .safetensors file does not keep the order of a state_dict.  Names with numbers have one (conv1, conv2; layers.0,
layers.10); where only the order of other names could tell equal shapes apart, nothing is guessed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from numnist.export.torch.layers import COUNTER, NAMES, Modules, Tensor
from numnist.export.torch.write import LAYERS
from numnist.nn.base import Plan, Shape
from numnist.support.errors import ModelFileError

Kinds = dict[str, Shape]  # of one module: the shapes of its tensors by the last part of their names


def matched(plan: Plan, shapes: Mapping[str, Shape], path: Path) -> dict[str, str]:
    """{numnist's name: the tensor's}, with every tensor used once.   shapes: of all tensors by name, without counters

    Raises ModelFileError that names what is missing, superfluous or ambiguous.
    """
    for prefix in (LAYERS, ""):
        tensors = Modules.of(plan, prefix).tensors
        if {tensor.name: tensor.shape for tensor in tensors.values()} == dict(shapes):
            return {name: tensor.name for name, tensor in tensors.items()}
    return _by_shape(Modules.of(plan, "").tensors, shapes, path)


def fits(plan: Plan, shapes: Mapping[str, Shape]) -> bool:
    """Whether the tensors could be those of the network: as many of each shape."""
    return sorted(tensor.shape for tensor in Modules.of(plan, "").tensors.values()) == sorted(shapes.values())


def _by_shape(tensors: Mapping[str, Tensor], shapes: Mapping[str, Shape], path: Path) -> dict[str, str]:
    ours, theirs = defaultdict[str, Kinds](dict), defaultdict[str, Kinds](dict)
    for name, tensor in tensors.items():
        place, _, last = name.rpartition(".")
        ours[place][NAMES[last]] = tensor.shape
    for name, shape in shapes.items():
        module, _, last = name.rpartition(".")
        if last not in NAMES.values():
            raise ModelFileError(f"{path}: the tensor {name!r} is none that a layer of the network has.")
        theirs[module][last] = shape
    found: dict[str, str] = {}
    for kind in {_key(kinds): kinds for kinds in (*ours.values(), *theirs.values())}.values():
        places = [place for place, kinds in ours.items() if kinds == kind]
        modules = sorted((module for module, kinds in theirs.items() if kinds == kind), key=_natural)
        if len(places) != len(modules):
            raise ModelFileError(_miscounted(kind, places, modules, path))
        if len({re.sub(r"\d+", "0", module) for module in modules}) > 1:
            raise ModelFileError(
                f"{path}: {', '.join(modules)} have the same shapes, and their names do not say which comes first: "
                "rename them in the network's order, such as conv1, conv2, and save the state_dict again."
            )
        for place, module in zip(places, modules):
            back = {theirs: ours for ours, theirs in NAMES.items()}
            found |= {f"{place}.{back[last]}": f"{module}.{last}" if module else last for last in kind}
    return found


def _key(kinds: Kinds) -> tuple[tuple[str, Shape], ...]:
    return tuple(sorted(kinds.items()))


def _natural(name: str) -> list[tuple[int, str]]:
    """Numbers by their size: layers.2 before layers.10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _miscounted(kind: Kinds, places: list[str], modules: list[str], path: Path) -> str:
    shapes = ", ".join(f"{last} {shape}" for last, shape in kind.items())
    there = f"the file has {', '.join(modules[:5])}" if modules else "the file has none"
    here = f"the network has them at {', '.join(places[:5])}" if places else "the network has no such layer"
    return (
        f"{path}: tensors of the shapes {shapes}: {there}, but {here}. The network must be that of the file, and the "
        "input's size too; a layer without bias is bias = false."
    )


def is_counter(name: str) -> bool:
    """Whether it is the counter of a batch norm, which nothing here needs."""
    return name.rpartition(".")[2] == COUNTER
