"""The page of a sweep: one HTML file with its best setting, all others, and what each field does to the result."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from statistics import fmean
from typing import Any

from numnist.experiment.sweeps.record import OBJECTIVE, SEED, Group, groups, half_interval
from numnist.report.page.html import document
from numnist.report.page.markup import (
    Markup,
    Section,
    code_block,
    count,
    facts,
    figure,
    join,
    note,
    scroller,
    table,
    tag,
)
from numnist.report.sweep.axes import word
from numnist.report.sweep.charts import field_chart, learning_curves, parallel
from numnist.support.files import write_atomically
from numnist.support.format import duration, percent

NAME = "sweep.html"
MOST_FIELDS = 8  # of the parallel coordinates
Record = Mapping[str, Any]


def write_sweep_page(folder: Path, record: Record) -> Path:
    """Write the page of a sweep's record (experiment/sweeps/record.py) to its folder and return its path."""
    path = folder / NAME
    write_atomically(path, page(folder.name, record).encode())
    return path


def page(name: str, record: Record) -> str:
    """The whole file."""
    trials = record["trials"]
    states = {state: sum(trial["state"] == state for trial in trials) for state in ("pruned", "failed", "running")}
    others = "".join(f", {number} {state}" for state, number in states.items() if number)
    header = tag(
        "header",
        tag("p", "numnist sweep", class_="eyebrow"),
        tag("button", "Dark", type="button", id="theme", hidden=True, aria_label="Switch to dark colours"),
        tag("h1", name),
        tag("p", f"{count(len(trials), 'trial')} of {record['recipe']} on {record['dataset']}{others}.", class_="lead"),
    )
    footer = tag("footer", tag("p", "Written by numnist sweep, from sweep.json beside this file."))
    own = resources.files("numnist.report.sweep")
    style, script = ((own / asset).read_text("utf-8") for asset in ("sweep.css", "sweep.js"))
    shown = [best, settings, fields, lines, curves, failures, repeat]
    sections = [section for section in (make(record) for make in shown) if section.content]
    return document(f"{name}: numnist sweep", header, sections, footer, style, script)


def best(record: Record) -> Section:
    """The setting with the highest mean validation accuracy, and how sure it is that it is the best."""
    ranked = [group for group in groups(record) if group.mean(OBJECTIVE) is not None and _complete(group)]
    if not ranked:
        return Section("best", "Best setting", (note("No trial is complete."),))
    first = ranked[0]
    seeds, half = first.values(OBJECTIVE), half_interval(first.values(OBJECTIVE))
    spread = (
        "one run: its luck is unknown" if half is None else f"± {100 * half:.2f} points, {count(len(seeds), 'seed')}"
    )
    tested = "not known" if first.mean("test_accuracy") is None else _mean(first, "test_accuracy")
    numbers = [
        ("Validation accuracy", percent(first.mean(OBJECTIVE)), spread),
        ("Test accuracy", tested, "of the same setting, which was not chosen on it"),
        ("Time of a run", _seconds(first), count(len(first.trials), "run")),
    ]
    shown = (
        tag("div", tag("dt", name), tag("dd", tag("strong", value), tag("span", detail)))
        for name, value, detail in numbers
    )
    choices = facts(*((name, word(value)) for name, value in first.choices.items()))
    text = [tag("dl", *shown, class_="headline"), choices]
    if len(ranked) > 1:
        text.append(note(_how_sure(first, ranked[1])))
    text.append(
        note("Settings are chosen by their mean validation accuracy. Intervals are 95%, by Student's t over seeds.")
    )
    return Section("best", "Best setting", tuple(text))


def _how_sure(first: Group, second: Group) -> str:
    ahead = 100 * (fmean(first.values(OBJECTIVE)) - fmean(second.values(OBJECTIVE)))
    halves = [half_interval(group.values(OBJECTIVE)) for group in (first, second)]
    text = f"The next best setting is {ahead:.2f} points behind. "
    if None in halves:
        return text + "With one seed each nobody can say which is better: run several, as in --set seed=0,1,2."
    if ahead < 100 * sum(half for half in halves if half is not None):
        return text + "Their intervals overlap: more seeds would tell whether it is really worse."
    return text + "Their intervals do not overlap."


