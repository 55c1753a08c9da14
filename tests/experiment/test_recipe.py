"""Recipe: what a TOML file says, said back the same; what it gets wrong, named with its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
import tomli_w

from numnist import (
    AdamW,
    Dataset,
    Dense,
    Epoch,
    Flatten,
    OneCycle,
    Recipe,
    Sequential,
    Split,
    UsageError,
    Warmup,
    load_recipe,
    recipes,
    train,
)
from numnist.data.strokes.drawing import draw, load_strokes
from numnist.nn.losses import MulticlassSVM, SoftmaxCrossEntropy
from tests.small import AUGMENT, CONV, dataset

ALL = pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.name)
EVERY_FIELD = Recipe(
    "mine", "a title", "strokes", CONV, AdamW(0.01, weight_decay=0.1), schedule=Warmup(5, OneCycle(peak=0.5)),
    loss=SoftmaxCrossEntropy(0.1, background=True), drawn=3, outliers=4, augment=AUGMENT, normalization="pixel",
    validation=40, size=(9, 8), epochs=3, batch_size=32, l2=1e-4, clip_norm=2.0, average=0.99, patience=4, lanes=3,
    shard=16, seed=7, pictures=50, published="98%",
)  # fmt: skip


def written(path, recipe):
    path.write_text(tomli_w.dumps(recipe.to_dict()), encoding="utf-8")
    return path


@ALL
def test_a_recipe_written_and_read_is_the_same(tmp_path, recipe):
    assert load_recipe(written(tmp_path / "other.toml", recipe)) == recipe


def test_so_is_one_that_uses_every_field(tmp_path):
    assert load_recipe(written(tmp_path / "a.toml", EVERY_FIELD)) == EVERY_FIELD


@ALL
def test_every_recipe_trains_on_its_kind_of_picture(recipe):
    x, labels = draw(256, seed=0)
    x = x[:, None]
    data = Dataset("drawn", Split(x, labels), Split(x[:9], labels[:9]), Split(x[:9], labels[:9]), tuple("0123456789"))
    recipe = replace(recipe, batch_size=64, epochs=3, augment=None)  # 12 steps of the whole schedule
    model = recipe.model(data)
    epochs = [event for event in train(model, data, recipe, threads=1) if isinstance(event, Epoch)]
    assert epochs[-1].loss < epochs[0].loss


def test_the_default_comes_first_and_names_are_unique():
    names = [recipe.name for recipe in recipes()]
    assert names[0] == "quick"
    assert names[1:] == sorted(set(names) - {"quick"})


@ALL
def test_a_recipe_is_found_by_its_name(recipe):
    assert load_recipe(recipe.name) == recipe


def test_a_file_of_ones_own_is_named_after_itself_and_takes_defaults(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text('dataset = "mnist"\nnetwork = [{ type = "Flatten" }, { type = "Dense", units = 10 }]\n')
    assert load_recipe(path) == Recipe("tiny", "tiny", "mnist", Sequential(Flatten(), Dense(10)))


def test_the_settings_reach_training():
    # each is changed alone, and each changes the loss that training sees at its second step
    data, plain = dataset(), Recipe("a", "a", "bands", CONV)

    def losses(recipe):
        steps = train(recipe.model(data), data, recipe, threads=1)
        return [next(steps).loss, next(steps).loss]

    start = losses(plain_steps := replace(plain, batch_size=20))
    for changes in (
        {"optimizer": AdamW(0.1)}, {"schedule": OneCycle()}, {"loss": MulticlassSVM()}, {"augment": AUGMENT},
        {"normalization": "unit"}, {"batch_size": 21}, {"l2": 0.1}, {"clip_norm": 1e-9}, {"lanes": 2}, {"shard": 3},
        {"seed": 1},
    ):  # fmt: skip
        assert losses(replace(plain_steps, **changes)) != start, changes


def test_average_epochs_and_patience_reach_training():
    data = dataset()
    recipe = Recipe("a", "a", "bands", CONV, average=0.9, epochs=9, patience=1, optimizer=AdamW(0.0))
    model = recipe.model(data)
    *_, finished = train(model, data, recipe)
    assert finished.state.theta is not model.theta
    assert (finished.epochs, finished.stopped_early) == (2, True)


def test_an_override_changes_what_is_given_and_nothing_else():
    assert EVERY_FIELD.override(epochs=9, seed=None) == replace(EVERY_FIELD, epochs=9)


NETWORK = 'network = [{ type = "Flatten" }, { type = "Dense", units = 4 }]\n'
WRONG = {
    "an unknown field": (NETWORK + "epoch = 3", "unknown field 'epoch' (did you mean 'epochs'?); there are name,"),
    "no network": ("epochs = 3", "a recipe needs 'network'"),
    "a network that is a text": ('network = "mlp"', "network must be a list of layers, but is 'mlp'"),
    "an empty network": ("network = []", "Sequential takes one or more layers"),
    "an unknown layer": ('network = [{ type = "Dens" }]', "network[0]: unknown type 'Dens' (did you mean 'Dense'?)"),
    "a layer without a type": ("network = [{ units = 3 }]", "network[0]: expected a table with a type"),
    "a layer that is a text": ('network = ["Flatten"]', "network[0]: expected a table with a type"),
    "a layer's unknown field": (
        'network = [{ type = "Flatten" }, { type = "Dense", unit = 4 }]',
        "network[1]: Dense has no field 'unit' (did you mean 'units'?); it has units, bias, initializer",
    ),
    "a layer's field missing": ('network = [{ type = "Dense" }]', "network[0]: Dense needs units"),
    "a layer's field of the wrong type": (
        'network = [{ type = "Dense", units = "4" }]',
        "network[0]: Dense units is '4', but must be a whole number",
    ),
    "an inner layer's field": (
        'network = [{ type = "Residual", body = { type = "ReLU", slope = 1 } }]',
        "network[0]: Residual.body: ReLU has no field 'slope'",
    ),
    "an optimizer's name": (NETWORK + 'optimizer = { type = "Adm" }', "optimizer: unknown type 'Adm' (did you mean"),
    "an optimizer's field": (
        NETWORK + 'optimizer = { type = "Adam", learning_rate = "fast" }',
        "optimizer: Adam learning_rate is 'fast', but must be a finite number",
    ),
    "an optimizer that is a text": (NETWORK + 'optimizer = "Adam"', "optimizer: expected a table with a type"),
    "a schedule's name": (NETWORK + 'schedule = { type = "Cosine" }', "schedule: unknown type 'Cosine'"),
    "an augmentation's field": (
        NETWORK + 'augment = { type = "Augment", rotate = 9 }',
        "augment: Augment has no field 'rotate' (did you mean 'rotation'?)",
    ),
    "an augmentation's size": (
        NETWORK + 'augment = { type = "Augment", zoom = 3 }',
        "augment: augment zoom is 3, but must be a finite number from 0 to 0.9",
    ),
    "a loss's name": (NETWORK + 'loss = { type = "softmax" }', "loss: unknown type 'softmax'"),
    "a loss's option": (
        NETWORK + 'loss = { type = "MulticlassSVM", square = true }',
        "loss: MulticlassSVM has no field 'square' (did you mean 'squared'?)",
    ),
    "a loss's option's type": (
        NETWORK + 'loss = { type = "MulticlassSVM", margin = "a" }',
        "loss: MulticlassSVM margin is 'a'",
    ),
    "a size": (NETWORK + "size = [28, 0]", "size is (28, 0), but must be a whole number of at least 1, or two of them"),
    "a loss that is a number": (NETWORK + "loss = 3", "loss: expected a table with a type, as {type ="),
    "a loss whose type is a list": (NETWORK + "loss = { type = [] }", "loss: expected a table with a type, as {type ="),
    "epochs that are a text": (NETWORK + 'epochs = "3"', "epochs is '3', but must be a whole number of at least 1"),
    "epochs that are a truth": (NETWORK + "epochs = true", "epochs is True, but must be a whole number of at least 1"),
    "a seed that is a fraction": (NETWORK + "seed = 1.5", "seed is 1.5, but must be a whole number"),
    "a name that is a number": (NETWORK + "name = 3", "name is 3, but must be a str"),
    "no TOML": ("epochs: 3", "this is not TOML: "),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=list(WRONG))
def test_a_mistake_is_named_with_file_and_field(tmp_path, text, message):
    path = tmp_path / "wrong.toml"
    path.write_text('dataset = "mnist"\n' + text)
    with pytest.raises(UsageError) as caught:
        load_recipe(path)
    assert str(caught.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "a.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"a\.toml: the recipe cannot be read"):
        load_recipe(path)


@pytest.mark.parametrize("name", ["quik", "QUICK2", "../recipe_files/quick", "", "/etc/passwd", "quick\0"])
def test_an_unknown_name_is_answered_with_those_there_are(name):
    with pytest.raises(UsageError, match="there is no recipe") as caught:
        load_recipe(name)
    assert "there are quick, " in str(caught.value)
    assert ("did you mean 'quick'" in str(caught.value)) == (name in ("quik", "QUICK2", "quick\0"))


def test_on_another_data_set_a_recipe_keeps_as_many_validation_pictures_as_is_usual_there():
    recipe = load_recipe("digits")
    assert recipe.validation == 5000
    assert recipe.on("mnist") is recipe
    assert recipe.on("mine") == replace(recipe, dataset="mine", validation=None)


def test_outliers_and_a_background_go_together():
    loss = SoftmaxCrossEntropy(background=True)
    for wrong in ({"outliers": 100}, {"loss": loss}):
        with pytest.raises(UsageError, match="needs both"):
            replace(load_recipe("quick"), **wrong)
    both = replace(load_recipe("quick"), outliers=100, loss=loss)
    assert Recipe.from_dict(both.to_dict()) == both
    assert both.model(load_strokes(50, 10, 10)).background


def test_on_other_data_than_digits_nothing_is_drawn():
    recipe = replace(load_recipe("quick"), drawn=20, outliers=100, loss=SoftmaxCrossEntropy(background=True))
    digits = load_strokes(50, 10, 10)
    assert recipe.for_data(digits) == recipe
    letters = replace(digits, classes=tuple("abcdefghij"))
    assert recipe.for_data(letters) == replace(recipe, drawn=0, outliers=0, loss=SoftmaxCrossEntropy())
    assert not recipe.for_data(letters).background


def test_what_is_drawn_comes_with_the_recipes_data():
    recipe = replace(
        load_recipe("quick"), dataset="strokes", drawn=20, outliers=30, loss=SoftmaxCrossEntropy(background=True)
    )
    data = recipe.load_data()
    assert len(data.training) == len(data.train) + 50
