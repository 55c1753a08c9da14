"""How many ranks a training is worth.  The result does not depend on it."""

from __future__ import annotations

from numnist.model.model import Model
from numnist.support.checks import whole
from numnist.support.workers import cores
from numnist.training.memory import MOST_RANKS
from numnist.training.settings import Settings

FLOPS = 5e10  # a second on one core, products and all around them
SHORT_STEP = 3e-4  # seconds: two ranks wait for each other for some 0.03 ms a step
SHORT_TRAINING = 0.5  # seconds: a process starts in 0.15


def useful_ranks(
    model: Model, settings: Settings, pictures: int, threads: int | None, processes: int = 1, here: int = 1
) -> int:
    """How many ranks to train on so many pictures, all epochs together.   threads: at most, None for all cores.

    processes, here: of a group, and of them on this machine, which share its cores.
    As many as there are lanes and cores;  one where other processes would cost more than they bring.
    """
    most = max(1, cores() // here) if threads is None else whole(threads, "threads")
    picture = 6 * model.plan.total_macs / FLOPS  # forward, and twice as much backward
    if picture * settings.batch_size < SHORT_STEP or picture * pictures < SHORT_TRAINING:
        return 1
    return min(most, -(-settings.cut(model)[0] // processes), MOST_RANKS)
