"""Output in every encoding: no command and no error fails because of a letter."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numnist import load_model, load_recipe
from numnist.cli.shared.encoding import print_anything
from numnist.data.strokes.drawing import draw


def written(text: str, encoding: str) -> str:
    """What arrives in a file of that encoding."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    print_anything(stream)
    stream.write(text)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("encoding", "text", "expected"),
    [
        ("ascii", "28×28, 99.0 ± 0.1% … ≥ √2", "28x28, 99.0 +- 0.1% ... >= sqrt2"),
        ("cp1252", "28×28, 99.0 ± 0.1% … ≥ √2", "28×28, 99.0 ± 0.1% … >= sqrt2"),
        ("ascii", "10⁻³ wᵀx x² xⱼ x̂", "10^-3 w.Tx x^2 x_j x"),
        ("ascii", "däta/日.png", "d\\xe4ta/\\u65e5.png"),
        ("cp1252", "däta/日.png", "däta/\\u65e5.png"),
        ("utf-8", "däta/日.png 28×28", "däta/日.png 28×28"),
        ("utf-8", os.fsdecode(b"b\xff.png"), "b\\udcff.png"),
    ],
)
def test_what_an_encoding_lacks_is_written_in_other_letters(encoding, text, expected):
    assert written(text, encoding) == expected


@pytest.fixture
def program(monkeypatch):
    """program("cp1252", "recipes") runs that command in a process of its own and returns (code, stdout, stderr)."""

    def run(encoding: str, *arguments: object) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "numnist", *map(str, arguments)], capture_output=True, check=False,
            env=os.environ | {"PYTHONIOENCODING": encoding, "NUMNIST_OFFLINE": "1"},
        )  # fmt: skip
        return done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding)

    return run


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_recipe_written_to_a_file_is_the_recipe(program, encoding):
    code, out, err = program(encoding, "recipes", "digits", "--toml")
    assert code == 0, err
    Path("digits.toml").write_bytes(out.encode(encoding))
    assert load_recipe("digits.toml") == load_recipe("digits")
    assert "±" in load_recipe("digits").published, "else this tests nothing"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_names_of_any_letters_are_trained_on_and_printed(program, encoding):
    rng = np.random.default_rng(0)
    for name in ("ä", "日本"):
        Path("däta", name).mkdir(parents=True)
        for i in range(12):
            Image.fromarray(rng.integers(0, 256, (28, 28), dtype=np.uint8)).save(f"däta/{name}/{i}.png")
    training = ("mlp-quick", "--dataset", "däta", "--epochs", 1, "--batch-size", 8, "--run", "rün")
    for arguments in (("train", *training), ("evaluate", "rün"), ("show", "confusion", "rün", "--text"),
                      ("predict", "däta/ä/0.png", "--model", "rün"), ("report", "rün")):  # fmt: skip
        code, out, err = program(encoding, *arguments)
        assert code == 0, err
        assert out
        assert "Traceback" not in err
    code, _, err = program(encoding, "train", "--dataset", "日")
    assert code == 3
    assert "\\u65e5" in err


@pytest.mark.parametrize("command", ["explain Conv2d", "lesson", "--help", "train --help", "summary quick", "doctor"])
def test_formulas_boxes_and_tables_are_printed_in_ascii(program, command):
    code, out, err = program("ascii", *command.split())
    assert code == 0, err
    assert out.isascii()


@pytest.mark.skipif(os.name != "posix", reason="closes streams in a shell")
@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"])
def test_a_training_without_standard_streams_is_a_training_too(digits, closed):
    """And no file that it opens gets the number of a stream, into which libraries print."""
    words = f"{sys.executable} -m numnist train mlp-quick --dataset {digits} --batch-size 32 --epochs 1 --run run"
    assert subprocess.run(["sh", "-c", f"exec {words} {closed}"]).returncode == 0
    assert load_model("run").about["result"]["epochs"] == 1
    assert Path("run/report.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["\x1b[2J.png", "a\u202eb.png", "\x07.png"])
def test_the_name_of_a_file_does_not_reach_the_terminal_as_a_command(numnist, name):
    Image.fromarray(draw(1, seed=9)[0][0]).save(name)
    for arguments in (["predict", name], ["predict", name, "missing-" + name], ["train", "--dataset", name]):
        done = numnist(*arguments)
        assert name[:-4].strip("ab") not in done.out + done.err
        assert name.strip("ab").encode("unicode_escape").decode()[:4] in done.out + done.err
