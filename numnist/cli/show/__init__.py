"""numnist show: figures of data, predictions, layers and runs."""

from numnist.cli.show.networks import activations_, filters_, network_
from numnist.cli.show.pictures import confusion_, data_, mistakes_, predictions_
from numnist.cli.show.runs import compare_, history_

__all__ = [
    "activations_", "compare_", "confusion_", "data_", "filters_", "history_", "mistakes_", "network_", "predictions_"
]  # fmt: skip
