"""The order in which the gradients of lanes are added: a tree that depends on their number alone.

The sum of n lanes is the sum of the first p and that of the others, with the largest power of two p below n:

    ((0 + 1) + (2 + 3)) + (4 + 5)

So any 2**k neighbours that begin at a multiple of 2**k can be added beforehand, by whichever process has run them, and
the bits of the total do not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

import numpy as np

from numnist.nn.base import Array


def branch_size(lanes: int, ranks: int) -> int:
    """How many lanes are added beforehand, 2**k: so many that two branches a rank are left, and at least four.

    Few sums are cheaper in the update, where they are in cache, and ranks of different speed need something to share
    out.
    """
    size, branches = 1, max(4, 2 * ranks)
    while size * 2 * branches <= lanes:
        size *= 2
    return size


def tree_sum(parts: Array, done: Container[tuple[int, int]] = (), start: int = 0) -> Array:
    """Σ parts along the tree: (n, ...) -> (...).   A part itself, which may have been changed, or a new array.

    done: (start, stop) of neighbours whose sum stands in the first of them already;  start: the number of the first.
    """
    if len(parts) == 1 or (start, start + len(parts)) in done:
        return parts[0]
    split = largest_power_below(len(parts))
    first, second = tree_sum(parts[:split], done, start), tree_sum(parts[split:], done, start + split)
    return np.add(first, second, out=first if split > 1 else None)


def subtrees(first: int, last: int, start: int, stop: int) -> list[tuple[int, int]]:
    """The largest parts of the tree over start..stop that lie in first..last: (start, stop) of each."""
    if first <= start and stop <= last:
        return [(start, stop)]
    if stop <= first or last <= start:
        return []
    middle = start + largest_power_below(stop - start)
    return subtrees(first, last, start, middle) + subtrees(first, last, middle, stop)


def sum_branch(count: int, leaf: Callable[[int, int], None], rows: Sequence[Array]) -> None:
    """Leave the sum of `count` leaves in rows[0].   leaf(i, row): write leaf i into rows[row].

    It needs depth(count) rows: leaves are added as soon as the tree allows.
    """
    sizes: list[int] = []  # of the sums in the rows
    for i in range(count):
        leaf(i, len(sizes))
        sizes.append(1)
        while len(sizes) > 1 and (sizes[-1] == sizes[-2] or i == count - 1):
            rows[len(sizes) - 2] += rows[len(sizes) - 1]
            sizes[-2:] = [sizes[-2] + sizes[-1]]


def depth(count: int) -> int:
    """How many sums are unfinished at a time while `count` leaves are added."""
    return max(1 + i.bit_count() for i in range(count))


def largest_power_below(n: int) -> int:
    """The largest power of two below n, for n > 1."""
    return 1 << (n - 1).bit_length() - 1
