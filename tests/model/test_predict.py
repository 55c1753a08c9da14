"""numnist.read: the same answers for a picture however it comes, alone or among others."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numnist import DataError, Dense, Flatten, Model, ModelFileError, Reading, Sequential, UsageError, load_model, read
from numnist.data.pictures import Picture, Unreadable
from numnist.data.rows import Rows
from numnist.data.strokes.drawing import draw
from numnist.ink.prepare import prepare
from numnist.model import predict
from numnist.model.predict import read_each
from numnist.model.reading import UNKNOWN, Reader, model_name
from tests.ink.kinds.numbers import number

DIGITS = load_model("digits")
PICTURES, LABELS = draw(40, seed=25)  # which `digits` reads without a mistake
LARGE = 255 - np.pad(PICTURES.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (20, 20), (10, 30)))  # dark on light
ROUNDING = 1e-5  # a few hundred times float32's rounding of a probability: it passes through seven convolutions


def labels(readings: list[Reading]) -> list[str | None]:
    return [reading.label for reading in readings]


def save(i: int, path: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(LARGE[i]).save(path)
    return path


def test_a_reading_is_what_the_prepared_picture_gives():
    ink = prepare(LARGE[0], "digits", (1, 28, 28))
    probs = DIGITS.predict_proba(ink.picture[None])[0]
    (reading,) = read("digits", LARGE[0])
    assert reading.label == DIGITS.classes[probs.argmax()]
    assert [each.probability for each in reading.probabilities] == probs.tolist()
    assert [each.label for each in reading.probabilities] == list(DIGITS.classes)
    assert reading.probability == probs.max()
    assert reading.top == tuple(sorted(reading.probabilities, key=lambda each: -each.probability)[:3])
    assert (reading.box, reading.scale, reading.shift) == (ink.box, ink.scale, ink.shift)
    assert (reading.polarity, reading.preparation, reading.blank) == ("dark-on-light", "digits", False)
    assert reading.threshold == DIGITS.about["sure"]
    assert reading.sure is (reading.probability > reading.threshold)
    assert (reading.model, reading.weights_sha256) == ("digits", DIGITS.weights_sha256)
    assert (reading.file, reading.row) == (None, None)
    json.dumps(reading.to_dict(), allow_nan=False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        reading.label = "7"


def test_nothing_drawn_has_no_label():
    (reading,) = read(DIGITS, np.full((40, 50), 255, np.uint8))
    assert reading.blank
    assert reading.label is reading.probability is None
    assert not reading.sure
    assert reading.probabilities == reading.top == ()


def test_pictures_together_have_the_answers_that_each_has_alone():
    together, alone = read(DIGITS, list(LARGE)), [read(DIGITS, picture)[0] for picture in LARGE]
    assert labels(together) == labels(alone) == list(map(str, LABELS))
    for one, other in zip(together, alone):
        assert one.sure == other.sure
        found, expected = ([each.probability for each in reading.probabilities] for reading in (one, other))
        np.testing.assert_allclose(found, expected, atol=ROUNDING)


@pytest.mark.parametrize("batch", [1, 7, 1024])
def test_batches_end_anywhere_and_keep_the_order(monkeypatch, batch):
    monkeypatch.setattr(predict, "BATCH", batch)
    given = [Picture(f"{i}.png", picture) for i, picture in enumerate(LARGE)]
    given.insert(3, Unreadable("bad.png", "broken"))
    given.insert(9, Rows("rows.csv", PICTURES[:, None], labelled=False))
    given.append(Rows("floats.npy", (PICTURES[:5, None] / 255).astype(np.float32), labelled=False))
    notes = []
    found = list(read_each(Reader.of(DIGITS), given, notes.append))
    expected = [("bad.png", None, None)] + [(f"{i}.png", None, str(label)) for i, label in enumerate(LABELS)]
    expected = expected[1:4] + expected[:1] + expected[4:]
    expected[9:9] = [("rows.csv", i, str(label)) for i, label in enumerate(LABELS, 1)]
    expected += [("floats.npy", i, str(label)) for i, label in enumerate(LABELS[:5], 1)]
    assert [(r.file, getattr(r, "row", None), getattr(r, "label", None)) for r in found] == expected
    assert [note.partition(":")[0] for note in notes] == ["rows.csv", "floats.npy"]


@pytest.mark.parametrize("many", ["pictures", "pixels"])
def test_only_a_batch_is_in_memory(monkeypatch, many):
    """The first answers are there when a batch has been read, not after a folder of a million pictures."""
    monkeypatch.setattr(predict, "BATCH", 4 if many == "pictures" else 1000)
    monkeypatch.setattr(predict, "PIXELS", 4 * LARGE[0].size if many == "pixels" else 10**9)
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield Picture("x.png", LARGE[0])

    readings = read_each(Reader.of(DIGITS), endless(), print)
    for _ in range(8):
        next(readings)
    assert taken <= 9, "two batches of four, and the first picture of the third"


FORMS = {
    "uint8 (N, h, w)": PICTURES,
    "floats 0..1": PICTURES / 255,
    "whole numbers": PICTURES.astype(np.int64),
    "(N, 784)": PICTURES.reshape(40, 784),
    "(N, 1, h, w)": PICTURES[:, None],
    "(N, h, w, 1)": PICTURES[..., None],
    "(N, h, w, 3)": np.stack([PICTURES] * 3, axis=-1),
    "(N, 3, h, w)": np.stack([PICTURES] * 3, axis=1),
    "(N, h, w, 4)": np.stack([PICTURES, PICTURES, PICTURES, np.full_like(PICTURES, 255)], axis=-1),
    "a list of arrays": list(PICTURES),
    "a list of lists": PICTURES.tolist(),
    "a list of rows of pixels": PICTURES.reshape(40, 784).tolist(),
    "black and white": PICTURES > 100,
    "zeros and ones": (PICTURES > 100).astype(int),
    "images of Pillow": [Image.fromarray(picture) for picture in PICTURES],
    "images with a palette": [Image.fromarray(picture).convert("P") for picture in PICTURES],
    "large pictures": LARGE,
    "pictures of several sizes": [LARGE[i, :, : 140 - i % 3] for i in range(40)],
}


@pytest.mark.parametrize("form", FORMS)
def test_arrays_of_any_layout_are_read_alike(form):
    assert labels(read(DIGITS, FORMS[form])) == list(map(str, LABELS))


def test_a_generator_is_read_as_it_comes():
    assert labels(read(DIGITS, (picture for picture in PICTURES))) == list(map(str, LABELS))


@pytest.mark.parametrize(
    "picture",
    [
        PICTURES[0], PICTURES[0].reshape(784), PICTURES[0].tolist(), PICTURES[0][..., None], PICTURES[:1],
        np.stack([LARGE[0]] * 3, axis=-1), np.stack([LARGE[0]] * 3, axis=-1) / 255, Image.fromarray(LARGE[0]),
    ],
)  # fmt: skip
def test_one_picture_gives_a_list_of_one(picture):
    assert labels(read(DIGITS, picture)) == [str(LABELS[0])]


def test_arrays_in_the_models_own_form_are_not_prepared_again():
    own, light = read(DIGITS, PICTURES), read(DIGITS, 255 - PICTURES)
    assert {reading.preparation for reading in own} == {"none"}
    assert {reading.preparation for reading in light} == {"digits"}
    assert [reading.probability for reading in own] == DIGITS.predict_proba(PICTURES).max(axis=1).tolist()
    blank = read(DIGITS, np.concatenate([PICTURES, np.zeros((1, 28, 28), np.uint8)]))[-1]
    assert blank.blank
    assert blank.label is None


def test_paths_are_files_folders_patterns_and_rows():
    for i in range(3):
        save(i, f"scans/{i}.png")
    np.save("rows.npy", PICTURES)
    expected = list(map(str, LABELS[:3]))
    for given in ("scans", Path("scans"), "scans/*.png", [f"scans/{i}.png" for i in range(3)]):
        readings = read("digits", given)
        assert labels(readings) == expected
        assert [Path(reading.file).name for reading in readings] == ["0.png", "1.png", "2.png"]
    assert labels(read("digits", Path("scans/1.png").read_bytes())) == expected[1:2]
    rows = read("digits", "rows.npy")
    assert labels(rows) == list(map(str, LABELS))
    assert [(reading.file, reading.row) for reading in rows[:2]] == [("rows.npy", 1), ("rows.npy", 2)]


COLOUR = Model(Sequential(Flatten(), Dense(2)), (3, 8, 8))


@pytest.mark.parametrize(
    ("model", "pictures", "error", "message"),
    [
        (DIGITS, "missing.png", DataError, "does not exist"),
        (DIGITS, b"hello", DataError, "not a picture"),
        (DIGITS, np.zeros(30), UsageError, "shape (30,)"),
        (DIGITS, np.zeros((2, 5, 28, 28)), UsageError, "(2, 5, 28, 28)"),
        (DIGITS, np.zeros((0, 28, 28)), UsageError, "(0, 28, 28)"),
        (DIGITS, np.full((2, 28, 28), 300), DataError, "300"),
        (DIGITS, np.full((2, 28, 28), -1.0), DataError, "-1"),
        (DIGITS, np.full((28, 28), np.nan), DataError, "not a number"),
        (DIGITS, [[1, 2], [3]], DataError, "all have the same size"),
        (DIGITS, [["a", "b"]], DataError, "a does not exist"),
        (DIGITS, 7.5, UsageError, "shape ()"),
        (DIGITS, None, UsageError, "NoneType"),
        (DIGITS, np.zeros((4, 3, 28, 3)), UsageError, "first or last"),
        (COLOUR, np.zeros((3, 8, 8)), UsageError, "x[None] or x[:, None]"),
        ("missing", PICTURES, ModelFileError, "no such model"),
    ],
)
def test_what_is_no_picture_is_refused(model, pictures, error, message):
    with pytest.raises(error) as raised:
        read(model, pictures)
    assert message in str(raised.value)


def test_a_model_in_colour_takes_its_own_layout():
    x = np.random.default_rng(0).integers(0, 256, (5, 3, 8, 8), dtype=np.uint8)
    expected = COLOUR.predict_proba(x).max(axis=1).tolist()
    for given in (x, np.moveaxis(x, 1, 3), x[0][None]):
        assert [reading.probability for reading in read(COLOUR, given)] == pytest.approx(expected[: len(given)])


def test_a_model_without_a_name_or_a_threshold():
    (reading,) = read(Model(Sequential(Flatten(), Dense(2)), (1, 28, 28)), PICTURES[0])
    assert reading.model is None
    assert reading.threshold == UNKNOWN
    assert read(DIGITS, PICTURES[0])[0].model == "digits", "the name of its recipe"


def test_a_model_has_the_name_of_its_file_or_folder():
    Path("runs/mine").mkdir(parents=True)
    assert (
        model_name("runs/mine")
        == model_name("mine.safetensors")
        == model_name(Path("x") / "mine.safetensors")
        == "mine"
    )
    assert model_name("digits") == "digits"


def test_the_example_runs_as_it_stands():
    save(0, "scans/a.png")
    save(1, "scans/b.png")
    (example,) = re.findall(r"^    for .*\n        print.*$", inspect.getdoc(read), re.MULTILINE)
    program = "from numnist import read\n" + textwrap.dedent(example)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"{Path('scans', name)} {LABELS[i]}" for i, name in enumerate(["a.png", "b.png"])
    ]


def test_a_number_has_a_part_for_each_digit():
    page, label, boxes = number(3, height=60, gap=0.4)
    (reading,) = read(DIGITS, page)
    assert reading.label == label == "".join(part.label for part in reading.parts)
    assert reading.probability == pytest.approx(np.prod([part.probability for part in reading.parts]), rel=1e-12)
    assert reading.sure
    assert reading.clear
    assert (reading.probabilities, reading.top) == ((), ())
    assert [part.box[1] < part.box[3] for part in reading.parts] == [True] * len(boxes)
    json.dumps(reading.to_dict(), allow_nan=False)


def test_one_digit_is_one_part():
    (reading,) = read(DIGITS, LARGE[0])
    (part,) = reading.parts
    assert (part.label, part.probability, part.sure) == (reading.label, reading.probability, reading.sure)
    assert (part.probabilities, part.box, part.top) == (reading.probabilities, reading.box, reading.top)
    assert read(DIGITS, np.full((40, 40), 255, np.uint8))[0].parts == ()


def test_arrays_in_the_models_own_form_are_one_digit_each():
    two = np.zeros((3, 28, 28), np.uint8)
    two[:, 4:24, 4:8] = two[:, 4:24, 20:24] = 255
    assert [len(reading.parts) for reading in read(DIGITS, two)] == [1, 1, 1]


def test_a_number_is_sure_only_if_all_of_it_is():
    page, _, _ = number(3, height=60, gap=0.4)
    dotted = page.copy()
    dotted[-12:-4, 4:12] = page.min()  # a mark far from all digits
    assert read(DIGITS, page)[0].sure
    (reading,) = read(DIGITS, dotted)
    assert (reading.sure, reading.clear) == (False, False)


@pytest.mark.parametrize(("bias", "unknown"), [(-1.0, True), (1.0, False)])
def test_none_of_the_classes_is_told_where_the_model_can(bias, unknown):
    model = Model(Sequential(Flatten(), Dense(10)), (1, 28, 28), seed=None, preparation="digits", background=True)
    model.parameters.arrays()["1.b"][...] = bias
    model.about["sure"] = 0.05
    (reading,) = read(model, LARGE[0])
    total = 1 + 10 * np.exp(bias)
    assert reading.none == pytest.approx(1 / total, rel=1e-5)  # float32
    assert reading.unknown is unknown
    assert reading.sure is not unknown
    (other,) = read(Model(Sequential(Flatten(), Dense(10)), (1, 28, 28), seed=None), LARGE[0])
    assert (other.none, other.unknown) == (None, False)
