"""Connected components, against a search that walks from pixel to pixel."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.ink.components import label_components


def walked(mask):
    """The same numbers, by walking."""
    labels = np.zeros(mask.shape, int)
    for start in np.argwhere(mask):
        if labels[tuple(start)]:
            continue
        labels[tuple(start)] = number = labels.max() + 1
        stack = [tuple(start)]
        while stack:
            y, x = stack.pop()
            around = labels[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
            new = mask[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] & (around == 0)
            around[new] = number
            stack += [(i + max(y - 1, 0), j + max(x - 1, 0)) for i, j in np.argwhere(new)]
    return labels


@pytest.mark.parametrize("density", [0.0, 0.2, 0.4, 0.6, 1.0])
def test_as_a_walk_from_pixel_to_pixel_finds_them(density):
    rng = np.random.default_rng(5)
    for _ in range(30):
        mask = rng.random(rng.integers(1, 14, 2)) < density
        assert np.array_equal(label_components(mask), walked(mask))


def test_a_spiral_is_one():
    spiral = np.zeros((21, 21), bool)
    y = x = 0
    dy, dx = 0, 1
    for _ in range(21 * 21):
        spiral[y, x] = True
        ahead, beyond = (y + dy, x + dx), (y + 2 * dy, x + 2 * dx)
        free = all(0 <= n < 21 for n in ahead) and not (all(0 <= n < 21 for n in beyond) and spiral[beyond])
        if not free:
            dy, dx = dx, -dy
        if not (0 <= y + dy < 21 and 0 <= x + dx < 21) or spiral[y + dy, x + dx]:
            break
        y, x = y + dy, x + dx
    assert spiral.sum() > 150
    assert label_components(spiral).max() == 1
