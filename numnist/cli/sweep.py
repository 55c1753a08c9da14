from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.options import DATA, DataOptions, DatasetName, Json, Words, positive
from numnist.support.errors import UsageError


def sweep(
    recipe: str = "convnet",
    /,
    *,
    set_: Annotated[Words, Parameter(name="--set")] = None,
    optimizer: Words = None,
    activation: Words = None,
    regularization: Words = None,
    pooling: Words = None,
    loss: Words = None,
    learning_rate: Annotated[Words, Parameter(alias="--lr")] = None,
    seed: Words = None,
    search: Annotated[int | None, Parameter(validator=positive)] = None,
    storage: str | None = None,
    on: str | None = None,
    dataset: DatasetName = None,
    pictures: int | None = None,
    epochs: int | None = None,
    jobs: Annotated[int | None, Parameter(validator=positive)] = None,
    threads: Annotated[int | None, Parameter(validator=positive)] = None,
    run: Path | None = None,
    source: DataOptions = DATA,
    json: Json = False,
) -> int:
    """Train a recipe with every combination of the listed options, or search for the best, and compare.

    Without any of them: the 64 combinations of four optimizers, two activations, two regularizations, two poolings and
    two losses. Give an interrupted sweep the same `--run` to continue it; what is finished is not trained again.

    With `--search 40` it tries 40 combinations instead of all, each chosen by those before it (TPE), and ends
    early what falls behind. Start the same command in other processes or on other machines with the same `--run` or
    `--storage`, and they share the 40 trials; what a killed process has left, another one continues.

    Args:
        recipe: A recipe's name, or a .toml file of your own.
        set_: Fields of the recipe, such as `--set optimizer.learning_rate=0.1,0.01 network.5.rate=0.25`. Several
            values make a grid. With `--search` also ranges: `1e-4..1e-1:log`, `0..0.6`, `32..256:step=32`.
        optimizer: Such as `--optimizer SGD Adam`, each with its own defaults.
        activation: relu, leaky-relu, elu, silu, gelu, sigmoid, tanh.
        regularization: l2, dropout, none.
        pooling: max, average.
        loss: softmax-cross-entropy, multiclass-svm, mean-squared-error.
        learning_rate: Such as `--learning-rate 0.1 0.01`.
        seed: Such as `--seed 0 1 2`; the table shows their mean with its 95% interval.
        search: Trials in all. By default they vary learning rate, weight decay or L2, and dropout.
        storage: Where all processes of a search meet: a file in a shared folder, or a database such as
            `sqlite:///study.db`; by default study.log in the sweep's folder.
        on: A Dask cluster, such as `dask://scheduler:8786`, whose workers train.
        pictures: Train on the first N pictures only.
        epochs: Passes over the training pictures.
        jobs: Processes at a time: as many as cores by default, with --search one.
        threads: Cores for each process; by default all, shared between the jobs.
        run: The folder for all runs, runs/sweep-N by default, and with --storage one beside it.
    """
    from numnist.cli.shared.data import find_data_or_strokes
    from numnist.cli.shared.overrides import not_both, with_dataset
    from numnist.cli.shared.printing import note
    from numnist.cli.shared.recipes import find_recipe
    from numnist.cli.shared.sweep_work import grid_work, search_work
    from numnist.cli.shared.sweeping import cut, read_space_of, to_end
    from numnist.experiment.fields import set_fields
    from numnist.experiment.sweeps.cluster import check_cluster
    from numnist.experiment.sweeps.space import OF_DATA, read_space, read_words
    from numnist.report.page.markup import count

    if search is None and storage is not None:
        raise UsageError("--storage is for a search: add --search 40, or leave it out; a grid keeps all in --run.")
    if on is not None and (jobs is not None or threads is not None):
        raise UsageError("with --on the cluster's workers decide how many runs train at a time: leave out --jobs.")
    if on is not None:
        check_cluster(on)
    options = {
        "optimizer": optimizer, "activation": activation, "regularization": regularization, "pooling": pooling,
        "loss": loss, "learning_rate": learning_rate, "seed": seed,
    }  # fmt: skip
    words = read_words(set_)
    may_draw = dataset is None and "dataset" not in words
    of_data = {name: words.pop(name) for name in OF_DATA if name in words}
    start = with_dataset(find_recipe(recipe, "sweep"), of_data.pop("dataset", dataset))
    fixed = {name: domain.ends()[0] for name, domain in read_space(start, of_data).items()}
    not_both({*fixed, *words}, {"pictures": pictures, "epochs": epochs})
    start = set_fields(start, fixed).override(pictures=pictures, epochs=epochs)
    read_space_of(start, options, words, searching=search is not None)  # an error comes before a download
    data, start = find_data_or_strokes(start, source, may_draw=may_draw, quiet=json)
    note("Data", f"{data.name}: {len(data.train):,} pictures to train on")
    space = read_space_of(start, options, words, searching=search is not None)
    jobs, threads = cut(jobs, threads, searching=search is not None)
    if search is None:
        work = grid_work(start, data, space, words, run, jobs, threads, on)
    else:
        work = search_work(start, data, space, search, storage, run, jobs, threads, on)
    if search is not None:
        where = f"--storage {storage}" if storage is not None else f"--run {work.folder}"
        note("Search", f"start the same command with {where} in other processes, and they share its trials")
    if search is None and work.count == 1:
        note("Note", "each field has one value, which makes one training: list several, as in --set seed=0,1,2")
    what = f"{count(work.count, 'run' if search is None else 'trial')} of {start.name}"
    record = to_end(work, what, interruptible=jobs == 1 and on is None, json=json)
    if isinstance(record, int):
        return record
    states = [trial["state"] for trial in record["trials"]]
    return 1 if "failed" in states and (search is None or "complete" not in states) else 0
