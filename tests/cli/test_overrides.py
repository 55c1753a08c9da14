"""Words of the command line that become objects."""

from __future__ import annotations

import pytest

from numnist import Augment
from numnist.cli.shared.overrides import choose_augment


@pytest.mark.parametrize(
    ("word", "flip"),
    [(word, True) for word in ("flip", "flip=yes", "flip=True", "flip=1")]
    + [(word, False) for word in ("flip=no", "flip=FALSE", "flip=0")],
)
def test_flip_is_a_switch(word, flip):
    assert choose_augment(None, ["shift=0.1", word]) == Augment(shift=0.1, flip=flip)


def test_without_the_option_the_augmentation_stays_and_none_switches_it_off():
    assert choose_augment(Augment(shift=0.1), None) == Augment(shift=0.1)
    assert choose_augment(Augment(shift=0.1), ["none"]) is None
