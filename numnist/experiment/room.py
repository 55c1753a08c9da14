"""Whether a training fits into this machine, worked out before anything is allocated."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from numnist.data.dataset import Dataset
from numnist.experiment.recipe import Recipe
from numnist.nn.base import Plan
from numnist.support.errors import UsageError

MOST_PARAMETERS = 20_000_000  # of a recipe made for 28×28, where a folder of photographs is given by mistake
MADE_FOR = 28 * 28  # pixels
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def check_room(recipe: Recipe, data: Dataset, memory: int | None) -> None:
    """Raise UsageError if the network for this data is far too large, or its training exceeds `memory` in bytes."""
    _, H, W = data.shape
    plan = recipe.network.build(data.shape)
    needed = needed_bytes(recipe, plan, data)
    cure = "have the pictures resized, as with --size 28 28 (in Python size=(28, 28)), or choose a smaller network"
    if recipe.size is None and H * W > MADE_FOR and plan.size > MOST_PARAMETERS:
        raise UsageError(
            f"for pictures of {W}×{H} the network of {recipe.name!r} has {plan.size:,} parameters, which take "
            f"{_bytes(needed)} to train: {cure}."
        )
    if memory is not None and needed > memory:
        raise UsageError(
            f"training {recipe.name!r} on {data.name} takes {_bytes(needed)}, but this machine has {_bytes(memory)}: "
            f"the network has {plan.size:,} parameters for pictures of {W}×{H}; {cure}."
        )


def needed_bytes(recipe: Recipe, plan: Plan, data: Dataset) -> int:
    """The least that training takes: pictures, weights, two gradients, the optimizer's vectors, and a checkpoint."""
    pictures = sum(split.x.nbytes for split in (data.training, data.validation, data.test))
    vectors = 1 + 2 + len(recipe.optimizer.slots) + (recipe.average is not None) + 1
    batch = recipe.batch_size * plan.in_shape[0] * plan.in_shape[1] * plan.in_shape[2] * np.dtype(np.float32).itemsize
    return pictures + vectors * plan.size * np.dtype(np.float32).itemsize + batch


def machine_memory() -> int | None:
    """Bytes of memory that this machine, or the container around us, has; None if the system does not tell."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
    limit = _CONTAINER.read_text().strip() if _CONTAINER.is_file() else "max"
    return min(memory, int(limit)) if limit.isdecimal() else memory


def _bytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
