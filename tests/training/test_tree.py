"""The tree along which gradients are added: the same sum however its branches are shared out."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.training.tree import branch_size, depth, sum_branch, tree_sum

LANES = pytest.mark.parametrize("lanes", [*range(1, 18), 31, 32, 33])


def random(lanes: int) -> np.ndarray:
    return np.random.default_rng(lanes).standard_normal((lanes, 50), np.float32)


def branches_of(leaves: np.ndarray, size: int) -> np.ndarray:
    """The sums of each `size` neighbours, as a rank makes them."""
    sums = []
    for first in range(0, len(leaves), size):
        part = leaves[first : first + size]
        rows = np.full((depth(len(part)), leaves.shape[1]), np.nan, np.float32)

        def leaf(i, row, rows=rows, part=part):
            rows[row] = part[i]

        sum_branch(len(part), leaf, rows)
        sums.append(rows[0])
    return np.array(sums)


@LANES
def test_any_branches_give_the_bits_of_the_whole_tree(lanes):
    leaves = random(lanes)
    whole = tree_sum(leaves.copy()).tobytes()
    for size in (1, 2, 4, 8, 16, 32, 64):
        assert tree_sum(branches_of(leaves, size)).tobytes() == whole


@LANES
def test_it_is_the_sum(lanes):
    leaves = random(lanes)
    exact = leaves.sum(axis=0, dtype=np.float64)
    np.testing.assert_allclose(tree_sum(leaves.copy()), exact, rtol=0, atol=1e-5)  # float32 sums of 33 numbers near 1


def test_the_order_is_the_documented_one():
    a, b, c, d, e, f = leaves = random(6)
    assert tree_sum(leaves.copy()).tobytes() == (((a + b) + (c + d)) + (e + f)).tobytes()


def test_the_leaves_stay_as_they_are_and_one_alone_is_not_copied():
    leaves = random(5)
    before = leaves.copy()
    tree_sum(leaves)
    assert np.array_equal(leaves, before)
    assert np.shares_memory(tree_sum(leaves[:1]), leaves)


@pytest.mark.parametrize(
    ("lanes", "ranks", "size"),
    [
        (16, 1, 4),
        (5, 1, 1),
        (64, 1, 16),
        (1, 1, 1),
        (1, 4, 1),
        (16, 2, 4),
        (16, 4, 2),
        (16, 8, 1),
        (2, 2, 1),
        (64, 3, 8),
    ],
)
def test_a_rank_has_at_least_two_branches_where_there_are_enough_lanes(lanes, ranks, size):
    assert branch_size(lanes, ranks) == size


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (2, 2), (3, 2), (4, 3), (8, 4), (16, 5)])
def test_few_sums_are_unfinished_at_a_time(count, rows):
    assert depth(count) == rows
