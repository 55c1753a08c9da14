"""The recipes learn real MNIST and Fashion-MNIST; benchmarks/results.py measures how well in full length."""

from __future__ import annotations

from dataclasses import replace

import pytest

from numnist import load, load_recipe
from numnist.training.events import Epoch
from numnist.training.loop import train

pytestmark = pytest.mark.mnist


@pytest.mark.parametrize(
    ("name", "pictures", "least"),
    # four seeds reach 95.7 to 96.4%, 90.6 to 91.4%, 88.6 to 90.1%, 72.0 to 74.0%; 1,000 pictures measure it to ±2%,
    # and the bounds are 3 to 6 points lower, for another BLAS or processor
    [("quick", 5000, 0.92), ("cnn28", 5000, 0.86), ("mlp-quick", 5000, 0.84), ("fashion-quick", 3000, 0.66)],
)
def test_a_recipe_learns_its_data_from_a_few_thousand_pictures(name, pictures, least):
    recipe = replace(load_recipe(name), epochs=1, batch_size=64)  # small batches, for more steps
    data = load(recipe.dataset, offline=True)
    data = replace(data, train=data.train[:pictures], validation=data.validation[:1000], test=data.test[:10])
    epochs = [event for event in train(recipe.model(data), data, recipe) if isinstance(event, Epoch)]
    assert epochs[-1].validation_accuracy > least