def settings(record: Record) -> Section:
    """A row for each setting; columns can be sorted."""
    names = [name for name in record["fields"] if name != SEED]
    rows = []
    for group in groups(record):
        states = sorted({trial["state"] for trial in group.trials})
        rows.append([
            *(word(group.choices.get(name, "")) for name in names), _mean(group, OBJECTIVE),
            _mean(group, "test_accuracy"), _seconds(group), str(len(group.trials)), ", ".join(states),
        ])  # fmt: skip
    heads = [*names, "validation", "test", "time", "runs", "state"]
    if not names:
        heads, rows = ["recipe", *heads], [[record["recipe"], *row] for row in rows]
    content = table(
        "Settings, best first: means over seeds with their 95% intervals", heads, rows, left=[*names, "state"]
    )
    return Section("settings", "All settings", (content,))


def fields(record: Record) -> Section:
    """Validation accuracy against each field that varies."""
    varied = _varied(record)
    charts = [
        figure(field_chart(name, [t for t in record["trials"] if t["state"] != "running"]), tag("h3", name))
        for name in varied
    ]
    key = note(
        "Dots are complete trials, rings were pruned there, crosses at the bottom failed. Axes end where the trials do."
    )
    return Section("fields", "What each field does", (tag("div", *charts, class_="pair"), key) if charts else ())


def lines(record: Record) -> Section:
    """Parallel coordinates."""
    names = _varied(record)[:MOST_FIELDS]
    complete = [t for t in record["trials"] if t["state"] == "complete" and t[OBJECTIVE] is not None]
    if len(names) < 2 or len(complete) < 2:
        return Section("lines", "", ())
    drawing = scroller("Parallel coordinates", parallel(names, complete))
    caption = "A line is a complete trial: the stronger its colour, the better it is; the three best are bold."
    return Section("lines", "Fields together", (drawing, note(caption, " Point at a line to see its trial.")))


def curves(record: Record) -> Section:
    known = [t for t in record["trials"] if t["history"] and t["history"][-1].get(OBJECTIVE) is not None]
    if not known:
        return Section("curves", "", ())
    caption = note("Validation accuracy by epoch; the three best are bold, pruned ones end with a ring.")
    return Section("curves", "Learning curves", (scroller("Learning curves", learning_curves(known)), caption))


def failures(record: Record) -> Section:
    failed = [t for t in record["trials"] if t["state"] == "failed"]
    rows = [(t["name"], t.get("error", "")) for t in failed]
    content = (table("Trials that failed", ("trial", "why"), rows, left=("why",)),) if failed else ()
    return Section("failures", "What failed", content)


def repeat(record: Record) -> Section:
    """The command that trains the best setting again."""
    ranked = [group for group in groups(record) if _complete(group)]
    if not ranked:
        return Section("repeat", "", ())
    chosen = max((t for t in ranked[0].trials if t["state"] == "complete"), key=lambda t: t[OBJECTIVE] or 0.0)
    command = f"numnist predict PICTURE --model {shlex.quote(str(chosen['run']))}"
    config = f"numnist train {shlex.quote(str(Path(chosen['run']) / 'config.toml'))}"
    content = (
        code_block(config, "the command that trains it again"),
        note("Trains the best run again, from its own recipe, to the same bits. To use it as it is:"),
        code_block(command, "the command that uses it"),
    )
    return Section("repeat", "Repeat and use the best", content)


def _varied(record: Record) -> list[str]:
    """The fields that have several values, without the seed."""
    found = []
    for name in record["fields"]:
        values = {word(t["choices"][name]) for t in record["trials"] if name in t["choices"]}
        if name != SEED and len(values) > 1:
            found.append(name)
    return found


def _complete(group: Group) -> bool:
    return any(trial["state"] == "complete" for trial in group.trials)


def _mean(group: Group, quantity: str) -> Markup | str:
    """97.31% ± 0.12"""
    half = half_interval(group.values(quantity))
    text = percent(group.mean(quantity))
    return text if half is None else join((text, tag("span", f" ± {100 * half:.2f}", class_="note")))


def _seconds(group: Group) -> str:
    values = group.values("train_seconds")
    half = half_interval(values)
    text = duration(fmean(values), fine=True) if values else "–"
    return text if half is None else f"{text} ± {duration(half, fine=True)}"
