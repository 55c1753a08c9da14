"""Filter history: the first weights as they change, recorded with the run in a small file."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from numnist import Conv2d, Dense, Flatten, MaxPool2d, Model, ModelFileError, Sequential, UsageError, load_model
from numnist.experiment.filter_history import (
    FILE,
    filter_history,
    first_weights,
    is_recorded,
    read_filters,
    record_filters,
)
from numnist.experiment.recipe import Recipe
from numnist.experiment.run import Run
from tests.small import CONV, MLP, dataset

RECIPE = Recipe("tiny", "a title", "bands", CONV, epochs=6, batch_size=50, seed=4)
FOLDER = Path("runs/a")


def test_of_a_convolution_they_are_its_kernels_and_of_a_dense_layer_whole_pictures():
    conv, dense = Model(CONV, dataset()), Model(MLP, dataset())
    assert (first_weights(conv) == conv.p[0].w).all()
    assert first_weights(dense).shape == (16, 1, 8, 8)
    assert (first_weights(dense).reshape(16, 64) == dense.p[1].w).all()


@pytest.mark.parametrize("first", [Flatten(), Conv2d(3, 3)], ids=["dense", "conv"])
def test_weights_that_do_not_see_the_picture_itself_are_refused_and_not_kept(first):
    model = Model(Sequential(MaxPool2d(2), first, Flatten(), Dense(4)), dataset())
    with pytest.raises(UsageError, match="do not see the picture"):
        first_weights(model)
    record_filters(Path(), model, 0)
    assert not Path(FILE).exists()


def test_few_epochs_are_recorded_however_many_there_are():
    assert [epoch for epoch in range(60) if is_recorded(epoch)] == [0, 1, 2, 3, 5, 8, 13, 21, 34, 55]


def test_a_run_keeps_its_weights_at_the_start_and_on_the_way():
    run = Run.create(RECIPE, dataset(), FOLDER)
    start = first_weights(run.model).copy()
    seen = {}
    for event in run.events():
        if type(event).__name__ == "Epoch":
            seen[event.epoch] = first_weights(run.model).copy()
    kept = read_filters(FOLDER)
    assert list(kept) == [0, 1, 2, 3, 5]
    for epoch, weights in kept.items():
        assert weights.dtype == np.float16  # 11 bits: 1e-3; and steps of 6e-8 near 0
        np.testing.assert_allclose(weights, start if epoch == 0 else seen[epoch], rtol=1e-3, atol=1e-6)
    assert not np.array_equal(kept[0], kept[5])


def test_a_run_that_was_stopped_and_resumed_keeps_the_same():
    whole = Run.create(RECIPE, dataset(), Path("runs/whole"))
    list(whole.events())
    run = Run.create(RECIPE, dataset(), FOLDER)
    events = run.events()
    list(islice(events, 8))
    events.close()
    list(Run.open(FOLDER, dataset()).events())
    assert (FOLDER / FILE).read_bytes() == Path("runs/whole", FILE).read_bytes()


def test_at_most_32_units_are_kept():
    model = Model(Sequential(Flatten(), Dense(100), Dense(4)), dataset())
    record_filters(Path(), model, 0)
    assert read_filters(Path())[0].shape == (32, 1, 8, 8)
    assert Path(FILE).stat().st_size < 32 * 64 * 2 + 500


def test_a_broken_file_is_an_error_but_stops_no_training():
    Path(FILE).write_bytes(b"broken")
    with pytest.raises(ModelFileError, match=FILE):
        read_filters(Path())
    record_filters(Path(), Model(CONV, dataset()), 3)
    assert list(read_filters(Path())) == [3]


def test_the_history_of_a_run_goes_from_its_start_to_its_trained_weights():
    run = Run.create(RECIPE, dataset(), FOLDER)
    list(run.events())
    run.evaluate()
    found = filter_history(load_model(FOLDER), FOLDER)
    assert list(found) == ["start", "epoch 1", "epoch 2", "epoch 3", "epoch 5", "trained"]


def test_without_a_record_the_start_is_made_again_from_the_recipes_seed():
    run = Run.create(RECIPE, dataset(), FOLDER)
    start = first_weights(run.model).astype(np.float16)
    list(run.events())
    run.evaluate()
    alone = filter_history(load_model(FOLDER / "model.safetensors"))
    assert list(alone) == ["start", "trained"]
    assert (alone["start"] == start).all()


def test_without_a_recipe_only_the_trained_weights_are_known():
    assert list(filter_history(Model(CONV, dataset()))) == ["trained"]
