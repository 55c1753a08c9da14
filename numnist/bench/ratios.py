"""Readings: what a comparison's record comes to: medians, ratios, the fastest peer, the share of the machine's peak."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from numnist.bench.rounds import Spread, ratio
from numnist.bench.side import KINDS, OURS

Record = Mapping[str, Any]
PYTORCH = "pytorch"
TRAINING, ANSWERING = "training_ms", "answering_ms"


def advantage(network: Record, what: str, peer: str) -> Spread | None:
    """The peer's time ÷ numnist's, round by round; None where one was not timed.   what: TRAINING or ANSWERING"""
    times = network[what]
    return ratio(times[peer], times[OURS]) if peer in times and OURS in times else None


def fastest_peer(network: Record, what: str) -> str | None:
    """The peer with the lowest median, as people have it: not with malloc's settings changed.  None without peers."""
    medians = {
        name: statistics.median(times)
        for name, times in network[what].items()
        if name != OURS and not KINDS[name].keeps_pages
    }
    return min(medians, key=medians.__getitem__, default=None)


def share_of_peak(network: Record) -> float | None:
    """Of the machine's matrix products' speed, the part that numnist's whole training step reaches."""
    if OURS not in network[TRAINING]:
        return None
    seconds = statistics.median(network[TRAINING][OURS]) / 1e3
    return float(network["gflop_a_step"] / seconds / network["peak_gflops"])


def memory_ratio(network: Record, peer: str) -> float | None:
    """The peer's peak memory in training ÷ numnist's; None where one is not known."""
    most = {name: used["most"] for name, used in network["memory_mb"].items()}
    ours, theirs = most.get(OURS), most.get(peer)
    return theirs / ours if ours and theirs else None
