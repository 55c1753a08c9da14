"""Results of a comparison's record: ratios, the fastest peer, the share of the machine's peak."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from numnist.bench.peers import CONTENDERS, OURS
from numnist.bench.rounds import Spread, ratio

Record = Mapping[str, Any]
PYTORCH = "pytorch"
TRAINING, INFERENCE = "training_ms", "answering_ms"  # keys of the record


def advantage(network: Record, what: str, peer: str) -> Spread | None:
    """The peer's time ÷ numnist's, round by round; None if one was not measured.   what: TRAINING or INFERENCE"""
    times = network[what]
    return ratio(times[peer], times[OURS]) if peer in times and OURS in times else None


def fastest_peer(network: Record, what: str) -> str | None:
    """The peer with the lowest median, with malloc's default settings.  None without peers."""
    medians = {
        name: statistics.median(times)
        for name, times in network[what].items()
        if name != OURS and not CONTENDERS[name].keeps_pages
    }
    return min(medians, key=medians.__getitem__, default=None)


def share_of_peak(network: Record) -> float | None:
    """The fraction of the machine's peak in matrix products that numnist's whole training step reaches."""
    if OURS not in network[TRAINING]:
        return None
    seconds = statistics.median(network[TRAINING][OURS]) / 1e3
    return float(network["gflop_a_step"] / seconds / network["peak_gflops"])


def memory_ratio(network: Record, peer: str) -> float | None:
    """The peer's peak memory in training ÷ numnist's; None if one is unknown."""
    most = {name: used["most"] for name, used in network["memory_mb"].items()}
    ours, theirs = most.get(OURS), most.get(peer)
    return theirs / ours if ours and theirs else None
