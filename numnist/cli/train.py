"""numnist train: train a recipe, judge it, and say what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.options import DataDir, DatasetName, Json, Offline, Report, Threads


def train(
    recipe: str | None = None,
    /,
    *,
    dataset: DatasetName = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    optimizer: str | None = None,
    schedule: str | None = None,
    loss: str | None = None,
    activation: str | None = None,
    pooling: str | None = None,
    regularization: str | None = None,
    l2: float | None = None,
    weight_decay: float | None = None,
    clip_norm: float | None = None,
    average: float | None = None,
    patience: int | None = None,
    augment: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    normalization: str | None = None,
    validation: int | None = None,
    pictures: int | None = None,
    overfit: int | None = None,
    size: tuple[int, int] | None = None,
    seed: int | None = None,
    lanes: int | None = None,
    shard: int | None = None,
    threads: Threads = None,
    run: Path | None = None,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
    data_dir: DataDir = None,
    offline: Offline = False,
    report: Report = True,
    json: Json = False,
) -> int:
    """Train a network, judge it on the test set, and save everything in a run folder.

    Without arguments: the recipe `quick` on MNIST, which takes seconds. If MNIST cannot be had, digits that numnist
    draws itself (`strokes`) take its place. Ctrl-C saves; `numnist resume` goes on exactly from there.

    Parameters
    ----------
    recipe
        A recipe's name (see `numnist recipes`), or a .toml file of your own; with --from that of the model.
    epochs
        Passes over the training pictures.
    batch_size
        Pictures in a step.
    learning_rate
        The largest that the schedule lets through.
    optimizer
        SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam or AdamW.
    schedule
        Constant, StepDecay, ExponentialDecay, InverseSqrtDecay, CosineDecay, OneCycle or Warmup.
    loss
        softmax-cross-entropy, multiclass-svm or mean-squared-error.
    activation
        relu, leaky-relu, elu, silu, gelu, sigmoid or tanh, everywhere, with the initial weights that suit it.
    pooling
        max or average, everywhere.
    regularization
        l2 (the recipe's own, or 1e-4), dropout (the recipe's own, or half of what the last layer sees), or none.
    l2
        Adds l2/2 · Σw² to the loss.
    weight_decay
        Decoupled weight decay, as in AdamW.
    clip_norm
        The gradient's largest length.
    average
        Decay of a moving average of the weights, e.g. 0.999.
    patience
        Stop after that many epochs without better validation accuracy, and keep the best weights.
    augment
        Change pictures a little every time, e.g. `shift=0.1 rotation=15 zoom=0.1 shear=10 elastic=30 erase=0.3 flip`;
        `none` switches it off.
    normalization
        global (mean and std of the training pictures), pixel, or unit (just /255).
    validation
        How many training pictures are kept for validation.
    pictures
        Train on the first so many pictures only.
    overfit
        Learn that many pictures by heart, with nothing that holds the network back, to see that it can learn at all:
        stops when all are read right, and fails where that takes more than 300 epochs, or than --epochs.
    size
        Height and width to which a folder of pictures is resized, e.g. `--size 28 28`.
    seed
        Decides initial weights, batches, dropout and augmentation.
    lanes
        Parts of a batch that run side by side. With seed and shard they decide every bit of the result.
    shard
        Pictures that go through the network together.
    run
        The folder to make, runs/RECIPE-N by default.
    from_
        Start from the weights of a model file or run.
    """
    from dataclasses import replace

    from numnist.cli.shared.choices import choose_augment, choose_loss, choose_optimizer, choose_schedule, with_dataset
    from numnist.cli.shared.overfit import learn_by_heart
    from numnist.cli.shared.training import choose_data, choose_recipe, finish
    from numnist.experiment.run import Run
    from numnist.experiment.variants import for_overfitting, with_activation, with_pooling, with_regularization

    chosen = with_dataset(choose_recipe(recipe, from_), dataset)
    if activation is not None:
        chosen = with_activation(chosen, activation)
    if pooling is not None:
        chosen = with_pooling(chosen, pooling)
    if regularization is not None:
        chosen = with_regularization(chosen, regularization)
    if overfit is not None:
        chosen = for_overfitting(chosen, overfit)
    chosen = chosen.override(
        epochs=epochs, batch_size=batch_size, l2=l2, clip_norm=clip_norm, average=average, patience=patience,
        normalization=normalization, validation=validation, pictures=pictures, size=size, seed=seed, lanes=lanes,
        shard=shard,
        optimizer=choose_optimizer(
            chosen.optimizer, optimizer, learning_rate=learning_rate, weight_decay=weight_decay
        ),
        schedule=choose_schedule(chosen.schedule, schedule), loss=choose_loss(chosen.loss, loss),
    )  # fmt: skip
    chosen = replace(chosen, augment=choose_augment(chosen.augment, augment))
    data, chosen = choose_data(chosen, data_dir, offline, may_draw=dataset is None)
    run_ = Run.create(chosen.for_classes(len(data.classes)), data, run, from_)
    return finish(run_, threads, json, report) if overfit is None else learn_by_heart(run_, threads, json)
