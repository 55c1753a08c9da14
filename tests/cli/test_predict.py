"""numnist predict: pictures as people have them, and what is printed about them."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numnist import Dense, Flatten, Model, Sequential, load_model
from numnist.data.strokes.drawing import draw
from tests.ink.kinds.numbers import number

ANSWER = ("model", "label", "probability", "blank", "sure", "threshold", "clear", "none", "unknown")
ANSWER += ("probabilities", "top", "parts", "preparation")
PICTURES, LABELS = draw(12, seed=4)


@pytest.fixture
def model(numnist, digits):
    """A run folder with a small trained network."""
    outcome = numnist("train", "mlp-quick", "--dataset", digits, "--epochs", 3, "--batch-size", 32, "--run", "model")
    assert outcome.code == 0, outcome.err
    return "model"


def save(path: str, i: int = 0) -> str:
    """A file with a drawn digit, dark on light and larger than the model's pictures."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(255 - np.pad(np.kron(PICTURES[i], np.ones((3, 3), np.uint8)), 20)).save(path)
    return path


def save_rows(path: str, x: np.ndarray, *, labels: bool = False) -> None:
    """A CSV file as Kaggle has it."""
    names = ["label"] * labels + [f"pixel{i}" for i in range(x[0].size)]
    rows = x.reshape(len(x), -1).astype(int)
    rows = np.c_[LABELS[: len(x)], rows] if labels else rows
    np.savetxt(path, rows, fmt="%d", delimiter=",", header=",".join(names), comments="")


def test_predict_classifies_pictures_of_any_size_and_polarity(numnist, model):
    x, _ = draw(1, seed=9)
    Image.fromarray(x[0]).save("dark.png")
    Image.fromarray(255 - np.pad(np.kron(x[0], np.ones((4, 4), np.uint8)), 60)).save("light.png")
    predictions = numnist("predict", "dark.png", "light.png", "--model", model, "--json").json
    assert [p["file"] for p in predictions] == ["dark.png", "light.png"]
    for prediction in predictions:
        assert prediction.keys() == {"file", *ANSWER}
        assert prediction["label"] == prediction["top"][0]["label"]
        assert 0 < prediction["probability"] <= 1
    assert predictions[0]["label"] == predictions[1]["label"]
    assert [p["preparation"]["polarity"] for p in predictions] == ["light-on-dark", "dark-on-light"]


def test_predict_says_when_nothing_is_drawn(numnist, model):
    Image.new("L", (50, 40), 255).save("blank.png")
    assert numnist("predict", "blank.png", "--model", model, "--json").json[0]["label"] is None
    assert "nothing drawn" in numnist("predict", "blank.png", "--model", model).out


def test_predict_takes_the_newest_run_by_default(numnist, digits):
    numnist("train", "mlp-quick", "--dataset", digits, "--epochs", 1)
    Image.fromarray(draw(1, seed=9)[0][0]).save("digit.png")
    done = numnist("predict", "digit.png")
    assert done.code == 0
    assert str(Path("runs") / "mlp-quick-1") in done.err


def test_predict_refuses_what_is_no_picture_with_exit_code_3(numnist, model):
    Path("text.png").write_text("hello")
    done = numnist("predict", "text.png", "--model", model)
    assert done.code == 3
    assert "text.png" in done.err


def files(done) -> list[str]:
    """The files of the answers, with slashes on every system."""
    return [Path(answer["file"]).as_posix() for answer in done.json]


def test_every_answer_names_the_model_and_says_how_sure_it_is(numnist):
    (answer,) = numnist("predict", save("a.png"), "--model", "digits", "--json").json
    assert answer["model"] == {"name": "digits", "sha256": load_model("digits").weights_sha256}
    assert answer["threshold"] == load_model("digits").about["sure"]
    assert answer["sure"] is (answer["probability"] > answer["threshold"])
    assert len(answer["probabilities"]) == 10


