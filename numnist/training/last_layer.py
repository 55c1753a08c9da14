"""Whether a network ends in logits, which is what losses and predictions take."""

from __future__ import annotations

import warnings

from numnist.nn.activations import Activation, Softmax
from numnist.nn.base import Layer
from numnist.nn.losses import Loss, MeanSquaredError
from numnist.nn.sequential import Sequential
from numnist.support.errors import UsageError


def check_last_layer(network: Layer, loss: Loss) -> None:
    """Raise UsageError for a network that ends in Softmax, and warn of any other activation at its end.

    With a mean squared error an activation at the end is an old and right thing to do; then nothing is said, but of
    Softmax a warning: `predict_proba` takes the softmax of what the network returns.
    """
    last = last_layer(network)
    if not isinstance(last, Activation):
        return
    name, squared = type(last).__name__, isinstance(loss, MeanSquaredError)
    if isinstance(last, Softmax):
        message = (
            f"the network ends in Softmax, but must end in logits: {'predict_proba' if squared else 'the loss'} takes "
            "the softmax itself, and of probabilities it is nearly the same for all classes. Leave the last layer out."
        )
        if not squared:
            raise UsageError(message)
        warnings.warn(message, stacklevel=4)
    elif not squared:
        warnings.warn(
            f"the network ends in {name}, which limits its logits, and with them how sure it can be or whether it can "
            f"learn at all: leave the last {name} out.",
            stacklevel=4,
        )


def last_layer(network: Layer) -> Layer:
    """The layer that returns the output, in nested networks too."""
    while isinstance(network, Sequential) and network.layers:
        network = network.layers[-1]
    return network
