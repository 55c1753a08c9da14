"""Every constant of the JavaScript is Python's: the pictures of test_reading.py do not depend on each of them."""

from __future__ import annotations

from importlib import import_module

import pytest

HOMES = {
    "PIXELS": "ink.pixels",
    "PAPER": "ink.paper",
    "GROUND": "ink.ground",
    "FOREGROUND": "ink.foreground",
    "CENTER": "ink.center",
    "PHOTO": "ink.photo",
    "PIECES": "ink.characters.pieces",
    "SEPARATE": "ink.characters.separate",
    "CUT": "ink.characters.cut",
    "CHARACTERS": "ink.characters.prepare",
    "READING": "model.reading",
}


@pytest.mark.parametrize("name", HOMES)
def test_constants_are_pythons(script, name):
    module = import_module(f"numnist.{HOMES[name]}")
    constants = script.page.evaluate(name)
    assert constants
    for constant, value in constants.items():
        mine = getattr(module, constant)
        assert value == (list(mine) if isinstance(mine, tuple) else mine), constant