def test_a_model_is_named_by_its_folder_or_file(numnist, model):
    load_model(model).save("mine.safetensors")
    for given, name in ((model, "model"), ("mine.safetensors", "mine")):
        assert numnist("predict", save("a.png"), "--model", given, "--json").json[0]["model"]["name"] == name


def test_the_table_says_where_the_model_is_not_sure(numnist):
    doubter = load_model("digits")
    doubter.about["sure"] = 1.0  # no probability is larger
    doubter.save("doubter.safetensors")
    for name, said in (("digits", " sure "), ("doubter.safetensors", " not sure ")):
        row = numnist("predict", save("a.png"), "--model", name).out.splitlines()[1]
        assert said in row
        assert ("not sure" in row) is (said == " not sure ")
        (answer,) = numnist("predict", "a.png", "--model", name, "--json").json
        assert answer["sure"] is (said == " sure ")


def test_a_folder_is_read_below_sorted_and_without_hidden_files(numnist):
    for name in ("b.png", "a.png", "c/d.jpg", ".hidden.png", ".hidden/e.png"):
        save(f"scans/{name}")
    Path("scans/notes.txt").write_text("hello")
    done = numnist("predict", "scans", "--model", "digits", "--json")
    assert done.code == 0
    assert [answer["file"] for answer in done.json] == [
        str(Path("scans", name)) for name in ("a.png", "b.png", "c/d.jpg")
    ]
    assert "1 .txt" in done.err


def test_a_pattern_that_the_shell_has_left_is_expanded(numnist):
    for name in ("scans/b.png", "scans/a.png", "scans/c/d.png"):
        save(name)
    assert files(numnist("predict", "scans/*.png", "--model", "digits", "--json")) == ["scans/a.png", "scans/b.png"]
    below = files(numnist("predict", "scans/**/*.png", "--model", "digits", "--json"))
    assert below == ["scans/a.png", "scans/b.png", "scans/c/d.png"]


def test_a_file_that_looks_like_a_pattern_is_a_file(numnist):
    assert numnist("predict", save("digit[1].png"), "--model", "digits", "--json").json[0]["file"] == "digit[1].png"


class Input:
    """Standard input that holds these bytes."""

    def __init__(self, content: bytes, terminal: bool = False) -> None:
        self.buffer, self.isatty = io.BytesIO(content), lambda: terminal


def test_a_minus_is_the_picture_on_standard_input(numnist, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Input(Path(save("a.png")).read_bytes()))
    piped, named = (numnist("predict", word, "--model", "digits", "--json").json[0] for word in ("-", "a.png"))
    assert piped == named | {"file": "-"}


@pytest.mark.parametrize(
    ("content", "terminal", "message"),
    [
        (b"", False, "standard input is empty"),
        (b"", True, "numnist predict - < digit.png"),
        (b"x", False, "not a pict"),
    ],
)
def test_standard_input_without_a_picture_is_an_error(numnist, monkeypatch, content, terminal, message):
    monkeypatch.setattr(sys, "stdin", Input(content, terminal))
    done = numnist("predict", "-", "--model", "digits")
    assert done.code == 3
    assert message in done.err
    assert numnist("predict", "-", "-", "--model", "digits").code == 2


def test_what_cannot_be_read_has_an_entry_and_does_not_stop_the_others(numnist):
    Path("empty").mkdir()
    Path("tables").mkdir()
    Path("tables/test.csv").write_text("1")
    Path("bad.png").write_text("hello")
    save("a.png")
    save("b.png")
    words = ["a.png", "bad.png", "missing.png", "empty", "tables", "*.jpg", "b.png"]
    done = numnist("predict", *words, "--model", "digits", "--jsonl")
    assert done.code == 3
    entries = [json.loads(line) for line in done.out.splitlines()]
    assert [entry["file"] for entry in entries] == words
    assert [entry["label"] is not None for entry in entries] == [True, *[False] * 5, True]
    errors = (
        "not a picture",
        "does not exist",
        "holds no pictures",
        f"such as {Path('tables/test.csv')}",
        "matches no files",
    )
    for entry, error in zip(entries[1:6], errors):
        assert error in entry["error"]
        assert entry["sure"] is False
        assert entry["error"] in done.err
    assert "5 of 7 could not be read" in done.err
    printed = numnist("predict", *words, "--model", "digits")
    assert printed.code == 3
    assert printed.out.count("could not be read") == 5


