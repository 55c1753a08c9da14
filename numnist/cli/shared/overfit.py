"""Overfitting a few pictures on purpose, for train --overfit."""

from __future__ import annotations

from contextlib import closing

from numnist.cli.shared.printing import note, result, result_json
from numnist.cli.shared.progress import TrainingProgress
from numnist.evaluation.metrics import evaluate
from numnist.experiment.run import Run
from numnist.training.events import Epoch


def overfit(run: Run, threads: int | None, json: bool) -> int:
    """Train until every training picture is classified correctly; 1 if the epochs end before that."""
    pictures, epochs = run.data.train, run.recipe.epochs
    note("Data", f"{run.data.name}: {len(pictures):,} pictures to overfit")
    note("Run", f"{run.folder} (seed {run.recipe.seed})")
    errors = len(pictures)
    with TrainingProgress(epochs) as progress, closing(run.events(threads)) as events:
        for event in events:
            progress(event)
            if isinstance(event, Epoch):
                errors = evaluate(run.model, pictures, threads=threads).errors
                if not errors:
                    break
    summary = run.evaluate(threads) | {"learnt": len(pictures) - errors, "pictures": len(pictures)}
    if json:
        result_json(summary)
    elif errors:
        result(f"Learnt    {len(pictures) - errors:,} of {len(pictures):,} pictures in {summary['epochs']} epochs")
        note("Next", f"numnist gradcheck {run.folder}   checks whether its gradients are right")
    else:
        result(f"Learnt    all {len(pictures):,} pictures in {summary['epochs']} epochs")
    return 1 if errors else 0
