"""The command that a run's report prints gives the run's weights, to the last bit, exactly where the report says so."""

from __future__ import annotations

import html
import json
import re
import shlex
import shutil
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
from PIL import Image

from numnist.data.load import load
from numnist.data.strokes.drawing import draw
from numnist.experiment.recipe import load_recipe
from numnist.experiment.run import Run
from numnist.report.page.sections.run import OTHER_WEIGHTS, SAME_WEIGHTS


def weights(run):
    return json.loads(Path(run, "result.json").read_text())["weights_sha256"]


@pytest.fixture
def repeated(numnist):
    """repeated(run) writes a run's report and runs its command: whether its weights are the run's, and the page."""

    def repeat(run):
        done = numnist("report", run)
        assert done.code == 0, done.err
        page = html.unescape(Path(run, "report.html").read_text("utf-8"))
        command = re.search(r"<code>(numnist train .*?)</code>", page)[1]
        assert (SAME_WEIGHTS in page) != (OTHER_WEIGHTS in page)
        again = numnist(*shlex.split(command)[1:], "--run", "again", "--no-report")
        assert again.code in (0, 1), again.err  # 1 where pictures are not overfitted
        same = weights("again") == weights(run)
        shutil.rmtree("again")
        return same, page, command

    return repeat


def promised(repeated, run):
    """The command of a run of which the report says that it gives the same weights."""
    same, page, command = repeated(run)
    assert same
    assert SAME_WEIGHTS in page
    return command


def denied(repeated, run, reason):
    same, page, _ = repeated(run)
    assert not same
    assert OTHER_WEIGHTS in page
    assert reason in page


SMALL = ("--batch-size", 32, "--epochs", 2)


@pytest.mark.parametrize(
    "options",
    [
        ("mlp-quick", *SMALL),
        ("quick", *SMALL, "--optimizer", "SGD", "--lr", 0.1, "--schedule", "CosineDecay", "--augment", "none"),
        ("mlp-quick", *SMALL, "--pictures", 100, "--validation", 20, "--class-weight", "balanced", "--average", 0.9),
        ("mlp-quick", *SMALL, "--activation", "tanh", "--set", "optimizer.beta1=0.8"),
        ("mlp-quick", "--batch-size", 32, "--epochs", 40, "--patience", 2, "--lr", 0.02),
    ],
    ids=["plain", "options", "numbers", "config", "patience"],
)
def test_a_plain_run(numnist, digits, repeated, options):
    assert numnist("train", *options, "--dataset", digits, "--run", "run").code == 0
    promised(repeated, "run")


def test_a_run_on_a_folder_with_broken_pictures(numnist, repeated):
    for k, (picture, label) in enumerate(zip(*draw(80, seed=2))):
        path = Path("folder", str(label), f"{k}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    path.write_bytes(b"broken")
    done = numnist("train", "mlp-quick", *SMALL, "--dataset", "folder", "--skip-broken", "--run", "run")
    assert done.code == 0, done.err
    assert "--skip-broken" in promised(repeated, "run")


def test_a_resumed_run(numnist, digits, repeated):
    constant = ("--dataset", digits, "--schedule", "constant", "--batch-size", 32)
    assert numnist("train", "mlp-quick", *constant, "--epochs", 1, "--run", "run").code == 0
    assert numnist("resume", "run", "--epochs", 2).code == 0
    promised(repeated, "run")


def test_a_run_stopped_and_resumed(numnist, digits, repeated):
    assert numnist("train", "mlp-quick", *SMALL, "--dataset", digits, "--run", "first").code == 0
    data = load(str(digits))
    recipe = load_recipe("first/config.toml")
    with closing(Run.create(recipe, data, Path("run")).events()) as events:
        list(islice(events, 3))
    assert numnist("resume", "run").code == 0
    assert weights("run") == weights("first")
    promised(repeated, "run")


def test_a_run_given_more_epochs_whose_schedule_depends_on_their_number(numnist, digits, repeated):
    assert numnist("train", "mlp-quick", *SMALL, "--dataset", digits, "--run", "run").code == 0
    assert numnist("resume", "run", "--epochs", 3).code == 0
    denied(repeated, "run", "It was resumed with 3 epochs instead of 2: OneCycle() depends on their number")


def test_a_run_stopped_before_its_end_and_evaluated_as_the_page_does(numnist, digits, repeated):
    data = load(str(digits))
    run = Run.create(load_recipe("mlp-quick").on(str(digits)).override(epochs=3, batch_size=32), data, Path("run"))
    with closing(run.events()) as events:
        list(islice(events, 12))
    run.evaluate()
    denied(repeated, "run", "Stopped before its end: 1 of 3 epochs are done")


def test_an_overfit_run(numnist, digits, repeated):
    done = numnist("train", "convnet", "--overfit", 10, "--dataset", digits, "--run", "run")
    assert done.code == 0, done.err
    assert re.search(r"^Learnt    all 10 pictures in \d+ epochs?$", done.out, re.MULTILINE)
    assert "10 of 10 learnt" in done.err
    assert "--overfit 10" in promised(repeated, "run")
    page = Path("run/report.html").read_text("utf-8")
    assert "10 of 10" in page
    assert "all training pictures" in page


def test_an_overfit_run_that_was_stopped_and_resumed(numnist, digits, repeated):
    slowly = ("--learning-rate", 1e-4, "--epochs", 2)
    done = numnist("train", "mlp-quick", "--overfit", 20, "--dataset", digits, *slowly, "--run", "run")
    assert done.code == 1, done.err
    assert re.search(r"^Learnt    \d+ of 20 pictures in 2 epochs$", done.out, re.MULTILINE)
    few = weights("run")
    promised(repeated, "run")
    assert numnist("resume", "run", "--epochs", 300).code == 0
    assert weights("run") != few
    promised(repeated, "run")
    epochs = json.loads(Path("run/result.json").read_text())["epochs"]
    assert numnist("resume", "run").code == 0, "there is nothing to do"
    assert json.loads(Path("run/result.json").read_text())["epochs"] == epochs < 300


def test_a_run_from_the_weights_of_another(numnist, digits, trained, repeated):
    assert numnist("train", *SMALL, "--dataset", digits, "--from", trained, "--run", "run").code == 0
    promised(repeated, "run")
    assert numnist("resume", trained, "--epochs", 4).code == 0
    denied(repeated, "run", "It started from trained, which has other weights now")
    shutil.move(trained, "elsewhere")
    assert numnist("report", "run").code == 0
    assert "It started from trained, which is not there now." in Path("run/report.html").read_text("utf-8")


def test_a_run_that_trains_the_last_layer_of_another_alone(numnist, digits, trained, repeated):
    options = (*SMALL, "--dataset", digits, "--from", trained, "--freeze")
    assert numnist("train", *options, "--run", "run").code == 0
    assert "--freeze" in promised(repeated, "run")


def test_the_runs_of_a_sweep(numnist, digits, repeated):
    done = numnist(
        "sweep", "mlp-quick", "--set", "batch_size=32", "epochs=1", "seed=1,2", "optimizer.type=SGD,Adam",
        "--dataset", digits, "--jobs", 1, "--run", "sweep",
    )  # fmt: skip
    assert done.code == 0, done.err
    runs = sorted(path.parent for path in Path("sweep").glob("*/result.json"))
    assert len(runs) == 4
    for run in runs:
        promised(repeated, run)
