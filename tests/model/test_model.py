"""Model: the same prediction for a picture however it is given, and what no picture or network may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numnist import (
    BatchNorm,
    Conv2d,
    DataError,
    Dense,
    Flatten,
    Model,
    Normalization,
    NotFiniteError,
    ReLU,
    Sequential,
    ShapeError,
    UsageError,
)
from tests.small import CONV, MLP, dataset, trained

PICTURES = dataset().test.x


FORMS = {
    "N C H W uint8": PICTURES,
    "N H W uint8": PICTURES[:, 0],
    "N C H W float32": (PICTURES / 255).astype(np.float32),
    "N H W float64": PICTURES[:, 0] / 255,
    "not contiguous": np.asfortranarray(PICTURES),
    "reversed twice": np.ascontiguousarray(PICTURES[::-1])[::-1],
}


@pytest.mark.parametrize("x", FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("kind", ["global", "pixel", "unit"])
def test_a_picture_is_read_alike_in_every_form(x, kind):
    model = Model(MLP, dataset(), normalization=kind)
    expected = model.predict_proba(PICTURES)
    # float pixels are rounded before they are normalised: 6e-8 of values up to 10
    np.testing.assert_allclose(model.predict_proba(x), expected, atol=1e-5)
    assert np.array_equal(model.predict(x), expected.argmax(axis=1))


def test_a_list_of_pictures_will_do():
    model = Model(MLP, dataset())
    assert np.array_equal(model.predict(list(PICTURES[:, 0])), model.predict(PICTURES))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (PICTURES[0, 0], r"\(N, 1, 8, 8\) or \(N, 8, 8\), but got \(8, 8\): for a single picture give x\[None\]"),
        (PICTURES[0, 0].reshape(-1), r"but got \(64,\)\."),
        (PICTURES[:, :, :7], r"but got \(30, 1, 7, 8\)"),
        (np.repeat(PICTURES, 3, axis=1), r"but got \(30, 3, 8, 8\)"),
        (PICTURES.transpose(0, 2, 3, 1), r"but got \(30, 8, 8, 1\)"),
        (PICTURES.astype(np.float32), "float pixels must lie in 0..1, but run from 0 to 239: divide by 255"),
        (PICTURES / 255 - 0.5, "float pixels must lie in 0..1, but run from -0.5 to"),
        (np.where(PICTURES == 0, np.nan, 0.5), "run from nan to nan"),
        (PICTURES.astype(np.int64), "pixels are int64, but must be uint8 0..255 or float 0..1"),
        (PICTURES > 100, "pixels are bool"),
        (PICTURES.astype(str), "pixels are <U3"),
        (PICTURES.astype(complex), "pixels are complex128"),
    ],
    ids=lambda value: None if isinstance(value, np.ndarray) else value[:30],
)
def test_what_is_no_picture_is_refused_with_help(x, message):
    with pytest.raises(UsageError, match=message):
        Model(MLP, dataset()).predict(x)


def test_colour_pictures_need_their_channel_axis():
    model = Model(MLP, dataset(shape=(3, 8, 8)))
    assert model.predict(dataset(shape=(3, 8, 8)).test.x).shape == (30,)
    with pytest.raises(ShapeError, match=r"of shape \(N, 3, 8, 8\), but got \(3, 8, 8\): for a single picture"):
        model.predict(np.zeros((3, 8, 8), np.uint8))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_are_between_0_and_1_and_sum_to_1(dtype):
    model = trained(CONV, dtype=dtype)
    probs = model.predict_proba(PICTURES)
    assert (probs.shape, probs.dtype) == ((30, 4), dtype)
    assert probs.min() >= 0
    np.testing.assert_allclose(probs.sum(axis=1), 1, rtol=4 * np.finfo(dtype).eps)  # four terms


def test_with_a_background_the_rest_of_the_probability_is_that_of_no_class():
    model = Model(MLP, dataset(), seed=1, background=True)
    x = dataset().test.x
    powers = np.exp(model.logits(x).astype(np.float64))
    expected = powers / (1 + powers.sum(axis=1, keepdims=True))
    assert np.allclose(model.predict_proba(x), expected, rtol=1e-5)  # float32
    assert np.array_equal(model.predict(x), model.predict_proba(x).argmax(axis=1))


@pytest.mark.parametrize("threads", [None, 1, 2])
def test_no_pictures_have_no_answers(threads):
    model = Model(MLP, dataset())
    none = np.zeros((0, 8, 8), np.uint8)
    assert model.predict(none, threads).shape == (0,)
    assert model.predict_proba(none, threads).shape == (0, 4)


def test_the_number_of_threads_changes_no_bit_of_an_answer():
    model, x = trained(CONV), np.concatenate([PICTURES] * 9)  # 270 pictures: five shards
    expected = model.logits(x, 1).tobytes()
    assert all(model.logits(x, threads).tobytes() == expected for threads in (2, 4, None))


def test_predicting_changes_nothing_in_the_model():
    model = trained(CONV)
    before = model.weights_sha256
    model.predict(PICTURES)
    assert model.weights_sha256 == before


def test_a_network_must_end_in_logits():
    with pytest.raises(ShapeError, match=r"ends in \(2, 8, 8\), but logits have the shape \(classes,\): end it with"):
        Model(Sequential(Conv2d(2, 3, padding="same")), dataset())


def test_a_list_of_layers_is_no_network():
    with pytest.raises(UsageError, match="put layers in Sequential"):
        Model([Flatten(), Dense(10)], (1, 2, 2))


def test_a_network_must_have_as_many_logits_as_there_are_classes():
    with pytest.raises(ShapeError, match=r"5 logits, but the data has 4 classes: make the last layer Dense\(4\)"):
        Model(Sequential(Flatten(), Dense(5)), dataset())


def test_a_shape_alone_makes_a_model_with_numbered_classes():
    model = Model(MLP, (1, 8, 8))
    assert (model.classes, model.normalization.kind, model.preparation) == (("0", "1", "2", "3"), "unit", "plain")


def test_a_normalisation_that_is_measured_needs_the_data():
    with pytest.raises(UsageError, match="normalization 'global' is measured on data: give the Dataset itself"):
        Model(MLP, (1, 8, 8), normalization="global")


def test_an_unknown_preparation_is_refused():
    with pytest.raises(UsageError, match="preparation 'letters' is unknown; there are digits, photo, plain"):
        Model(MLP, dataset(), preparation="letters")


def test_a_dataset_gives_classes_normalisation_and_preparation():
    model = Model(MLP, dataset())
    assert model.classes == ("band 0", "band 1", "band 2", "band 3")
    assert model.normalization.kind == "global"
    x = model.normalization.apply(dataset().train.x, np.float64)
    # float64 sums of 6,400 pixels round in their 14th digit
    assert (x.mean(), x.std()) == (pytest.approx(0, abs=1e-12), pytest.approx(1, rel=1e-12))


def test_a_finished_normalisation_is_taken_as_it_is():
    mine = Normalization.unit()
    assert Model(MLP, dataset(), normalization=mine).normalization is mine


def test_a_network_without_weights_is_a_model_too():
    model = Model(Sequential(Flatten(), ReLU()), (1, 2, 2))
    assert (model.theta.size, model.predict(np.eye(4).reshape(4, 2, 2)).tolist()) == (0, [0, 1, 2, 3])


def test_a_batch_norm_uses_its_running_statistics_so_that_pictures_are_read_alone():
    model = trained(Sequential(Flatten(), Dense(6), BatchNorm(), Dense(4)), epochs=3)
    together = model.logits(PICTURES)
    alone = np.concatenate([model.logits(x[None]) for x in PICTURES])
    np.testing.assert_allclose(alone, together, atol=1e-5)  # float32 products of other shapes round differently


def test_a_model_prints_as_its_network():
    assert repr(Model(MLP, dataset())) == f"Model({MLP!r}, (1, 8, 8), 1,108 parameters)"


def test_pictures_are_normalised_batch_last():
    for kind in ("global", "pixel"):
        normalization = Model(MLP, dataset(), normalization=kind).normalization
        for x, unit in ((PICTURES, 255), (PICTURES / 255, 1)):
            found = normalization.apply(x, np.float32)
            expected = (x / unit - normalization.mean) / normalization.std
            assert found.flags.c_contiguous
            np.testing.assert_allclose(found.transpose(3, 0, 1, 2), expected, rtol=0, atol=1e-6)  # float32's rounding


@pytest.mark.parametrize("count", [1, 200])
def test_an_output_that_is_not_finite_is_no_answer(count):
    model = Model(MLP, dataset())
    model.theta[...] = 3e38
    x = np.full((count, *model.in_shape), 255, np.uint8)
    for method in (model.logits, model.predict, model.predict_proba, lambda x: model.loss(x, np.zeros(count, int))):
        with pytest.raises(NotFiniteError, match=f"for {count} of {count} pictures"):
            method(x)


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\u202eb", "line\nbreak", "\ud800", "\u2028"])
def test_a_class_that_would_not_be_shown_as_it_is_written_is_refused(name):
    with pytest.raises(UsageError, match="control character"):
        Model(MLP, (1, 12, 12), classes=[name, *"12"])
    with pytest.raises(DataError, match="control character"):
        replace(dataset(), classes=(name, *dataset().classes[1:]))


def test_a_class_may_have_any_other_name():
    names = ("é", "日本", "👩‍👩‍👧", "a b")
    assert replace(dataset(), classes=names).classes == names
