"""numnist train --find-rate, and the note on a training of few steps."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from numnist.experiment.rate import read_rate
from numnist.support.errors import ModelFileError

SMALL = ("--batch-size", 32, "--epochs", 1)


def test_the_rate_is_found_trained_with_kept_and_shown(numnist, digits):
    train = ("train", "mlp-quick", "--dataset", digits, *SMALL, "--find-rate")
    done = numnist(*train, "--run", "a")
    assert done.code == 0, done.err
    curve = read_rate(Path("a"))
    rate = tomllib.loads(Path("a/config.toml").read_text("utf-8"))["optimizer"]["learning_rate"]
    assert rate == float(f"{curve.suggestion:.2g}")
    assert f"{rate:g}, found in {len(curve.rates)} steps" in done.err
    page = Path("a/report.html").read_text("utf-8")
    assert "Loss at each rate" in page
    assert f"was trained with {rate:g}" in page
    assert f"--learning-rate {rate}" in page  # the command that repeats it finds nothing anew
    assert f"The learning rate of {rate:g} was found before the run" in " ".join(numnist("card", "a").out.split())
    assert numnist(*train, "--run", "b", "--no-report", "--threads", 1).code == 0
    assert Path("a/rate.json").read_bytes() == Path("b/rate.json").read_bytes()
    assert numnist("resume", "b", "--epochs", 2, "--no-report").code == 0
    assert Path("a/rate.json").read_bytes() == Path("b/rate.json").read_bytes()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--learning-rate", 0.1), "another option gives it"),
        (("--set", "optimizer.learning_rate=0.1"), "another option gives it"),
        (("--trials", 2), "finds a rate for one seed"),
    ],
)
def test_what_does_not_go_with_it_is_refused(numnist, digits, more, words):
    done = numnist("train", "mlp-quick", "--dataset", digits, "--find-rate", *more)
    assert done.code == 2
    assert words in done.err
    assert not Path("runs").exists()


@pytest.mark.parametrize("broken", ["{", "[]", "{}", '{"rates": [1], "losses": [], "smoothed": [1], "share": 1}'])
def test_a_broken_record_of_a_rate_is_named(tmp_path, broken):
    (tmp_path / "rate.json").write_text(broken)
    with pytest.raises(ModelFileError, match=r"rate\.json cannot be read"):
        read_rate(tmp_path)
    (tmp_path / "rate.json").unlink()
    assert read_rate(tmp_path) is None


def test_few_pictures_in_large_batches_are_noted_with_what_to_set(numnist, digits, trained):
    few = numnist("train", "--from", trained, "--dataset", digits, "--epochs", 2, "--batch-size", 300, "--no-report")
    assert few.code == 0, few.err
    assert "the whole training has 2 steps" in " ".join(few.err.split())
    size = int(few.err.split("--batch-size ")[1].split()[0])
    more = numnist("train", "--from", trained, "--dataset", digits, "--epochs", 2, "--batch-size", size, "--no-report")
    assert "the whole training has" not in " ".join(more.err.split())
