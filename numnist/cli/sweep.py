from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from numnist.cli.shared.options import DATA, DataOptions, DatasetName, Json, Words, positive
from numnist.support.errors import UsageError
from numnist.support.format import percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numnist.experiment.recipe import Recipe

# The 64 combinations that are trained by default.
ALL = {
    "optimizer": ["SGD", "Momentum", "RMSProp", "Adam"],
    "activation": ["relu", "sigmoid"],
    "regularization": ["l2", "dropout"],
    "pooling": ["max", "average"],
    "loss": ["softmax-cross-entropy", "multiclass-svm"],
}


def sweep(
    recipe: str = "convnet",
    /,
    *,
    optimizer: Words = None,
    activation: Words = None,
    regularization: Words = None,
    pooling: Words = None,
    loss: Words = None,
    learning_rate: Words = None,
    seed: Words = None,
    dataset: DatasetName = None,
    pictures: int | None = None,
    epochs: int | None = None,
    jobs: Annotated[int | None, Parameter(validator=positive)] = None,
    run: Path | None = None,
    source: DataOptions = DATA,
    json: Json = False,
) -> int:
    """Train a recipe with every combination of the listed options, in parallel processes, and compare.

    Without lists: the 64 combinations of four optimizers, two activations, two regularizations, two poolings and two
    losses. Give an interrupted sweep the same --run to continue it.

    Args:
        recipe: A recipe's name, or a .toml file of your own.
        optimizer: Such as `--optimizer SGD Adam`, each with its own defaults.
        activation: relu, leaky-relu, elu, silu, gelu, sigmoid, tanh.
        regularization: l2, dropout, none.
        pooling: max, average.
        loss: softmax-cross-entropy, multiclass-svm, mean-squared-error.
        learning_rate: Such as `--learning-rate 0.1 0.01`.
        seed: Such as `--seed 0 1 2`.
        pictures: Train on the first N pictures only.
        epochs: Passes over the training pictures.
        jobs: Processes at a time; as many as cores by default.
        run: The folder for all runs, runs/sweep-N by default.
    """
    from numnist.cli.shared.data import find_data_or_strokes
    from numnist.cli.shared.overrides import with_dataset
    from numnist.cli.shared.printing import note, result_json, table
    from numnist.experiment.folder import free_folder
    from numnist.experiment.recipe import load_recipe
    from numnist.experiment.sweep import Combination, grid, sweep as train_all
    from numnist.support.workers import cores

    listed = {
        "optimizer": optimizer, "activation": activation, "regularization": regularization, "pooling": pooling,
        "loss": loss, "learning_rate": learning_rate, "seed": seed,
    }  # fmt: skip
    lists = {name: given for name, given in listed.items() if given} or ALL
    start = with_dataset(load_recipe(recipe), dataset).override(pictures=pictures, epochs=epochs)
    data, start = find_data_or_strokes(start, source, may_draw=dataset is None)
    combinations = [Combination(choices, _apply(start, choices)) for choices in grid(lists)]
    folder = free_folder("sweep") if run is None else run
    jobs = cores() if jobs is None else jobs
    note("Data", f"{data.name}: {len(data.train):,} pictures to train on")
    note("Sweep", f"{len(combinations)} runs of {start.name} in {folder}, {jobs} at a time")
    results = _with_progress(train_all(combinations, data, folder, jobs), len(combinations))
    results.sort(key=lambda found: found.get("validation_accuracy") or found.get("test_accuracy") or 0.0, reverse=True)
    if json:
        result_json(results)
    else:
        rows = []
        for found in results:
            accuracies = (percent(found.get(key), missing="") for key in ("validation_accuracy", "test_accuracy"))
            rows.append((*found["choices"].values(), *accuracies))
        table((*lists, "validation", "test"), rows, right=("validation", "test"))
    return 1 if any("error" in found for found in results) else 0


def _apply(recipe: Recipe, choices: dict[str, str]) -> Recipe:
    """The recipe with these choices."""
    from numnist.cli.shared.overrides import choose, choose_optimizer, with_variants
    from numnist.nn.losses import LOSSES

    changed = (choices.get(name) for name in ("activation", "pooling", "regularization"))
    return with_variants(recipe, *changed).override(
        optimizer=choose_optimizer(
            recipe.optimizer, choices.get("optimizer"), learning_rate=_number(choices.get("learning_rate"), float)
        ),
        loss=choose(recipe.loss, choices.get("loss"), LOSSES, "loss"),
        seed=_number(choices.get("seed"), int),
    )


def _number(text: str | None, kind: type[Any]) -> Any:
    """The number in a word of the command line.  Raises UsageError."""
    try:
        return None if text is None else kind(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a {'whole ' if kind is int else ''}number.") from None


def _with_progress(results: Iterable[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """All results, with a progress bar in a terminal and a line for each result elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from numnist.cli.shared.printing import console

    err = console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(32), MofNCompleteColumn(), TimeRemainingColumn()
    found = []
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        bar = bars.add_task("", total=count)
        for result in results:
            found.append(result)
            text = result.get("error") or f"test {percent(result.get('test_accuracy'), missing='')}"
            bars.console.print(
                f"{len(found)}/{count}   {' '.join(result['choices'].values())}   {text}", soft_wrap=True
            )
            bars.advance(bar)
    return found
