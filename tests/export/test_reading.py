"""Python and JavaScript read pictures alike: ink, characters, probabilities and answer, on pictures of every kind."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from numnist import BatchNorm, Conv2d, Dense, Flatten, GlobalAvgPool, Model, Normalization, ReLU, Sequential, load
from numnist.export.exported import Exported
from numnist.model import file
from numnist.model.reading import Reader
from numnist.support.errors import NumnistError
from numnist.support.rng import keyed_rng
from tests.export.same import differences
from tests.ink.kinds import clothes, grounds, no_digits
from tests.ink.kinds.numbers import number

FEW = 2  # of each kind; benchmarks/one_file.py reads 1,000


@cache
def exported(name: str) -> Exported:
    return Exported.of(name)


def check(script: Any, given: str | Exported, pictures: list[Any]) -> None:
    known = exported(given) if isinstance(given, str) else given
    script.know("model", known)
    reader = Reader.of(known.model)
    wrong = {i: differences(reader, picture, script.read("model", picture)) for i, picture in enumerate(pictures)}
    assert not {i: each for i, each in wrong.items() if each}


def drawn(kinds: Any, kind: str, count: int = FEW) -> list[Any]:
    return [kinds[kind](i, keyed_rng(0, kind, i)) for i in range(count)]


@pytest.mark.parametrize("kind", grounds.KINDS)
def test_digits_on_every_ground(script, kind):
    check(script, "digits", drawn(grounds.KINDS, kind))


@pytest.mark.parametrize("kind", no_digits.KINDS)
def test_what_is_no_digit(script, kind):
    check(script, "digits", drawn(no_digits.KINDS, kind))


@pytest.mark.parametrize("kind", clothes.KINDS)
def test_clothes(script, kind):
    check(script, "fashion", drawn(clothes.KINDS, kind))


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.2])
def test_numbers(script, gap):
    pictures = [number(i, height=30 + 20 * i, gap=gap, noise=0.02 * (i % 2))[0] for i in range(4)]
    check(script, "digits", pictures)


def test_digits_that_touch(script):
    check(script, "digits", [no_digits.touching(i, keyed_rng(0, "touching", i))[0] for i in range(6)])


def test_odd_pictures(script):
    rng = np.random.default_rng(0)
    half = np.zeros((40, 40), np.uint8)
    half[:, 20:] = 255
    clear = np.zeros((30, 30, 4), np.uint8)
    clear[10:20, 14:16, 3] = 255
    check(
        script,
        "digits",
        [
            np.full((28, 28), 255, np.uint8),
            np.zeros((1, 1), np.uint8),
            np.eye(5, dtype=np.uint8) * 200,
            rng.integers(0, 256, (60, 45, 3), dtype=np.uint8),
            half,
            clear,
            np.kron(half[:28, 6:34] // 2, np.ones((80, 80), np.uint8)),  # larger than 2,000 pixels: every second counts
        ],
    )


def small_model(preparation: str, shape: tuple[int, int, int], kind: str = "unit", **options: Any) -> Model:
    """Three classes with random weights."""
    network = Sequential(Conv2d(4, 3, padding="same"), BatchNorm(), ReLU(), GlobalAvgPool(), Dense(3))
    x = np.random.default_rng(1).integers(0, 256, (20, *shape), dtype=np.uint8)
    names = ("one", "two", "three")
    fitted = Normalization.fit(kind, x)
    return Model(network, shape, normalization=fitted, preparation=preparation, classes=names, **options)


@pytest.mark.parametrize(
    ("preparation", "shape", "kind", "options"),
    [
        ("photo", (3, 20, 16), "global", {}),
        ("photo", (1, 24, 20), "pixel", {"background": True}),
        ("plain", (1, 12, 20), "global", {"dtype": np.float64}),
        ("plain", (3, 16, 16), "pixel", {}),
        ("digits", (1, 20, 20), "unit", {"background": True}),
    ],
)
def test_other_preparations_shapes_normalisations_and_types(script, preparation, shape, kind, options):
    rng = np.random.default_rng(0)
    colours = [
        rng.integers(0, 256, (*size, channels), dtype=np.uint8) for size in ((30, 40), (50, 20)) for channels in (3, 4)
    ]
    pictures = [
        *drawn(clothes.KINDS, next(iter(clothes.KINDS))),
        *drawn(grounds.KINDS, next(iter(grounds.KINDS))),
        *colours,
    ]
    pictures += [rng.integers(0, 256, (*shape[1:], 3), dtype=np.uint8), np.full((9, 9), 200, np.uint8)]
    check(script, Exported.of(small_model(preparation, shape, kind, **options)), pictures)


def test_float16_is_read_to_the_bit(script):
    values = np.arange(65536, dtype=np.uint16).view(np.float16)
    values = values[np.isfinite(values)][::7]  # 7 and 1,024 have no common factor: every fraction occurs
    found = script.page.evaluate("bits => bits.map(half)", values.view(np.uint16).tolist())
    assert np.array_equal(found, values.astype(np.float64))


def test_a_model_in_float16(script):
    model = small_model("digits", (1, 20, 20))
    data = file.to_bytes(model.contents(half=True), "test")
    model.theta[...] = model.theta.astype(np.float16)
    check(script, Exported(model, None, data), drawn(grounds.KINDS, next(iter(grounds.KINDS))))


def test_layers_of_features_and_a_threshold(script):
    model = Model(Sequential(Flatten(), Dense(8), ReLU(), Dense(10)), (1, 28, 28), preparation="digits")
    for sure in (0.99, 0.01, True, "0.9"):
        model.about = {"sure": sure}
        check(script, Exported.of(model), drawn(grounds.KINDS, next(iter(grounds.KINDS)), 1))


@pytest.mark.mnist
@pytest.mark.parametrize(("dataset", "name"), [("mnist", "digits"), ("fashion-mnist", "fashion")])
def test_published_test_pictures(script, dataset, name):
    try:
        test = load(dataset, offline=True).test
    except NumnistError as error:
        pytest.skip(str(error))
    check(script, name, list(test.x[:60, 0]))
