"""The record of a comparison as ratios, and as tables for the terminal and for documents."""

from __future__ import annotations

import statistics
from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple

from numnist.bench.peers import CONTENDERS, OURS
from numnist.bench.rounds import Spread, ratio, spread
from numnist.support.environment import stamped

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


class Table(NamedTuple):
    """Heads, and rows of as many cells.  texts: columns that are left-aligned; the others are right-aligned."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: Container[int] = (0,)

    def markdown(self) -> str:
        marks = ["---" if i in self.texts else "---:" for i in range(len(self.heads))]
        return "\n".join("| " + " | ".join(row) + " |" for row in (self.heads, marks, *self.rows))


def network_table(network: Record, answered: int) -> Table:
    """One network: a row for each measured backend.  Ratios are the peer's time ÷ numnist's."""
    heads = ("", "ms per step", "÷ numnist", f"ms for {answered:,} pictures", "÷ numnist", "peak MB", "growth in MB")
    rows = []
    for name in network[INFERENCE]:
        memory = network["memory_mb"].get(name, {})
        most, loaded = memory.get("most"), memory.get("loaded")
        sizes = (f"{most:,.0f}" if most else "", f"{most - loaded:,.0f}" if most and loaded else "")
        rows.append((name, *_timed(network, TRAINING, name), *_timed(network, INFERENCE, name), *sizes))
    return Table(heads, rows)


def _timed(network: Record, what: str, name: str) -> tuple[str, str]:
    """Milliseconds, and the ratio to numnist's."""
    times = network[what].get(name)
    relative = advantage(network, what, name) if name != OURS else None
    return times_text(spread(times)) if times else "", ratio_text(relative)


def summary_table(record: Record) -> Table:
    """A row for each network: times and memory of PyTorch and of the fastest peer as multiples of numnist's, and the
    share of the machine's peak that numnist's training step reaches.
    """
    heads = (
        "peer's ÷ numnist's", "training step: PyTorch", "fastest peer", "inference: PyTorch", "fastest peer",
        "memory: PyTorch", "share of peak",
    )  # fmt: skip
    rows = []
    for name, network in record["networks"].items():
        cells = [name]
        for what in (TRAINING, INFERENCE):
            peer = fastest_peer(network, what)
            fastest = ratio_text(advantage(network, what, peer)) if peer else ""
            cells += [ratio_text(advantage(network, what, PYTORCH)), f"{fastest} {peer}" if peer else ""]
        memory, share = memory_ratio(network, PYTORCH), share_of_peak(network)
        cells += [f"{memory:.2f}" if memory else "", f"{100 * share:.0f}%" if share else ""]
        rows.append(tuple(cells))
    return Table(heads, rows)


def heading(name: str, network: Record) -> str:
    """A network in one line."""
    return (
        f"{name}: {network['title']}; batch {network['batch']}, {network['parameters']:,} parameters, "
        f"{network['gflop_a_step']:.2f} Gflop per step"
    )


def remarks(network: Record) -> list[str]:
    """Which backends were left out and why, and which failed."""
    left_out = [f"{name} is left out: {why}." for name, why in network["left_out"].items()]
    return left_out + [f"{why}." for why in network["failed"].values()]


def footnote(record: Record) -> str:
    """How and where it was measured."""
    made, threads = record["environment"], record["threads"]
    peers = ", ".join(f"{name} {made[name]}" for name in record["peers"])
    return (
        f"Medians (lowest – highest) of {record['rounds']} rounds in turns on {record['data']}, "
        f"{threads} thread{'' if threads == 1 else 's'} each; ratios are taken round by round. "
        f"{f'Peers: {peers}. ' if peers else ''}{stamped(record)}"
    )


def times_text(found: Spread) -> str:
    """1.71 (1.65 – 1.80), 23.4 (22.9 – 25.0), 155 (151 – 163)"""
    digits = 2 if found.median < 10 else 1 if found.median < 100 else 0
    return f"{found.median:.{digits}f} ({found.lowest:.{digits}f} – {found.highest:.{digits}f})"


def ratio_text(found: Spread | None) -> str:
    """1.32 (1.21 – 1.40), "" for None"""
    return "" if found is None else f"{found.median:.2f} ({found.lowest:.2f} – {found.highest:.2f})"