def test_json_lines_are_the_entries_of_json(numnist):
    save("scans/a.png", 1)
    save("scans/b.png", 2)
    lines = numnist("predict", "scans", "--model", "digits", "--jsonl").out.splitlines()
    whole = numnist("predict", "scans", "--model", "digits", "--json")
    assert [json.loads(line) for line in lines] == whole.json
    assert whole.out == json.dumps(whole.json, indent=2) + "\n"


def test_csv_numbers_the_rows_of_a_file_as_competitions_want_it(numnist):
    save_rows("test.csv", PICTURES)
    done = numnist("predict", "test.csv", "--csv", "--model", "digits")
    assert done.code == 0, done.err
    assert done.out == "ImageId,Label\n" + "".join(f"{i},{label}\n" for i, label in enumerate(LABELS, 1))
    renamed = numnist("predict", "--csv", "id,label", "test.csv", "--model", "digits").out
    assert renamed == done.out.replace("ImageId,Label", "id,label")


def test_csv_names_pictures_by_their_files(numnist):
    save("scans/a.png", 1)
    save("scans/b.png", 2)
    Path("scans/c.png").write_text("hello")
    done = numnist("predict", "scans", "--csv", "--model", "digits")
    rows = list(csv.reader(done.out.splitlines()))
    assert rows == [["ImageId", "Label"], ["a.png", str(LABELS[1])], ["b.png", str(LABELS[2])], ["c.png", ""]]
    assert done.code == 3
    assert "c.png" in done.err
    save("scans/more/a.png")
    assert (
        numnist("predict", "scans", "--csv", "--model", "digits").out.splitlines()[-1].startswith("scans/more/a.png,")
    )


def test_csv_refuses_numbers_that_would_mean_two_things(numnist):
    save_rows("test.csv", PICTURES)
    done = numnist("predict", "test.csv", save("a.png"), "--csv", "--model", "digits")
    assert done.code == 2
    assert "--jsonl" in done.err
    assert done.out == ""


def test_labels_are_ignored_with_a_word(numnist):
    save_rows("train.csv", PICTURES, labels=True)
    done = numnist("predict", "train.csv", "--json", "--model", "digits")
    assert [answer["label"] for answer in done.json] == list(map(str, LABELS))
    assert [answer["row"] for answer in done.json] == list(range(1, 13))
    assert "numnist evaluate" in done.err


def test_rows_in_the_models_own_form_stay_as_they_are_and_others_are_prepared(numnist):
    save_rows("own.csv", PICTURES)
    save_rows("light.csv", 255 - PICTURES)
    own, light = (numnist("predict", name, "--json", "--model", "digits") for name in ("own.csv", "light.csv"))
    assert "in the model's own form" in own.err
    assert "prepared as" in light.err
    assert {answer["preparation"]["kind"] for answer in own.json} == {"none"}
    assert {answer["preparation"]["kind"] for answer in light.json} == {"digits"}
    expected = load_model("digits").predict_proba(PICTURES)
    assert [answer["probability"] for answer in own.json] == expected.max(axis=1).tolist()
    assert [answer["label"] for answer in light.json] == list(map(str, LABELS))


@pytest.mark.parametrize("change", [lambda x: x, lambda x: 255 - x, lambda x: np.roll(x, 4, axis=2)])
def test_predict_and_evaluate_treat_a_file_alike(numnist, change):
    x, labels = draw(60, seed=8)
    rows = np.c_[labels, change(x).reshape(60, -1)]
    np.savetxt("rows.csv", rows, fmt="%d", delimiter=",", header="label" + ",p" * 784, comments="")
    answers = numnist("predict", "rows.csv", "--json", "--model", "digits").json
    wrong = sum(answer["label"] != str(label) for answer, label in zip(answers, labels))
    evaluated = numnist("evaluate", "digits", "--dataset", "rows.csv", "--json")
    assert evaluated.json["count"] == 60
    assert evaluated.json["errors"] == wrong


