"""Figures: none is blank, each follows its data and its theme, and odd data is drawn too."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from numnist import Conv2d, Dense, Dropout, Flatten, GlobalAvgPool, Model, ReLU, Residual, Sequential, Split, evaluate
from numnist.evaluation.metrics import Evaluation
from numnist.experiment.steps import StepLog
from numnist.interpret.trace import trace
from numnist.report.figures.activations import activations_figure
from numnist.report.figures.architecture import network_figure, stages
from numnist.report.figures.canvas import opaque, picture, signed
from numnist.report.figures.confusion_matrix import confusion_figure
from numnist.report.figures.curves import _style, history_figure
from numnist.report.figures.filters import filters_figure
from numnist.report.figures.pictures import cards, examples
from numnist.report.figures.theme import DARK, LIGHT, svg
from tests.report.sample_figures import FIGURES, colours, history, model, pixels, predictions
from tests.small import CONV, dataset, pictures


def drawn(figure):
    """A figure as the text of its SVG."""
    return svg(figure).decode()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_and_follows_its_data_and_its_theme(name):
    light, dark, other = (pixels(FIGURES[name](theme, seed)) for theme, seed in ((LIGHT, 0), (DARK, 0), (LIGHT, 1)))
    assert colours(FIGURES[name](LIGHT, 0)) > 20
    assert light.shape == dark.shape
    assert light[0, 0].tolist() == [0xFF] * 3
    assert dark[0, 0].tolist() == [0x14, 0x17, 0x1C]
    assert light.shape != other.shape or (light != other).any()


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_drawn_over_the_edge(name):
    shown = pixels(FIGURES[name](LIGHT, 0))
    edges = [shown[:8], shown[-8:], shown[:, :8].swapaxes(0, 1), shown[:, -8:].swapaxes(0, 1)]
    assert all((edge == 255).all() for edge in edges)


def test_a_picture_is_opaque_where_its_ink_is_and_colours_stay_as_they_are():
    grey = np.arange(12, dtype=np.uint8).reshape(1, 3, 4) * 20
    tile = picture(LIGHT, grey)
    assert (tile[..., 3] == grey[0]).all()
    assert (tile[..., :3] == [0x19, 0x1D, 0x23]).all()
    colour = np.random.default_rng(0).random((3, 5, 6)).astype(np.float32)
    off = np.abs(picture(LIGHT, colour) / 255 - np.moveaxis(colour, 0, 2)).max()
    assert off <= 0.5 / 255 + 1e-6  # rounding to 255 levels, and float32's 7 digits


def test_weights_have_one_colour_above_zero_and_another_below():
    tile = signed(LIGHT, np.array([[-1, -0.5, 0, 0.5, 1]]))[0]
    assert tile[:, 3].tolist() == [255, 128, 0, 128, 255]
    assert (tile[0] == opaque(np.ones((1, 1)), LIGHT.negative)[0, 0]).all()
    assert (tile[4] == opaque(np.ones((1, 1)), LIGHT.positive)[0, 0]).all()


def test_the_worst_mistakes_are_the_most_confident_first():
    found, test = model(), dataset().test
    evaluation = evaluate(found, test)
    worst = evaluation.predictions(evaluation.worst_mistakes(5))
    assert evaluation.errors > 5 == len(worst)
    assert not any(p.correct for p in worst)
    assert [p.probability for p in worst] == sorted((p.probability for p in worst), reverse=True)
    everything = evaluation.predictions(evaluation.worst_mistakes(1000))
    assert len(everything) == evaluation.errors
    assert max(p.probability for p in everything) == worst[0].probability
    for p in worst:
        assert p.label == found.classes[test.labels[p.index]]
        assert (p.picture == test.x[p.index]).all()


def test_a_card_shows_correct_and_wrong_not_by_colour_alone():
    shown = predictions(model(), dataset().test, 30)
    text = drawn(cards(LIGHT, shown))
    wrong = sum(not p.correct for p in shown)
    assert 0 < wrong < 30
    assert text.count("✗") == text.count(">truth<") == wrong
    assert text.count("✓") == 30 - wrong
    assert text.count(f"stroke: {LIGHT.bad}") == wrong  # a frame


def test_examples_of_many_classes_are_cut_and_a_class_without_pictures_keeps_its_row():
    text = drawn(examples(LIGHT, pictures(50, 0), [f"class {k}" for k in range(60)], ("many", "classes"), 2))
    assert text.count(">class ") == 40
    assert "of which the first 40 are shown" in text
    assert text.count("<image ") == 4 * 2


def test_names_with_dollars_and_brackets_are_texts():
    text = drawn(examples(LIGHT, pictures(9, 0), ["$a", "b$", "<c>", "d&e"], ("<$x_1$>", "& more"), 1))
    assert ">&lt;$x_1$&gt;<" in text
    assert ">&lt;c&gt;<" in text


@pytest.mark.parametrize("count", [2, 10, 26, 60])
def test_a_confusion_matrix_fits_any_number_of_classes(count):
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, count, (2, 3000))
    split = Split(np.zeros((3000, 1, 1, 1), np.uint8), labels)
    found = Evaluation(1.0, np.eye(count)[predicted], split, tuple(f"name {k}" for k in range(count)))
    figure = confusion_figure(LIGHT, found)
    assert max(figure.get_size_inches()) < 11
    numbers = len(re.findall(r">\d+\.\d\d%<", drawn(figure)))
    assert numbers == (count if count <= 25 else 0)


def test_every_count_of_the_confusion_stands_in_its_cell():
    found = evaluate(model(), dataset().test)
    text = drawn(confusion_figure(LIGHT, found))
    for count in found.confusion[found.confusion > 0]:
        assert f">{count}<" in text


@pytest.mark.parametrize("epochs", [1, 2, 100])
def test_runs_of_any_length_are_drawn_also_where_nothing_was_validated(epochs):
    plain = history(epochs=epochs)
    for line in plain.epochs:
        line["validation_loss"] = line["validation_accuracy"] = None
    text = drawn(history_figure(LIGHT, [plain], ["run"]))
    assert ">training<" in text
    assert ">validation<" not in text


def test_losses_far_apart_and_no_errors_at_all_are_drawn_on_logarithmic_axes():
    run = history(epochs=4)
    for line, loss, accuracy in zip(run.epochs, (2.0, 0.1, 0.01, 0.0001), (0.5, 0.9, 0.99, 1.0)):
        line["loss"], line["accuracy"] = loss, accuracy
    text = drawn(history_figure(LIGHT, [run], ["run"]))
    assert ">logarithmic<" in text
    assert ">logarithmic in the errors<" in text
    assert ">98%<" in text
    assert ">100%<" in text, "no error is a place of its own"


@pytest.mark.parametrize("count", [1, 3, 4])
def test_batches_are_drawn_behind_their_running_mean_of_few_runs(count):
    runs = [history(seed, epoch_steps=50, name=f"run {seed}") for seed in range(count)]
    text = drawn(history_figure(LIGHT, runs, [run.name for run in runs]))
    assert len(re.findall(r'id="\w*PolyCollection_', text)) == (2 * count if count <= 3 else 0)
    assert text.count(f"stroke: {LIGHT.series[0]}") > 0


def test_the_range_is_that_of_the_means_and_a_batch_beyond_is_cut_off():
    log = StepLog(100)
    for step in range(1, 101):
        log.add(step, 90.0 if step == 50 else 1.0 - step / 200, 0.5)
    run = replace(history(epochs=1), steps=tuple(log.lines()))
    axes = history_figure(LIGHT, [run], ["run"]).axes[1]
    assert axes.get_ylim()[1] < 30  # 5 batches make a running mean, of 18.6


def test_many_runs_have_a_name_each_and_none_lies_on_another():
    runs = [history(0, name=f"run {i}") for i in range(12)]  # all end at the same place
    text = drawn(history_figure(LIGHT, runs, [run.name for run in runs]))
    heights = [float(y) for y in re.findall(r' y="([\d.]+)"[^>]*>run \d+<', text)]
    assert len(heights) == 12
    assert np.diff(sorted(heights)).min() > 11


def test_more_runs_than_colours_have_other_marks():
    styles = {_style(LIGHT, i) for i in range(3 * len(LIGHT.series))}
    assert len(styles) == 3 * len(LIGHT.series)


def test_a_heading_has_room_over_a_narrow_figure():
    heading = ("Mistakes", "a long story of " * 9)
    shown = pixels(cards(LIGHT, predictions(model(), dataset().test, 1), heading))
    assert (shown[:, -40:] == 255).all()


def test_filters_of_a_dense_layer_are_whole_pictures_and_colour_kernels_have_colours():
    rng = np.random.default_rng(0)
    for shape in ((5, 1, 8, 8), (3, 3, 5, 5), (2, 2, 3, 3)):
        weights = {"start": rng.standard_normal(shape), "trained": rng.standard_normal(shape)}
        assert colours(filters_figure(LIGHT, weights)) > 20
    assert "change" not in drawn(filters_figure(LIGHT, {"trained": weights["trained"]}))
    assert "change ×" in drawn(filters_figure(LIGHT, weights))


def test_weights_that_did_not_change_or_are_all_zero_are_drawn():
    zeros = np.zeros((2, 1, 3, 3))
    assert ">change ×1<" in drawn(filters_figure(LIGHT, {"start": zeros, "trained": zeros}))


def test_stages_have_the_plans_shapes_and_all_its_parameters():
    found, skips = stages(model(0, CONV))
    assert [stage.shape for stage in found] == [(1, 8, 8), (6, 8, 8), (6, 8, 8), (6, 4, 4), (12,), (4,)]
    assert sum(stage.parameters for stage in found) == model(0, CONV).plan.size
    assert found[1].lines[:2] == ["Conv2d 3×3", "BatchNorm, ReLU"]
    assert [(skip.start, skip.end, skip.name) for skip in skips] == [(1, 2, "+")]


def test_a_skip_connection_with_a_projection_is_named_and_counted():
    body = Sequential(Conv2d(6, 3, stride=2, padding=1), ReLU(), Conv2d(6, 3, padding=1, dilation=1))
    network = Sequential(Residual(body, Conv2d(6, 1, 2)), GlobalAvgPool(), Dense(3))
    other = Model(network, (2, 9, 12))
    found, skips = stages(other)
    assert skips[0].name == "Conv2d(6, 1, stride=2)"
    assert sum(stage.parameters for stage in found) == other.plan.size
    text = drawn(network_figure(LIGHT, other))
    assert ">6×5×6<" in text
    assert ">GlobalAvgPool<" in text


def test_a_network_of_one_layer_is_drawn_with_its_classes():
    text = drawn(network_figure(LIGHT, Model(Sequential(Flatten(), Dense(2)), (1, 4, 4), classes=("yes", "no"))))
    assert ">yes<" in text
    assert ">34 parameters<" in text


def test_an_empty_split_gives_rows_without_pictures():
    empty = Split(np.zeros((0, 1, 8, 8), np.uint8), np.zeros(0, np.int64))
    assert drawn(examples(LIGHT, empty, ["a"])).count("<image ") == 0


def test_layers_that_pass_numbers_on_have_no_row_and_logits_have_their_classes():
    network = Sequential(Conv2d(4, 3), ReLU(), Dropout(0.5), Flatten(), Dropout(0.5), Dense(4))
    found, x = model(network=network), dataset().test.x[0]
    text = drawn(activations_figure(LIGHT, x, trace(found, x[None]), found))
    [shape] = re.findall(r">the same (\d+×\d+×\d+) numbers<", text)
    count = np.prod([int(n) for n in shape.split("×")])
    assert f">the same numbers in a row: {count}<" in text
    assert f">the same {count} numbers<" in text
    assert all(text.count(f">{name}<") == 2 for name in found.classes), "below the logits and beside the probabilities"
    assert ">none of these<" not in text
    told = Model(network, dataset(), background=True)
    assert ">none of these<" in drawn(activations_figure(LIGHT, x, trace(told, x[None]), told))
