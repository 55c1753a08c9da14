"""A few commands in a few odd surroundings; benchmarks/surroundings.py tries all of both."""

from __future__ import annotations

import os

import pytest

from tests.cli.surroundings.commands import COMMANDS
from tests.cli.surroundings.odd import SURROUNDINGS, Surrounding
from tests.cli.surroundings.outcomes import fault, material, outcome

NAMED = {each.name: each for each in (*COMMANDS, *SURROUNDINGS)}
TRAIN = "train small.toml --dataset digits.npz --run new --json"
TRIED = {
    TRAIN: ["stderr on a full disk", "a folder that is not UTF-8", "python -O"],
    "sweep small.toml --dataset digits.npz --seed 0 1 --epochs 1 --run sweep": ["no streams"],
    "train --help": ["1 column", "0 columns"],
}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the surroundings are made by a shell")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    material(folder, runs=())
    return folder


@pytest.mark.parametrize("name", TRIED)
def test_a_command_does_in_odd_surroundings_what_it_does_elsewhere(name, source, tmp_path):
    places = iter(range(9))

    def run(surrounding):
        place = tmp_path / str(next(places))
        place.mkdir()
        return outcome(NAMED[name], surrounding, source, place)

    usual = run(Surrounding("the usual"))
    assert usual.code == 0, usual.err
    for surrounding in TRIED[name]:
        found = run(NAMED[surrounding])
        assert fault(NAMED[name], NAMED[surrounding], usual, found) == "", (surrounding, found)


def test_a_path_that_no_recipe_can_name_is_refused(source, tmp_path):
    found = outcome(NAMED[TRAIN], NAMED["a folder that is not UTF-8"], source, tmp_path)
    assert found.code == 2
    assert "which is not UTF-8, so that no recipe can name it: rename the file or folder." in found.err
