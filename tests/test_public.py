"""The public names: all there, and still themselves after use."""

from __future__ import annotations

import numnist


def test_every_public_name_is_there():
    assert all(hasattr(numnist, name) for name in numnist.__all__)


def test_functions_are_not_hidden_by_modules_of_their_name():
    """numnist/recipes and numnist/gradcheck.py would take the functions' places if they were imported late."""
    for _ in range(2):
        assert numnist.recipes()
        assert numnist.gradcheck(numnist.ReLU(), (3,)).ok
