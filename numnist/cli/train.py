from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from numnist.cli.shared.options import DATA, DataOptions, DatasetName, Json, Log, Report, Size, Threads, Words, positive


def train(
    recipe: str | None = None,
    /,
    *,
    set_: Annotated[Words, Parameter(name="--set")] = None,
    dataset: DatasetName = None,
    epochs: int | None = None,
    batch_size: Annotated[int | None, Parameter(alias=("--batch", "--bs"))] = None,
    learning_rate: Annotated[float | None, Parameter(alias="--lr")] = None,
    find_rate: Annotated[bool, Parameter(negative="")] = False,
    optimizer: str | None = None,
    schedule: str | None = None,
    loss: str | None = None,
    activation: str | None = None,
    pooling: str | None = None,
    regularization: str | None = None,
    class_weight: Annotated[Literal["balanced"] | None, Parameter(show_choices=False)] = None,
    l2: float | None = None,
    weight_decay: Annotated[float | None, Parameter(alias="--wd")] = None,
    clip_norm: float | None = None,
    average: float | None = None,
    patience: int | None = None,
    augment: Words = None,
    normalization: str | None = None,
    validation: int | None = None,
    pictures: int | None = None,
    overfit: Annotated[int | None, Parameter(validator=positive)] = None,
    size: Size = None,
    seed: int | None = None,
    trials: Annotated[int | None, Parameter(validator=positive)] = None,
    lanes: int | None = None,
    shard: int | None = None,
    threads: Threads = None,
    run: Path | None = None,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    freeze: Annotated[bool | None, Parameter(negative="")] = None,
    log: Log = None,
    source: DataOptions = DATA,
    report: Report = True,
    json: Json = False,
) -> int:
    """Train a network, evaluate it on the test set, and save everything in a run folder.

    Without arguments it trains the recipe `quick` on MNIST, which takes seconds. A recipe is a network with its data
    set and training settings. If MNIST is unavailable, numnist trains on `strokes`, a data set that it draws itself.
    Ctrl-C saves; `numnist resume` continues exactly from there. `mpiexec -n 4 numnist train` trains on several
    machines, with the same result (docs/scaling.md).

    Args:
        recipe: A recipe's name (see `numnist recipes`), or a .toml file of your own; by default with --from the
            model's.
        set_: Any field of the recipe, such as `--set network.5.rate=0.25 optimizer.momentum=0.8 schedule.factor=0.5`;
            `numnist recipes RECIPE` shows them.
        epochs: Passes over the training pictures.
        batch_size: Pictures per step.
        learning_rate: The largest learning rate; the schedule scales it.
        find_rate: Find the learning rate first, as `numnist find-rate` does, and train with it; the report shows how.
        optimizer: SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam or AdamW.
        schedule: Constant, StepDecay, ExponentialDecay, InverseSqrtDecay, CosineDecay, OneCycle or Warmup.
        loss: softmax-cross-entropy, multiclass-svm or mean-squared-error.
        activation: relu, leaky-relu, elu, silu, gelu, sigmoid or tanh in every layer, with suitable initial weights.
        pooling: max or average in every pooling layer.
        regularization: l2 (the recipe's own, or 1e-4), dropout (the recipe's own, or a rate of 0.5 before the last
            layer), or none.
        class_weight: balanced: rare classes count as much as others.
        l2: Adds l2/2 · Σw² to the loss.
        weight_decay: Decoupled weight decay, as in AdamW.
        clip_norm: Clip the gradient to this norm.
        average: Decay of a moving average of the weights, e.g. 0.999.
        patience: Stop after that many epochs without better validation accuracy, and keep the best weights.
        augment: Transform training pictures at random, e.g. `shift=0.1 rotation=15 zoom=0.1 shear=10 elastic=30
            erase=0.3 flip`; `none` switches it off.
        normalization: global (mean and std of the training pictures), pixel (of each pixel), or unit (just /255).
        validation: Number of training pictures to hold out for validation.
        pictures: Train on the first N pictures only.
        overfit: Overfit the first N pictures, without regularization, to see that the network can learn at all: stops
            when all are classified correctly, and fails if that takes more than 300 epochs, or than --epochs.
        seed: Seed of initial weights, batches, dropout and augmentation.
        trials: Train so many times, with the seed and those after it, and tell what they come to: mean, standard
            deviation, and 95% intervals of the mean and of one more run. As `numnist sweep --seed`, one run at a time.
        lanes: Parts of a batch that run in parallel. Seed, lanes and shard determine every bit of the result.
        shard: Pictures of a lane that go through the network together.
        run: The folder to create, runs/RECIPE-N by default.
        from_: Start from the weights of a model file or run.
        freeze: With --from, train the last layer alone, and leave those before it as they are.
    """
    from dataclasses import replace

    from numnist.cli.shared.data import find_data_or_strokes
    from numnist.cli.shared.models import recipe_of
    from numnist.cli.shared.overrides import (
        choose,
        choose_augment,
        choose_optimizer,
        not_both,
        read_fields,
        with_dataset,
        with_variants,
    )
    from numnist.cli.shared.recipes import find_recipe
    from numnist.cli.shared.together import agreed, check_alike, together
    from numnist.cli.shared.training import check_find_rate, check_group, check_logs, train_to_end
    from numnist.cli.shared.trials import check_trials, train_trials
    from numnist.data.load import is_own
    from numnist.experiment.fields import set_fields
    from numnist.experiment.recipe import DEFAULT, Recipe
    from numnist.experiment.run import Run
    from numnist.experiment.variants import for_overfitting
    from numnist.model.model import load_model
    from numnist.nn.losses import LOSSES
    from numnist.optim.schedules import SCHEDULES

    given = {
        "epochs": epochs, "batch_size": batch_size, "optimizer.learning_rate": learning_rate,
        "optimizer.type": optimizer, "schedule.type": schedule, "loss.type": loss, "class_weight": class_weight,
        "l2": l2, "optimizer.weight_decay": weight_decay, "clip_norm": clip_norm, "average": average,
        "patience": patience, "normalization": normalization, "validation": validation, "pictures": pictures,
        "size": size, "seed": seed, "lanes": lanes, "shard": shard, "preparation": source.preparation,
        "label_column": source.label_column, "freeze": freeze,
    }  # fmt: skip

    def choose_recipe(fields: dict[str, str], named: str | None) -> Recipe:
        start = None if from_ is None else load_model(from_)
        stored = recipe_of(start) if start is not None and recipe is None else None
        stored = stored and replace(stored, freeze=False)  # what was frozen once is not for ever
        chosen = with_dataset(stored or find_recipe(recipe or DEFAULT), named)
        if start is not None and is_own(chosen.dataset):  # its pictures become what the model takes
            chosen = chosen.override(preparation=start.preparation, size=start.in_shape[1:])
        chosen = with_variants(chosen, activation, pooling, regularization)
        if overfit is not None:
            chosen = for_overfitting(chosen, overfit)
        chosen = chosen.override(
            epochs=epochs, batch_size=batch_size, class_weight=class_weight, l2=l2,
            clip_norm=clip_norm, average=average, patience=patience,
            normalization=normalization, validation=validation, pictures=pictures, size=size, seed=seed, lanes=lanes,
            shard=shard, freeze=freeze,
            optimizer=choose_optimizer(
                chosen.optimizer, optimizer, learning_rate=learning_rate, weight_decay=weight_decay
            ),
            schedule=choose(chosen.schedule, schedule, SCHEDULES, "schedule"),
            loss=choose(chosen.loss, loss, LOSSES, "loss"),
        )  # fmt: skip
        chosen = replace(chosen, augment=choose_augment(chosen.augment, augment))
        return set_fields(chosen, fields) if fields else chosen

    with together() as group:
        fields, named = agreed(group, lambda: read_fields(set_, dataset))
        agreed(group, lambda: not_both(fields, given))
        agreed(group, lambda: check_find_rate(find_rate, fields, learning_rate, trials, group))
        chosen = agreed(group, lambda: choose_recipe(fields, named))
        # data and weights are compared by their hashes, since their paths may differ between machines
        values = {name.replace("_", "-"): value for name, value in chosen.to_dict().items() if name != "dataset"}
        check_alike(group, values | {"--run": run, "--overfit": overfit})
        units = f"network.{len(chosen.network.layers) - 1}.units" in fields
        data, chosen = agreed(
            group,
            lambda: find_data_or_strokes(chosen, source, may_draw=named is None, keep_units=units, quiet=json),
        )
        check_group(chosen, group)
        agreed(group, lambda: check_logs(log or ()))
        if trials is not None:
            check_trials(group, from_, overfit, log)
            return train_trials(chosen, data, trials, run, threads, json)

        def make() -> Run:
            return Run.create(chosen, data, run, from_, find_rate=find_rate, threads=threads)

        return train_to_end(make, data, group, threads, json, report, log or ())