def test_a_label_column_that_the_file_does_not_tell_is_asked_for(numnist):
    x, labels = draw(60, seed=8)
    rows = np.c_[labels, x.reshape(60, -1)[:, :-1], labels]  # the first and the last column may be the label
    np.savetxt("rows.csv", rows, fmt="%d", delimiter=",")
    refused = numnist("predict", "rows.csv", "--model", "digits")
    assert refused.code == 3
    assert "--label-column" in refused.err
    first = numnist("predict", "rows.csv", "--label-column", "first", "--csv", "--model", "digits")
    assert first.code == 0, first.err


def test_a_csv_of_another_size_is_refused_or_prepared(numnist):
    np.savetxt("odd.csv", PICTURES.reshape(12, -1)[:, :783], fmt="%d", delimiter=",")
    done = numnist("predict", "odd.csv", "--model", "digits")
    assert done.code == 3
    assert "783" in done.err
    save_rows("large.csv", PICTURES.repeat(2, axis=1).repeat(2, axis=2))
    answers = numnist("predict", "large.csv", "--json", "--model", "digits").json
    assert [answer["label"] for answer in answers] == list(map(str, LABELS))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "which pictures?"),
        (("--csv", "id,label"), "which pictures?"),
        (("a.png", "--jsno"), "did you mean --json?"),
        (("a.png", "--json", "--csv"), "only one of them"),
        (("a.png", "--csv", "a,b", "c,d"), "two columns"),
        (("a.png", "--csv", "a,"), "two columns"),
    ],
)
def test_mistakes_are_refused_before_anything_is_printed(numnist, words, message):
    save("a.png")
    done = numnist("predict", *words, "--model", "digits")
    assert done.code == 2
    assert message in done.err
    assert done.out == ""


def test_help_says_what_exit_code_3_means(numnist):
    assert "exit code is then 3" in " ".join(numnist("predict", "--help").out.split())


def test_several_digits_are_printed_as_a_number(numnist):
    page, label, _ = number(3, height=60, gap=0.4)
    Image.fromarray(page).save("number.png")
    (answer,) = numnist("predict", "number.png", "--model", "digits", "--json").json
    assert answer["label"] == label == "".join(part["label"] for part in answer["parts"])
    assert answer["sure"]
    assert (answer["probabilities"], answer["top"]) == ([], [])
    assert numnist("predict", "number.png", "--model", "digits", "--csv").out.splitlines()[1] == f"number.png,{label}"
    assert label in numnist("predict", "number.png", "--model", "digits").out


def test_what_is_like_no_digit_is_said_with_the_nearest(numnist):
    model = background_model()
    model.save("model.safetensors")
    path = save("digit.png")
    (answer,) = numnist("predict", path, "--model", "model.safetensors", "--json").json
    assert (answer["unknown"], answer["sure"]) == (True, False)
    assert answer["none"] > answer["probability"]
    assert f"like no digit I know; nearest: {answer['label']}" in flat(
        numnist("predict", path, "--model", "model.safetensors").out
    )
    outcome = numnist("predict", path, "--model", "model.safetensors", "--csv")
    assert outcome.out.splitlines()[1] == f"digit.png,{answer['label']}"
    assert "like nothing the model knows" in flat(outcome.err)


def flat(text: str) -> str:
    return " ".join(text.split())


def background_model() -> Model:
    """All logits are 0 for every picture, so that each class and none of them are 1/11 each, but for a bias."""
    model = Model(Sequential(Flatten(), Dense(10)), (1, 28, 28), seed=None, preparation="digits", background=True)
    model.parameters.arrays()["1.b"][...] = -1.0
    return model
