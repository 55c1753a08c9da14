"""Whether all processes of a group train the same: else the result would be wrong without a word."""

from __future__ import annotations

import platform
import warnings
from dataclasses import fields

import numpy as np

import numnist
from numnist.data.dataset import Dataset
from numnist.model.model import Model
from numnist.support.environment import environment
from numnist.support.errors import UsageError
from numnist.training.parallel.group import Group
from numnist.training.settings import Settings
from numnist.training.state import State


def check_same(group: Group, model: Model, data: Dataset, settings: Settings, state: State) -> None:
    """Raise UsageError in every process if one has another version, data set, network, settings, weights or step."""
    if group.size == 1:
        return
    own = {
        "version of numnist": numnist.__version__,
        "version of NumPy": np.__version__,
        "data set (SHA-256)": data.sha256[:16],
        "network": repr(model.network),
        **{f"setting {each.name}": _told(getattr(settings, each.name)) for each in fields(Settings)},
        "weights (SHA-256)": model.weights_sha256[:16],
        "step": str(state.step),
    }
    all_facts = group.collect((own, platform.node(), environment()["blas"]))
    first, _, blas = all_facts[0]
    for position, (facts, host, _) in enumerate(all_facts):
        for name, value in facts.items():
            if value != first[name]:
                error = UsageError(
                    f"process {position} of the group, on {host}, has another {name} than the first: {value}, not "
                    f"{first[name]}. All must train the same."
                )
                group.agree(error)
    if group.position == 0 and any(other != blas for _, _, other in all_facts):
        warnings.warn(
            "the processes of the group have different BLAS libraries or kernels, which may round differently: the "
            "weights will be good, but perhaps not those of one machine to the bit.",
            stacklevel=2,
        )


def _told(value: object) -> str:
    """A setting's value, the same text in every process: a function's repr would have its address in memory."""
    name = getattr(value, "__qualname__", None)
    return repr(value) if name is None else f"{getattr(value, '__module__', '')}.{name}"
