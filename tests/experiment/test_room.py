"""A training that cannot fit is refused with its numbers before anything is allocated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numnist import Dataset, Dense, Flatten, Sequential, Split
from numnist.experiment import room
from numnist.experiment.recipe import Recipe, load_recipe
from numnist.experiment.room import check_room, machine_memory, needed_bytes
from numnist.experiment.run import Run
from numnist.support.errors import UsageError
from tests import small

WIDE = Recipe("wide", "wide", "own", Sequential(Flatten(), Dense(100), Dense(2)))


def photos(count=12, H=600, W=800):
    x = np.zeros((count, 1, 1, 1), np.uint8)
    x = np.lib.stride_tricks.as_strided(x, (count, 1, H, W), (1, 0, 0, 0), writeable=False)
    split = Split(x, np.arange(count) % 2)
    return Dataset("photos", split, split[:2], split[:2], ("a", "b"))


def test_photographs_in_their_own_size_are_refused_with_the_way_out(tmp_path):
    with pytest.raises(UsageError, match=r"800×600 .* has 48,000,302 parameters, which take \d\.\d GB.*--size 28 28"):
        Run.create(WIDE, photos(), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_parameters_named_are_those_of_the_issue():
    quick = load_recipe("quick").for_classes(2)
    with pytest.raises(UsageError, match=f"{quick.network.build((1, 600, 800)).size:,}"):
        check_room(quick, photos(), None)


def test_whoever_gives_the_size_has_it():
    check_room(replace(WIDE, size=(600, 800)), photos(), None)


def test_recipes_that_are_large_at_28_by_28_are_left_alone():
    check_room(load_recipe("deep-mlp"), small.dataset(shape=(1, 28, 28), classes=10), 10**12)


def test_more_than_the_machine_has_is_refused():
    data = small.dataset()
    recipe = Recipe("own", "own", "own", small.MLP)
    needed = needed_bytes(recipe, small.MLP.build(data.shape), data)
    check_room(recipe, data, needed)
    with pytest.raises(UsageError, match=r"this machine has \d+ MB"):
        check_room(recipe, data, needed - 1)


def test_what_is_needed_grows_with_the_optimizer_and_the_average():
    data, plan = small.dataset(), small.MLP.build((1, 8, 8))
    recipe = Recipe("own", "own", "own", small.MLP)
    vector = 4 * plan.size
    assert needed_bytes(replace(recipe, average=0.9), plan, data) - needed_bytes(recipe, plan, data) == vector


def test_a_container_may_have_less_than_the_machine(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(room, "_CONTAINER", limit)
    whole = machine_memory()
    limit.write_text("max\n")
    assert machine_memory() == whole
    if whole is not None:
        limit.write_text("1000\n")
        assert machine_memory() == 1000


def test_a_system_that_does_not_tell_is_believed_to_have_enough(monkeypatch):
    monkeypatch.delattr("os.sysconf", raising=False)
    assert machine_memory() is None
