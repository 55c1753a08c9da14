"""MedMNIST's archives: pictures with one label each are read, other tasks are named and refused."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.data import load
from numnist.support.errors import DataError


def save(path, labels, shape=(28, 28)):
    """An archive as MedMNIST has it: labels (N, K) in three parts."""
    arrays, counts = {}, {"train": len(labels), "val": len(labels) // 2, "test": len(labels) // 2}
    for part, n in counts.items():
        arrays[f"{part}_images"] = (np.arange(n * np.prod(shape)) % 251).astype(np.uint8).reshape(n, *shape)
        arrays[f"{part}_labels"] = labels[:n]
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 3)], ids=["grey", "colour"])
def test_pictures_with_one_label_each_are_read(tmp_path, shape):
    labels = (np.arange(30) % 3).astype(np.uint8)[:, None]
    data = load(save(tmp_path / "bloodmnist.npz", labels, shape))
    assert (len(data.train), len(data.validation), len(data.test)) == (30, 15, 15)
    assert data.train.labels.tolist() == labels[:, 0].tolist()
    assert data.shape == (3 if len(shape) == 3 else 1, 28, 28)


@pytest.mark.parametrize(
    "labels",
    [np.tri(30, 14, dtype=np.uint8), np.vstack([np.eye(14), np.zeros((1, 14))])],
    ids=["several findings", "a picture with none"],
)
def test_several_labels_for_a_picture_are_called_so(tmp_path, labels):
    with pytest.raises(DataError, match=r"chestmnist.npz .*is multi-label.*14 labels.*one class"):
        load(save(tmp_path / "chestmnist.npz", labels))


@pytest.mark.parametrize("shape", [(28, 28, 28), (64, 64, 64), (28, 28, 28, 1)])
def test_volumes_are_called_so(tmp_path, shape):
    with pytest.raises(DataError, match=r"organmnist3d.npz .*holds volumes"):
        load(save(tmp_path / "organmnist3d.npz", np.zeros((6, 1), np.uint8), shape))
