"""Words of the command line that become objects."""

from __future__ import annotations

import pytest

from numnist import Augment
from numnist.cli.shared.overrides import choose_augment


@pytest.mark.parametrize(
    ("word", "flip"),
    [("flip", True), ("flip=yes", True), ("flip=True", True), ("flip=1", True)]
    + [("flip=no", False), ("flip=FALSE", False), ("flip=0", False)],
)
def test_flip_is_a_switch(word, flip):
    assert choose_augment(None, ["shift=0.1", word]) == Augment(shift=0.1, flip=flip)


def test_without_the_option_the_augmentation_stays_and_none_switches_it_off():
    assert choose_augment(Augment(shift=0.1), None) == Augment(shift=0.1)
    assert choose_augment(Augment(shift=0.1), ["none"]) is None
