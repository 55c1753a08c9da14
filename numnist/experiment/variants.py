"""Variants of a recipe: other activations, pooling or regularisation, or few pictures to overfit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from numnist import nn
from numnist.experiment.recipe import Recipe
from numnist.nn.activations import Activation
from numnist.nn.initializers import Initializer
from numnist.optim.schedules import Constant
from numnist.support.errors import UsageError
from numnist.support.serialisation import suggest

# Each activation with the initial weights that preserve the variance of its signal: Glorot's where it is nearly linear
# around 0 (four times as large for sigmoid, whose slope there is 1/4), He's where it zeroes about half of its input
# (arxiv.org/abs/1502.01852, section 2.2).
ACTIVATIONS: dict[str, tuple[Activation, Initializer]] = {
    "relu": (nn.ReLU(), nn.HeNormal()),
    "leaky-relu": (nn.LeakyReLU(), nn.HeNormal()),
    "elu": (nn.ELU(), nn.HeNormal()),
    "silu": (nn.SiLU(), nn.HeNormal()),
    "gelu": (nn.GELU(), nn.HeNormal()),
    "sigmoid": (nn.Sigmoid(), nn.GlorotNormal(gain=4.0)),
    "tanh": (nn.Tanh(), nn.GlorotNormal()),
}
POOLINGS: dict[str, type[nn.MaxPool2d] | type[nn.AvgPool2d]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}
REGULARIZATIONS = ("l2", "dropout", "none")
OVERFIT = "-overfit"  # behind the name of a recipe
OVERFIT_EPOCHS = 300  # to memorise a few pictures: ten times what usual networks need
L2, DROPOUT = 1e-4, 0.5  # where the recipe has none of its own: usual values for networks of this size


def with_activation(recipe: Recipe, name: str) -> Recipe:
    """The recipe with this activation everywhere, and initial weights to match.  Raises UsageError if it is unknown."""
    activation, initializer = ACTIVATIONS[_known(name, ACTIVATIONS, "activation")]

    def change(layer: nn.Layer) -> nn.Layer:
        if isinstance(layer, Activation):
            return activation
        return replace(layer, initializer=initializer) if isinstance(layer, nn.Dense | nn.Conv2d) else layer

    return replace(recipe, network=_rewritten(recipe.network, change))


def with_pooling(recipe: Recipe, name: str) -> Recipe:
    """The recipe with this pooling everywhere, its windows unchanged.  Raises UsageError, also if it has no pooling."""
    pooling = POOLINGS[_known(name, POOLINGS, "pooling")]
    found = []

    def change(layer: nn.Layer) -> nn.Layer:
        if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
            found.append(layer)
            return pooling(layer.window, layer.stride, layer.padding)
        return layer

    network = _rewritten(recipe.network, change)
    if not found:
        raise UsageError(f"recipe {recipe.name!r} has no pooling to change: choose one with MaxPool2d or AvgPool2d.")
    return replace(recipe, network=network)


def with_regularization(recipe: Recipe, name: str) -> Recipe:
    """The recipe with L2 in its loss, dropout before its last dense layer, or neither.  Raises UsageError."""
    name = _known(name, dict.fromkeys(REGULARIZATIONS), "regularization")
    layers = recipe.network.layers
    kept = tuple(layer for layer in layers if not isinstance(layer, nn.Dropout))
    if name == "dropout":
        if not isinstance(kept[-1], nn.Dense):
            raise UsageError(f"recipe {recipe.name!r} does not end in a Dense layer, before which to put dropout.")
        kept = layers if len(kept) < len(layers) else (*kept[:-1], nn.Dropout(DROPOUT), kept[-1])
    return replace(recipe, network=nn.Sequential(*kept), l2=(recipe.l2 or L2) if name == "l2" else 0.0)


def for_overfitting(recipe: Recipe, pictures: int) -> Recipe:
    """The recipe on its first `pictures` pictures until they are learnt, without what keeps a network from that.

    Regularisation, augmentation, averaging and the learning-rate schedule are left out.
    A network that can learn at all must overfit these: the quickest test of a network and its gradients.
    """
    bare = with_regularization(recipe.without_drawn(), "none")
    return replace(
        bare, name=recipe.name + OVERFIT, pictures=pictures, overfit=True, augment=None, average=None, patience=None,
        epochs=OVERFIT_EPOCHS, batch_size=min(recipe.batch_size, pictures), schedule=Constant(),
        optimizer=replace(recipe.optimizer, weight_decay=0.0),
    )  # fmt: skip


def _rewritten(network: nn.Sequential, change: Callable[[nn.Layer], nn.Layer]) -> Any:
    """The network with every layer changed, nested ones too."""

    def rewrite(layer: Any) -> Any:
        if isinstance(layer, nn.Sequential):
            return nn.Sequential(*map(rewrite, layer.layers))
        inner = {f.name: getattr(layer, f.name) for f in fields(layer)} if is_dataclass(layer) else {}
        inner = {name: rewrite(value) for name, value in inner.items() if isinstance(value, nn.Layer)}
        return replace(layer, **inner) if inner else change(layer)

    return rewrite(network)


def _known(name: str, table: Mapping[str, Any], what: str) -> str:
    """The name as the table spells it.  Raises UsageError if it is unknown."""
    plain = name.lower().replace("_", "-")
    if plain not in table:
        raise UsageError(f"unknown {what} {name!r}{suggest(name, table)}; there are {', '.join(table)}.")
    return plain
