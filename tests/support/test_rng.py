"""A generator is a function of the seed and its key, and of nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from numnist.support.rng import keyed_rng


def draw(*key):
    return keyed_rng(*key).bytes(16)


def test_same_key_same_numbers():
    assert draw(7, "batches", 3) == draw(7, "batches", 3)


def test_every_part_of_the_key_counts():
    keys = [
        (7,), (8,), (7, "batches"), (7, "batches", 3), (7, "batches", 4), (7, "weights", 3), (7, 3, "batches"),
        (7, "3"), (7, 3), (7, 33), (7, 3, 3), (73, 3), (7, "a", "b"), (7, "ab"), (7, "a, b"), (7, "a', 'b"), (-7,),
    ]  # fmt: skip
    assert len({draw(*key) for key in keys}) == len(keys)


def test_numpys_integers_are_pythons():
    """An epoch or seed that comes out of an array must not start other weights."""
    for kind in (np.int32, np.int64, np.uint8):
        assert draw(kind(7), "batches", kind(3)) == draw(7, "batches", 3)


def test_seeds_may_be_of_any_size():
    assert draw(2**200) != draw(2**201)


@pytest.mark.parametrize("wrong", [1.5, None, "7", np.float64(3)])
def test_seed_that_is_no_whole_number_is_refused(wrong):
    with pytest.raises(TypeError):
        keyed_rng(wrong)


def test_drawing_leaves_other_generators_and_numpys_own_alone():
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    first = keyed_rng(1, "a")
    second = keyed_rng(1, "a")
    first.random(100)
    assert second.bytes(8) == draw(1, "a")[:8]
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


def test_neighbouring_keys_are_unrelated():
    """Correlations between steps would be a pattern in dropout."""
    rows = np.array([keyed_rng(0, "layer", step).standard_normal(2000) for step in range(30)])
    correlations = [abs(np.corrcoef(a, b)[0, 1]) for a, b in pairwise(rows)]
    assert max(correlations) < 5 / np.sqrt(2000)  # five standard errors


def test_another_process_draws_the_same_whatever_its_hash_seed():
    code = "from numnist.support.rng import keyed_rng; print(keyed_rng(7, 'weights', '0.w').bytes(16).hex())"
    found = set()
    for seed in ("0", "1"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout.strip())
    assert found == {draw(7, "weights", "0.w").hex()}


def test_numbers_are_those_of_the_first_release():
    """Changing how keys become numbers would change every published run: do so on purpose only."""
    assert keyed_rng(0).bytes(8).hex() == FIRST[0]
    assert keyed_rng(7, "weights", "0.w").bytes(8).hex() == FIRST[1]


FIRST = ("172b2f195ff8b4f6", "8ab9fa7fd5d8764a")
