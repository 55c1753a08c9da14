"""The report that every training leaves, and numnist report, which writes it again."""

from __future__ import annotations

import html
import json
import re
import shlex
from pathlib import Path

import pytest

SMALL = ("--batch-size", 32, "--epochs", 1)


def text_of(path: str) -> str:
    """What the page says, without markup, style and script."""
    page = re.sub(r"<(style|script).*?</\1>", "", Path(path).read_text("utf-8"), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def again(path: str) -> list[str]:
    """The words after `numnist` of the command that the page says repeats the run."""
    command = html.unescape(re.search(r"<code>(numnist train .*?)</code>", Path(path).read_text("utf-8"))[1])
    return shlex.split(command)[1:]


def test_a_training_says_where_its_report_is(numnist, digits):
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL)
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1] == "Report    runs/mlp-quick-1/report.html"
    assert "Test accuracy" in text_of("runs/mlp-quick-1/report.html")


def test_the_reports_place_stands_in_the_result(numnist, digits):
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--json")
    assert done.json["report"] == str(Path("runs/mlp-quick-1/report.html"))
    assert json.loads(Path("runs/mlp-quick-1/result.json").read_text()) == done.json
    assert f"{100 * done.json['test_accuracy']:.2f}%" in text_of(done.json["report"])


def test_a_report_can_be_written_again(numnist, trained):
    Path(trained, "report.html").unlink()
    done = numnist("report", trained)
    assert (done.code, done.out) == (0, "Report    trained/report.html\n"), done.err
    assert "3 epochs" in text_of("trained/report.html")
    assert numnist("report", trained, "--json").json == {"run": "trained", "report": "trained/report.html"}


def test_a_run_that_goes_on_gets_a_new_report(numnist, trained):
    done = numnist("resume", trained, "--epochs", 4)
    assert done.code == 0, done.err
    assert "4 epochs" in text_of("trained/report.html")
    assert "Resumed with" in text_of("trained/report.html")


@pytest.mark.parametrize(
    "options",
    [
        ["--seed", "3", "--validation", "50"],
        ["--optimizer", "momentum", "--learning-rate", "0.05", "--augment", "shift=0.1", "flip", "--clip-norm", "1"],
        ["--schedule", "cosine-decay", "--loss", "multiclass-svm", "--l2", "0.001", "--lanes", "3", "--shard", "8"],
        ["--activation", "tanh"],
    ],
    ids=" ".join,
)
def test_the_command_on_the_page_gives_the_same_weights(numnist, digits, options):
    first = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, *options, "--json").json
    second = numnist(*again(first["report"]), "--json")
    assert second.code == 0, second.err
    assert second.json["run"] != first["run"]
    assert second.json["weights_sha256"] == first["weights_sha256"]


def test_the_command_says_with_which_weights_a_run_began(numnist, digits, trained):
    first = numnist("train", "--from", trained, "--dataset", digits, *SMALL, "--json").json
    second = numnist(*again(first["report"]), "--json").json
    assert second["weights_sha256"] == first["weights_sha256"]


def test_a_stopped_run_has_a_report_of_what_is_known(numnist, trained):
    for name in ("model.safetensors", "result.json", "report.html"):
        Path(trained, name).unlink()
    done = numnist("report", trained)
    assert done.code == 0, done.err
    assert "Not finished: 3 of 3 epochs are done" in text_of("trained/report.html")


def test_what_is_no_run_or_not_yet_one_is_refused(numnist, trained):
    for name in ("nowhere", "."):
        done = numnist("report", name)
        assert (done.code, done.out) == (4, "")
        assert "no run folder" in done.err
    Path(trained, "metrics.jsonl").unlink()
    done = numnist("report", trained)
    assert done.code == 4
    assert "numnist resume trained" in done.err


def test_data_that_have_changed_are_refused(numnist, trained):
    config = Path(trained, "config.toml")
    config.write_text(re.sub(r'data_sha256 = "\w', 'data_sha256 = "-', config.read_text()))
    done = numnist("report", trained)
    assert done.code == 3
    assert "Give the same data again" in done.err
