"""The page of a sweep: one HTML file with its best setting, all others, and what each field does to the result."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from statistics import fmean
from typing import Any

from numnist.experiment.sweeps.record import OBJECTIVE, SEED, Group, groups
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
from numnist.report.sweep.accuracy import AccuracyAxis
from numnist.report.sweep.charts import field_chart, learning_curves, parallel
from numnist.report.sweep.seeds import HEADS, seed_rows
from numnist.report.sweep.trials import QUANTITIES, shown_trials, trial_data
from numnist.support.files import write_atomically
from numnist.support.format import duration, percent, value_text

NAME = "sweep.html"
MOST_FIELDS = 8  # of the parallel coordinates
STATES = ("complete", "pruned", "failed", "running")
Record = Mapping[str, Any]


def write_sweep_page(folder: Path, record: Record) -> Path:
    """Write the page of a sweep's record (experiment/sweeps/record.py) to its folder and return its path."""
    path = folder / NAME
    write_atomically(path, page(folder.name, record).encode(errors="replace"))
    return path


def page(name: str, record: Record) -> str:
    """The whole file."""
    trials = record["trials"]
    states = {state: sum(trial["state"] == state for trial in trials) for state in STATES[1:]}
    states["repeated"] = sum("repeats" in trial for trial in trials)
    others = "".join(f", {number} {state}" for state, number in states.items() if number)
    header = tag(
        "header",
        tag("p", "numnist sweep", class_="eyebrow"),
        tag("button", "Dark", type="button", id="theme", hidden=True, aria_label="Switch to dark colours"),
        tag("h1", name),
        tag("p", f"{count(len(trials), 'trial')} of {record['recipe']} on {record['dataset']}{others}.", class_="lead"),
    )
    written = tag("p", "Written by numnist sweep, from sweep.json beside this file.")
    footer = tag("footer", written, trial_data(shown_trials(record), record["objective"]))
    own = resources.files("numnist.report.sweep")
    style, script = ((own / asset).read_text("utf-8") for asset in ("sweep.css", "sweep.js"))
    shown = [best, settings, fields, lines, curves, failures, repeat]
    sections = [section for section in (make(record) for make in shown) if section.content]
    return document(f"{name}: numnist sweep", header, sections, footer, style, script)


def best(record: Record) -> Section:
    """The setting with the highest mean accuracy, and how sure it is that it is the best."""
    ranked, quantity = _ranked(record), record["objective"]
    if not ranked:
        return Section("best", "Best setting", (note("No trial is complete."),))
    first = ranked[0]
    if _has_one_setting(record):
        return over_seeds(first)
    seeds, half = first.values(quantity), _half(first, quantity)
    spread = (
        "one run: its luck is unknown" if half is None else f"± {100 * half:.2f} points, {count(len(seeds), 'seed')}"
    )
    numbers = [(QUANTITIES[quantity], percent(first.mean(quantity)), spread)]
    if quantity == OBJECTIVE:
        tested = "not known" if first.mean("test_accuracy") is None else _mean(first, "test_accuracy")
        numbers.append(("Test accuracy", tested, "of the same setting, which was not chosen on it"))
    numbers.append(("Time of a run", _seconds(first), count(first.count("complete"), "complete run")))
    shown = (
        tag("div", tag("dt", name), tag("dd", tag("strong", value), tag("span", detail)))
        for name, value, detail in numbers
    )
    choices = facts(*((name, value_text(value)) for name, value in first.choices.items()))
    notes = [_failures_of(first), _how_sure(ranked, quantity), _chosen_on(quantity)]
    notes.append("Intervals are 95%, by Student's t over seeds.")
    text = (note(" ".join(filter(None, notes))),)
    return Section("best", "Best setting", (tag("dl", *shown, class_="headline"), choices, *text))


