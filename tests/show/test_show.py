"""numnist.show: every figure of `numnist show` from Python, and what a notebook makes of it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

import numnist
from numnist import DataError, Model, Recipe, Settings, UsageError, evaluate, find_rate, fit, load_model, show
from numnist.cli import SHOW_COMMANDS
from numnist.experiment.run import Run
from tests.small import CONV, MLP, dataset, trained

RECIPE = Recipe("tiny", "small", "bands", MLP, epochs=2, batch_size=50)


@pytest.fixture(scope="module")
def model():
    return trained(CONV, batch_size=32)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    run = Run.create(RECIPE, dataset(), tmp_path_factory.mktemp("runs") / "one")
    for _ in run.events(threads=1):
        pass
    run.evaluate(threads=1)
    return run.folder


def size(figure) -> tuple[int, int]:
    """Of the picture that a notebook is given."""
    png, meta = figure._repr_png_()
    wide, high = Image.open(io.BytesIO(png)).size
    assert abs(wide - 2 * meta["width"]) <= 2
    assert abs(high - 2 * meta["height"]) <= 2
    return wide, high


def figures(model, run_folder, **options):
    data = dataset()
    curve = find_rate(Model(MLP, data), data, Settings(batch_size=20), steps=12, threads=1)
    return {
        "data": show.data(data, **options),
        "predictions": show.predictions(model, data.test, **options),
        "mistakes": show.mistakes(Model(CONV, data), data.test, **options),
        "confusion": show.confusion(model, data.test, **options),
        "activations": show.activations(model, data.test.x[0], **options),
        "filters": show.filters(model, **options),
        "network": show.network(model, **options),
        "history": show.history(run_folder, **options),
        "compare": show.compare(run_folder, **options),
        "rates": show.rates(curve, **options),
    }


def test_every_figure_of_the_command_is_here_and_is_a_picture_in_a_notebook(model, run_folder):
    found = figures(model, run_folder)
    assert set(found) == {*SHOW_COMMANDS, "rates"}
    assert all(min(size(figure)) > 100 for figure in found.values())


def test_dark_is_dark(model, run_folder):
    for name, figure in figures(model, run_folder, dark=True).items():
        corner = np.asarray(Image.open(io.BytesIO(figure._repr_png_()[0])).convert("RGB"))[0, 0]
        assert corner.tolist() == [0x14, 0x17, 0x1C], name


def test_an_evaluation_is_not_made_again(model):
    found = evaluate(model, dataset().test)
    assert size(show.confusion(found)) == size(show.confusion(model, dataset().test))
    assert size(show.predictions(found, count=5)) == size(show.predictions(model, dataset().test, count=5))
    with pytest.raises(UsageError, match="leave the split out"):
        show.mistakes(found, dataset().test)
    with pytest.raises(UsageError, match=r"show\.mistakes\(model, data\.test\)"):
        show.mistakes(model)


def test_the_split_that_is_asked_for_is_drawn(monkeypatch):
    drawn = []
    monkeypatch.setattr("numnist.report.figures.pictures.examples", lambda theme, split, *_: drawn.append(split))
    for split in ("train", "validation", "test"):
        show.data(dataset(), split)
    assert drawn == [dataset().train, dataset().validation, dataset().test]


def test_each_training_has_its_own_name(run_folder, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "numnist.report.figures.curves.history_figure", lambda theme, curves, names, _: drawn.append((curves, names))
    )
    model, data = Model(MLP, dataset()), dataset()
    short, long = (fit(model, data, Settings(epochs=epochs, batch_size=50), threads=1) for epochs in (1, 2))
    show.history(short, run_folder, long)
    ((curves, names),) = drawn
    assert names == ["training 1", "one", "training 3"]
    assert [len(each.epochs) for each in curves] == [1, 2, 2]


def test_no_mistakes_are_a_figure_too():
    """A notebook that runs from top to bottom does not stop because a model is right."""
    data = dataset()
    perfect = trained(MLP, batch_size=20, epochs=12)
    assert evaluate(perfect, data.test).errors == 0
    assert min(size(show.mistakes(perfect, data.test))) > 50


def test_what_fit_returns_is_a_history(run_folder):
    model, data = Model(MLP, dataset()), dataset()
    records = fit(model, data, Settings(epochs=2, batch_size=50), threads=1)
    assert min(size(show.history(records))) > 100
    assert size(show.history(records, run_folder))[0] > size(show.history(records))[0] - 400
    for wrong in ((), ([],), ([1],)):
        with pytest.raises(UsageError):
            show.history(*wrong)


def test_a_picture_file_is_prepared(tmp_path):
    model = load_model("digits")
    paper = np.full((40, 40), 250, np.uint8)
    paper[10:30, 18:22] = 20
    Image.fromarray(paper).save(tmp_path / "one.png")
    assert min(size(show.activations(model, tmp_path / "one.png"))) > 100
    Image.fromarray(np.full((40, 40), 250, np.uint8)).save(tmp_path / "blank.png")
    with pytest.raises(DataError, match="nothing is drawn"):
        show.activations(model, tmp_path / "blank.png")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: show.data(dataset(), "tset"), "train, validation, test"),
        (lambda: show.data(dataset().test), "Dataset"),
        (lambda: show.network("digits"), "Model"),
        (lambda: show.rates([1]), "RateCurve"),
        (lambda: show.compare(), "which runs"),
        (lambda: show.predictions(Model(MLP, dataset()), dataset().test, count=0), "count"),
    ],
)
def test_wrong_arguments_are_named(call, says):
    with pytest.raises(UsageError, match=says):
        call()


def test_show_is_found_without_being_imported():
    assert "show" in dir(numnist)
