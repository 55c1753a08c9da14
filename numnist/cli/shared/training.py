"""Choosing a recipe and training a run to its end, shared by train and resume."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from numnist.cli.shared.printing import INTERRUPTED, note, result, result_json
from numnist.cli.shared.progress import Stopping, TrainingProgress
from numnist.data import Dataset
from numnist.experiment.recipe import DEFAULT, Recipe, load_recipe
from numnist.experiment.run import Run
from numnist.model.model import load_model
from numnist.support.malloc import keep_freed_pages
from numnist.support.workers import cores


def choose_recipe(name: str | None, start: Path | None) -> Recipe:
    """The recipe of that name; without a name that of the model to start from, else the default."""
    about = load_model(start).about.get("recipe") if start is not None and name is None else None
    return Recipe.from_dict(about) if about else load_recipe(name or DEFAULT)


def train_to_end(run: Run, threads: int | None, json: bool, report: bool = True) -> int:
    """Train a run to its end, evaluate it, print the result and write the report; 130 if it was interrupted."""
    keep_freed_pages()
    recipe, model, state = run.recipe, run.model, run.state
    epochs_done = len(state.history) + state.epoch_pictures / len(run.data.train)
    note("Data", f"{run.data.name}: {_sizes(run.data)}")
    note("", run.data.source)
    note("Recipe", f"{recipe.name}: {recipe.title} ({model.plan.size:,} parameters)")
    note("Run", f"{run.folder} (seed {recipe.seed}, {_number(threads or cores(), 'thread')})")
    with (
        Stopping() as stopping,
        TrainingProgress(recipe.epochs, epochs_done, state.seconds) as progress,
        closing(run.events(threads)) as events,
    ):
        for event in events:
            progress(event)
            if stopping.requested:
                break
    if stopping.requested:
        note("Stopped", f"and saved; continue exactly from here with: numnist resume {run.folder}")
        return INTERRUPTED
    summary = run.evaluate(threads)
    if not json:
        if run.evaluation:
            result(f"Test      {run.evaluation}")
        result(f"Model     {summary['model']}")
    if report:
        from numnist.report.page.html import write_report  # here, because training needs none of it

        summary = run.record(summary, report=str(write_report(run.folder, run.data, threads, run.evaluation)))
    if json:
        result_json(summary)
        return 0
    if report:
        result(f"Report    {summary['report']}")
    note("Next", f"numnist predict PICTURE... --model {run.folder}   classifies your own pictures")
    note("", f"numnist evaluate {run.folder}   shows which classes it confuses")
    return 0


def _sizes(data: Dataset) -> str:
    C, H, W = data.shape
    sizes = " / ".join(f"{len(split):,}" for split in (data.train, data.validation, data.test))
    colour = " in colour" if C == 3 else ""
    return f"{sizes} to train, validate and test; {H}×{W}{colour}, {len(data.classes)} classes"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