def over_seeds(group: Group) -> Section:
    """What the runs of a single setting come to."""
    runs = count(group.count("complete"), "complete run")
    how = note(
        f"Of {runs} with different seeds. In the first interval lies the mean of ever more runs, in the second one "
        "more run, each in 95 of 100 cases, by Student's t. ",
        _failures_of(group),
    )
    return Section("best", "All seeds together", (table("What the seeds come to", HEADS, seed_rows(group)), how))


def _failures_of(group: Group) -> str:
    failed = group.count("failed")
    others = f"{failed} of its {count(len(group.trials), 'run')} failed: its mean is that of the others."
    return others if failed else ""


def _chosen_on(quantity: str) -> str:
    if quantity == OBJECTIVE:
        return "Settings are chosen by their mean validation accuracy."
    return (
        "There are no validation pictures, so settings are chosen by their mean test accuracy. That flatters the best: "
        "on new pictures it will be lower."
    )


def _how_sure(ranked: Sequence[Group], quantity: str) -> str:
    if len(ranked) < 2:
        return ""
    first, second = ranked[:2]
    ahead = 100 * (fmean(first.values(quantity)) - fmean(second.values(quantity)))
    halves = [_half(group, quantity) for group in (first, second)]
    if first.count("failed") == 0 and second.count("failed"):
        return "All other settings had failing runs."
    text = f"The next best setting is {ahead:.2f} points behind. "
    if None in halves:
        alone = "each of the two" if halves == [None, None] else "the best" if halves[0] is None else "the next best"
        return (
            text + f"There is one run of {alone}, so nobody can say how sure that is: run more, as in --set seed=0,1,2."
        )
    if ahead < 100 * sum(half for half in halves if half is not None):
        return text + "Their intervals overlap: more seeds would tell whether it is really worse."
    return text + f"Their intervals do not overlap; still, the best of {len(ranked)} settings is in part the luckiest."


def settings(record: Record) -> Section:
    """A row for each setting, where there are several."""
    if _has_one_setting(record):
        return Section("settings", "", ())
    names = [name for name in record["fields"] if name != SEED]
    rows = []
    for group in groups(record):
        states = [(group.count(state), state) for state in STATES]
        epochs = group.mean("epochs")
        rows.append([
            *(value_text(group.choices.get(name, "")) for name in names), _mean(group, OBJECTIVE),
            _mean(group, "test_accuracy"), _seconds(group), f"{epochs:.3g}" if epochs else "–",
            ", ".join(f"{number} {state}" for number, state in states if number),
        ])  # fmt: skip
    heads = [*names, "validation", "test", "time", "epochs", "runs"]
    if not names:
        heads, rows = ["recipe", *heads], [[record["recipe"], *row] for row in rows]
    title = "Settings, best first: means of complete runs over seeds with their 95% intervals"
    return Section("settings", "All settings", (table(title, heads, rows, left=[*names, "runs"]),))


def fields(record: Record) -> Section:
    """Accuracy against each field that varies."""
    trials, quantity = shown_trials(record), record["objective"]
    accuracies = AccuracyAxis.of([t.accuracy for t in trials if t.accuracy is not None] or [0.0, 1.0])
    charts = [
        figure(field_chart(name, name in record["logarithmic"], trials, accuracies, quantity), tag("h3", name))
        for name in _varied(record)
    ]
    if not charts:
        return Section("fields", "", ())
    key = (
        "Dots are complete trials, rings were pruned there, crosses at the bottom failed. Axes end where the trials do."
    )
    return Section("fields", "What each field does", (tag("div", *charts, class_="pair"), _caption(key, accuracies)))


def lines(record: Record) -> Section:
    """Parallel coordinates."""
    names, quantity = _varied(record)[:MOST_FIELDS], record["objective"]
    shown = [
        t for t in shown_trials(record)
        if t.state == "complete" and t.accuracy is not None and set(names) <= {*t.choices}
    ]  # fmt: skip
    if len(names) < 2 or len(shown) < 2:
        return Section("lines", "", ())
    accuracies = AccuracyAxis.of(t.accuracy for t in shown if t.accuracy is not None)
    drawing = scroller("Parallel coordinates", parallel(names, record["logarithmic"], shown, accuracies, quantity))
    caption = "A line is a complete trial: the stronger its colour, the better it is; the three best are bold."
    return Section("lines", "Fields together", (drawing, _caption(caption, accuracies)))


