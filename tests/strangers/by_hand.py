"""Everything that somebody would make on purpose, in the place of a file."""

from __future__ import annotations

from tests.strangers.by_hand_data import arrays, pictures, tables
from tests.strangers.by_hand_models import models, recipes
from tests.strangers.by_hand_programs import keras_files, onnx_files
from tests.strangers.made import Made, places


def all_made() -> list[Made]:
    rooms = (places, models, recipes, onnx_files, keras_files, arrays, tables, pictures)
    return [each for room in rooms for each in room() if each.there]
