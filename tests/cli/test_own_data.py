"""People's own pictures meet a model: prepared as the model's were, matched by name, all of them, nothing unsaid."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numnist.data.strokes.drawing import draw
from numnist.experiment.recipe import read_recipe
from numnist.model.model import load_model

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def white(folder, count=60, names="0123456789", seed=9):
    """Digits in dark ink on large white sheets, a folder for each class."""
    x, labels = draw(count, seed=seed)
    for i, (picture, label) in enumerate(zip(x, labels)):
        place = folder / names[label]
        place.mkdir(parents=True, exist_ok=True)
        sheet = np.pad(255 - picture, ((20, 30), (10, 40)), constant_values=255)
        Image.fromarray(np.kron(sheet, np.ones((2, 2), np.uint8))).save(place / f"{i}.png")
    return folder


def right(numnist, model, folder):
    """How many pictures `predict` classifies as their folder says, and how many there are."""
    files = sorted(folder.rglob("*.png"))
    outcome = numnist("predict", *files, "--model", model, "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json
    entries = found["predictions"] if isinstance(found, dict) else found
    return sum(entry["label"] == path.parent.name for entry, path in zip(entries, files)), len(files)


def test_evaluate_and_predict_agree_on_a_persons_pictures(numnist, trained, tmp_path):
    folder = white(tmp_path / "white")
    outcome = numnist("evaluate", trained, "--dataset", folder, "--json")
    assert outcome.code == 0, outcome.err
    hits, count = right(numnist, trained, folder)
    assert outcome.json["count"] == count == 60  # all pictures, since the model was trained on none of them
    assert outcome.json["count"] - outcome.json["errors"] == hits
    assert hits > 20  # of 60: by chance 6 are
    assert numnist("evaluate", trained, "--dataset", folder, "--split", "test", "--json").json["count"] == 10


def test_the_order_of_classes_does_not_matter(numnist, trained, tmp_path):
    folder = white(tmp_path / "white")
    before = numnist("evaluate", trained, "--dataset", folder, "--json").json
    (folder / "classes.txt").write_text("\n".join("9876543210"))
    assert numnist("evaluate", trained, "--dataset", folder, "--json").json == before


def test_a_model_is_evaluated_on_some_of_its_classes(numnist, trained, tmp_path):
    folder = white(tmp_path / "white")
    for name in "01245689":
        for path in (folder / name).iterdir():
            path.unlink()
        (folder / name).rmdir()
    outcome = numnist("evaluate", trained, "--dataset", folder, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["count"] == 12
    assert outcome.json["per_class"]["0"] is None


def test_classes_of_other_names_are_refused(numnist, trained, tmp_path):
    folder = white(tmp_path / "words", names=WORDS)
    outcome = numnist("evaluate", trained, "--dataset", folder)
    assert outcome.code == 3
    assert "'eight'" in outcome.err
    assert "'0', '1'" in outcome.err
    assert "matched by name" in outcome.err


def test_training_from_a_model_prepares_pictures_as_it_did_and_so_do_resume_and_predict(numnist, trained, tmp_path):
    folder = white(tmp_path / "white")
    outcome = numnist("train", "--from", trained, "--dataset", folder, "--epochs", 1, "--run", "own", "--no-report")
    assert outcome.code == 0, outcome.err
    recipe = read_recipe(tmp_path.cwd() / "own" / "config.toml")
    assert (recipe.preparation, recipe.size) == ("digits", (28, 28))
    hits, count = right(numnist, "own", folder)
    again = numnist("evaluate", "own", "--dataset", folder, "--split", "train", "--json").json
    other = [numnist("evaluate", "own", "--split", part, "--json").json for part in ("validation", "test")]
    assert sum(each["count"] - each["errors"] for each in (again, *other)) == hits
    assert sum(each["count"] for each in (again, *other)) == count
    assert numnist("resume", "own", "--epochs", 2, "--no-report").code == 0


def test_data_that_a_model_was_trained_on_is_not_new_to_it_however_its_path_is_given(numnist, tmp_path):
    white(tmp_path / "white")
    options = ("--dataset", "white", "--size", 28, 28, "--epochs", 1, "--run", "own", "--no-report")
    assert numnist("train", "mlp-quick", *options).code == 0
    expected = numnist("evaluate", "own", "--json").json
    assert expected["count"] == 10
    for path in ("white", "./white", "white/", tmp_path / "white", tmp_path / "white" / ".." / "white"):
        assert numnist("evaluate", "own", "--dataset", path, "--json").json == expected, path


def test_a_copy_of_what_a_model_was_trained_on_is_not_new_to_it(numnist, tmp_path):
    original = white(tmp_path / "white")
    options = ("--dataset", original, "--size", 28, 28, "--validation", 12, "--epochs", 1, "--run", "own")
    assert numnist("train", "mlp-quick", *options, "--no-report").code == 0
    expected = numnist("evaluate", "own", "--json").json
    copy = shutil.copytree(original, tmp_path / "copy")
    outcome = numnist("evaluate", "own", "--dataset", copy, "--json")
    assert outcome.json == expected
    assert "copy holds the pictures that the model was trained on" in outcome.err
    for split in ("train", "validation"):
        one, other = (
            numnist("evaluate", "own", "--dataset", x, "--split", split, "--json").json for x in (original, copy)
        )
        assert one == other
    assert "not as it was" not in outcome.err
    next(copy.rglob("*.png")).unlink()
    changed = numnist("evaluate", "own", "--dataset", copy, "--json")
    assert changed.json["count"] == 59
    assert "was trained on" not in changed.err
    next(original.rglob("*.png")).unlink()
    assert "white is not as it was when the model was trained on it" in numnist("evaluate", "own").err


def test_training_on_other_classes_says_that_the_last_layer_is_new(numnist, trained, tmp_path):
    folder = white(tmp_path / "words", names=WORDS)
    outcome = numnist("train", "--from", trained, "--dataset", folder, "--epochs", 1, "--run", "own", "--no-report")
    assert outcome.code == 0, outcome.err
    assert "the last layer is new" in outcome.err
    assert numnist("evaluate", "own", "--json").json["per_class"].keys() == set(WORDS)


def test_the_layers_before_a_new_last_one_may_be_frozen(numnist, trained, tmp_path):
    folder = white(tmp_path / "words", names=WORDS)
    options = ("--dataset", folder, "--run", "own", "--no-report", "--json")
    outcome = numnist("train", "--from", trained, "--freeze", "--epochs", 2, *options)
    assert outcome.code == 0, outcome.err
    old, new = (load_model(name).parameters.arrays() for name in (trained, "own"))
    last = max(name.partition(".")[0] for name in old)
    for name in old:
        assert name.startswith(last) or np.array_equal(old[name], new[name]), name
    assert read_recipe(tmp_path.cwd() / "own" / "config.toml").freeze
    kept = sum(array.size for name, array in old.items() if not name.startswith(last))
    assert f"of which {kept:,} are frozen" in outcome.err
    repeated = ("train", "own/config.toml", "--from", trained, "--dataset", folder, "--no-report", "--json")
    assert numnist(*repeated, "--run", "again").json["weights_sha256"] == outcome.json["weights_sha256"]
    half = numnist(*repeated, "--epochs", 1, "--run", "half").json["weights_sha256"]
    assert half != outcome.json["weights_sha256"]


def test_a_frozen_run_is_resumed_frozen_and_its_model_is_not_frozen_for_ever(numnist, trained, tmp_path):
    folder = white(tmp_path / "white")
    plain = ("--schedule", "constant", "--no-report", "--json", "--dataset", folder)
    whole = numnist("train", "--from", trained, "--freeze", "--epochs", 2, *plain, "--run", "whole").json
    numnist("train", "--from", trained, "--freeze", "--epochs", 1, *plain, "--run", "part")
    resumed = numnist("resume", "part", "--epochs", 2, "--no-report", "--json").json
    assert resumed["weights_sha256"] == whole["weights_sha256"]
    assert numnist("train", "--from", "whole", "--epochs", 1, *plain, "--run", "tuned").code == 0
    assert not read_recipe(tmp_path.cwd() / "tuned" / "config.toml").freeze
    first = load_model("whole").parameters.arrays()["1.w"]
    assert not np.array_equal(load_model("tuned").parameters.arrays()["1.w"], first)


def test_without_a_model_to_start_from_there_is_nothing_to_freeze(numnist, digits):
    outcome = numnist("train", "mlp-quick", "--dataset", digits, "--freeze", "--run", "own")
    assert outcome.code == 2
    assert "nothing has learnt anything yet" in outcome.err
    assert "--from digits" in outcome.err
    assert not Path("own").exists()


def test_one_class_cannot_be_learnt(numnist, tmp_path):
    folder = white(tmp_path / "cats", names=["cat"] * 10)
    outcome = numnist("train", "mlp-quick", "--dataset", folder, "--size", 28, 28, "--run", "one")
    assert outcome.code == 3
    assert "one class only, 'cat'" in outcome.err
    assert not (tmp_path.cwd() / "one").exists()


def test_notes_on_the_data_are_shown(numnist, trained, tmp_path):
    folder = white(tmp_path / "white")
    (folder / "3" / "photo.heics").write_bytes(b"x")
    (folder / "4" / "broken.png").write_bytes(b"x")
    refused = numnist("evaluate", trained, "--dataset", folder)
    assert refused.code == 3
    assert "broken.png" in refused.err
    outcome = numnist("evaluate", trained, "--dataset", folder, "--skip-broken")
    assert outcome.code == 0, outcome.err
    assert "3/photo.heics" in outcome.err
    assert "broken.png" in outcome.err


@pytest.mark.parametrize("place", ["first", "last"])
def test_the_label_column_is_kept_with_the_run(numnist, tmp_path, place):
    x, labels = draw(120, seed=2)
    first, last = (labels, labels[::-1])
    rows = np.concatenate([first[:, None], x.reshape(120, -1)[:, 1:], last[:, None]], axis=1)
    path = tmp_path / "both.csv"
    np.savetxt(path, rows, "%d", delimiter=",")
    small = ("--epochs", 1, "--batch-size", 32, "--run", place, "--no-report")
    assert "--label-column" in numnist("train", "mlp-quick", "--dataset", path, *small).err
    outcome = numnist("train", "mlp-quick", "--dataset", path, *small, "--label-column", place)
    assert outcome.code == 0, outcome.err
    assert numnist("resume", place, "--epochs", 2, "--no-report").code == 0


def test_rare_classes_may_count_as_much_as_others(numnist, tmp_path):
    """Two classes that a small network cannot part: without weights it says the common one, with them either."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [190, 10])
    x = rng.integers(0, 200, (200, 8, 8)).astype(np.uint8)
    x[labels == 1] = x[labels == 1] // 2 + 40
    np.savez(tmp_path / "rare.npz", x_train=x, y_train=labels, x_test=x, y_test=labels)
    (tmp_path / "line.toml").write_text(
        'dataset = "rare.npz"\nepochs = 5\nnetwork = [{type = "Flatten"}, {type = "Dense", units = 2}]\n'
    )
    found = {}
    for weight in ((), ("--class-weight", "balanced")):
        outcome = numnist("train", "line.toml", "--run", f"run{len(weight)}", "--no-report", *weight)
        assert outcome.code == 0, outcome.err
        evaluation = numnist("evaluate", f"run{len(weight)}", "--json").json
        found[len(weight)] = evaluation["per_class"]["1"]
    assert "rare classes: 1 (20 pictures in all)" in outcome.err
    assert found[2] > found[0]
    assert numnist("train", "line.toml", "--class-weight", "some").code == 2
