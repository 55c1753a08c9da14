"""Data sets for tasks that numnist does not learn, several of which MedMNIST has beside those that it does.

MedMNIST (https://medmnist.com) keeps each data set in an .npz archive: train_images, train_labels, val_images …,
with labels (N, 1), or (N, K) where a picture may show several findings, or none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.support.errors import DataError


def refuse_other_tasks(x: NDArray[Any], labels: NDArray[Any], where: str) -> None:
    """Raise DataError for volumes instead of pictures, and for pictures with several labels each."""
    if (x.ndim == 4 and not {x.shape[1], x.shape[3]} & {1, 3}) or x.ndim == 5:
        raise DataError(
            f"{where} holds volumes of shape {x.shape[1:]}, in three dimensions, but numnist's layers take pictures: "
            "use the data set of pictures (MedMNIST2D), or take slices of the volumes as pictures."
        )
    if labels.ndim != 2 or labels.shape[1] < 2 or not np.isin(labels, (0, 1)).all():
        return
    several = np.count_nonzero(labels, axis=1) != 1
    if several.any():
        raise DataError(
            f"{where} is multi-label: {np.count_nonzero(several):,} of {len(labels):,} pictures have none or several "
            f"of {labels.shape[1]} labels, but numnist gives each picture one class: choose one column as the label, "
            "such as y = labels[:, 0], or leave such pictures out."
        )