def curves(record: Record) -> Section:
    """The learning curves of trials whose validation accuracy is known after each epoch."""
    shown = [trial for trial in shown_trials(record) if trial.curve]
    if not shown:
        return Section("curves", "", ())
    accuracies = AccuracyAxis.of(value for trial in shown for value in trial.curve)
    drawing = scroller("Learning curves of all trials", learning_curves(shown, accuracies))
    caption = (
        "Validation accuracy by epoch; the three best are bold. Complete trials end with a dot, pruned ones with a "
        "ring, failed ones with a cross."
    )
    return Section("curves", "Learning curves", (drawing, _caption(caption, accuracies)))


def _caption(key: str, accuracies: AccuracyAxis) -> Markup:
    """What the marks and the scale mean, and how to choose a trial: the script, where it runs, knows more ways."""
    hint = tag("span", "Point at a mark to see its trial.", class_="hint")
    return note(" ".join(filter(None, (key, accuracies.note()))), " ", hint)


def failures(record: Record) -> Section:
    failed = [t for t in record["trials"] if t["state"] == "failed" and "repeats" not in t]
    rows = [(t["name"], t.get("error", "")) for t in failed]
    content = (table("Trials that failed", ("trial", "why"), rows, left=("why",)),) if failed else ()
    return Section("failures", "What failed", content)


def repeat(record: Record) -> Section:
    """The commands that train the best setting again and use it."""
    ranked = _ranked(record)
    if not ranked:
        return Section("repeat", "", ())
    complete = [trial for trial in ranked[0].trials if trial["state"] == "complete"]
    chosen = max(complete, key=lambda trial: trial[record["objective"]])
    command = f"numnist predict PICTURE --model {shlex.quote(str(chosen['run']))}"
    config = f"numnist train {shlex.quote(str(Path(chosen['run']) / 'config.toml'))}"
    content = (
        code_block(config, "the command that trains it again"),
        note("Trains the best run again, from its own recipe, to the same bits. To use it as it is:"),
        code_block(command, "the command that uses it"),
    )
    return Section("repeat", "Repeat and use the best", content)


def _ranked(record: Record) -> list[Group]:
    """The settings with a complete trial, best first."""
    return [
        group for group in groups(record) if group.count("complete") and group.mean(record["objective"]) is not None
    ]


def _has_one_setting(record: Record) -> bool:
    """Whether all trials differ in their seeds alone."""
    return len(record["trials"]) > 1 and len(groups(record)) == 1


def _varied(record: Record) -> list[str]:
    """The fields of which several values were tried to an end, without the seed."""
    found = []
    for name in record["fields"]:
        values = {repr(trial.choices[name]) for trial in shown_trials(record) if name in trial.choices}
        if name != SEED and len(values) > 1:
            found.append(name)
    return found


def _mean(group: Group, quantity: str) -> Markup | str:
    """97.31% ± 0.12"""
    half = _half(group, quantity)
    text = percent(group.mean(quantity))
    return text if half is None else join((text, tag("span", f" ± {100 * half:.2f}", class_="note")))


def _seconds(group: Group) -> str:
    found = group.sample("train_seconds")
    if found is None or not group.mean("epochs"):  # it failed before its first epoch was done
        return "–"
    text = duration(found.mean, fine=True)
    return text if found.half is None else f"{text} ± {duration(found.half, fine=True)}"


def _half(group: Group, quantity: str) -> float | None:
    """Half of the mean's 95% interval."""
    found = group.sample(quantity)
    return None if found is None else found.half
