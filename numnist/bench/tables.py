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
TRAINING, INFERENCE, EPOCH = "training_ms", "answering_ms", "epoch_s"  # keys of a run in the record


def runs(name: str, network: Record) -> list[tuple[str, Record]]:
    """The measurements of a network, one for each number of threads, with a title: mlp, or mlp on 2 threads."""
    found = network["runs"]
    return [(name if len(found) == 1 else f"{name}, {counted(int(n))}", run) for n, run in found.items()]


def advantage(run: Record, what: str, peer: str) -> Spread | None:
    """The peer's time ÷ numnist's, round by round; None if one was not measured.   what: a key, such as TRAINING"""
    times = run[what]
    return ratio(times[peer], times[OURS]) if peer in times and OURS in times else None


def fastest_peer(run: Record, what: str) -> str | None:
    """The peer with the lowest median, with malloc's default settings.  None without peers."""
    medians = {
        name: statistics.median(times)
        for name, times in run[what].items()
        if name != OURS and not CONTENDERS[name].keeps_pages
    }
    return min(medians, key=medians.__getitem__, default=None)


def share_of_peak(network: Record, run: Record) -> float | None:
    """The fraction of the machine's peak in matrix products that numnist's whole training step reaches."""
    if OURS not in run[TRAINING]:
        return None
    seconds = statistics.median(run[TRAINING][OURS]) / 1e3
    return float(network["gflop_a_step"] / seconds / run["peak_gflops"])


def memory_ratio(run: Record, peer: str) -> float | None:
    """The peer's peak memory in training ÷ numnist's; None if one is unknown."""
    most = {name: used["most"] for name, used in run["memory_mb"].items()}
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


def network_table(network: Record, record: Record) -> Table:
    """One network: a row for each measured backend and number of threads.  Ratios are the peer's time ÷ numnist's."""
    answered, pictures = record["answered"], record["epoch_pictures"]
    columns = {TRAINING: "ms per step", INFERENCE: f"ms for {answered:,} pictures"}
    if pictures:
        columns[EPOCH] = "s to first epoch"
    timed = [head for column in columns.values() for head in (column, "÷ numnist")]
    rows = []
    for title, run in runs("", network):
        for name in run[INFERENCE]:
            memory = run["memory_mb"].get(name, {})
            most, loaded = memory.get("most"), memory.get("loaded")
            sizes = (f"{most:,.0f}" if most else "", f"{most - loaded:,.0f}" if most and loaded else "")
            rows.append((name + title, *(cell for what in columns for cell in _timed(run, what, name)), *sizes))
    return Table(("", *timed, "peak MB", "growth in MB"), rows)


def _timed(run: Record, what: str, name: str) -> tuple[str, str]:
    """The time, and its ratio to numnist's."""
    times = run[what].get(name)
    relative = advantage(run, what, name) if name != OURS else None
    return times_text(spread(times)) if times else "", ratio_text(relative)


def summary_table(record: Record) -> Table:
    """A row for each network and number of threads: times and memory of PyTorch and of the fastest peer as multiples of
    numnist's, and the share of the machine's peak that numnist's training step reaches.
    """
    columns = {TRAINING: "training step", INFERENCE: "inference"}
    if record["epoch_pictures"]:
        columns[EPOCH] = "first epoch"
    compared = [head for column in columns.values() for head in (f"{column}: PyTorch", "fastest peer")]
    rows = []
    for name, network in record["networks"].items():
        for title, run in runs(name, network):
            cells = [title]
            for what in columns:
                peer = fastest_peer(run, what)
                fastest = ratio_text(advantage(run, what, peer)) if peer else ""
                cells += [ratio_text(advantage(run, what, PYTORCH)), f"{fastest} {peer}" if peer else ""]
            memory, share = memory_ratio(run, PYTORCH), share_of_peak(network, run)
            cells += [f"{memory:.2f}" if memory else "", f"{100 * share:.0f}%" if share else ""]
            rows.append(tuple(cells))
    return Table(("peer's ÷ numnist's", *compared, "memory: PyTorch", "share of peak"), rows)


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
    made, pictures, rounds = record["environment"], record["epoch_pictures"], record["epoch_rounds"]
    *fewer, most = record["threads"]
    threads = f"{', '.join(map(str, fewer))} or {most} threads" if fewer else counted(most)
    peers = ", ".join(f"{name} {made[name]}" for name in record["peers"])
    epoch = (
        f"First epoch: {pictures:,} pictures, from the start of a process, with imports and compilation"
        f"{f'; {rounds} rounds' if rounds > 1 else ', once'}. "
    )
    return (
        f"Medians (lowest – highest) of {record['rounds']} rounds in turns on {record['data']}, {threads} each; "
        f"ratios are taken round by round. {epoch if pictures else ''}"
        f"{f'Peers: {peers}. ' if peers else ''}{stamped(record)}"
    )


def counted(threads: int) -> str:
    """1 thread, 2 threads ..."""
    return f"{threads} thread{'' if threads == 1 else 's'}"


def times_text(found: Spread) -> str:
    """1.71 (1.65 – 1.80), 23.4 (22.9 – 25.0), 155 (151 – 163); a single measurement: 1.71"""
    return _text(found, 2 if found.median < 10 else 1 if found.median < 100 else 0)


def ratio_text(found: Spread | None) -> str:
    """1.32 (1.21 – 1.40), "" for None; of a single measurement 1.32"""
    return "" if found is None else _text(found, 2)


def _text(found: Spread, digits: int) -> str:
    between = f" ({found.lowest:.{digits}f} – {found.highest:.{digits}f})" if found.lowest < found.highest else ""
    return f"{found.median:.{digits}f}{between}"
