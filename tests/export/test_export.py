"""export_model and `numnist export`: what is written of which model, and what is refused."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from numnist import (
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool,
    Model,
    ModelFileError,
    Sequential,
    UsageError,
    export_model,
    load_model,
)
from numnist.model.file import to_bytes
from numnist.model.pretrained import pretrained_path
from tests.cli.conftest import numnist  # noqa: F401
from tests.model.test_own_layers import Scale


def model_in(path: Path) -> bytes:
    """The bytes of the model file in a page."""
    return b64decode(path.read_text("utf-8").partition('id="model-file">')[2].partition("<")[0])


def small() -> Model:
    return Model(Sequential(Flatten(), Dense(3)), (1, 8, 8), preparation="digits")


def test_a_file_is_carried_as_it_is(tmp_path):
    assert model_in(export_model("digits", tmp_path / "a.html")) == pretrained_path("digits").read_bytes()
    small().save(tmp_path / "mine.safetensors")
    assert (
        model_in(export_model(tmp_path / "mine.safetensors", tmp_path / "b.html"))
        == (tmp_path / "mine.safetensors").read_bytes()
    )


def test_a_model_in_memory_is_carried_as_it_would_be_saved(tmp_path):
    model = small()
    model.theta[...] = 0.5
    (tmp_path / "back.safetensors").write_bytes(model_in(export_model(model, tmp_path / "a.html")))
    assert np.array_equal(load_model(tmp_path / "back.safetensors").theta, model.theta)


def test_of_a_checkpoint_only_the_model_is_carried(tmp_path):
    model = small()
    contents = replace(model.contents(), tensors={"slot": np.ones(1000, np.float32)}, training={"epoch": 1})
    (tmp_path / "last.safetensors").write_bytes(to_bytes(contents, "test"))
    assert model_in(export_model(tmp_path, tmp_path / "a.html")) == to_bytes(model.contents(), "test")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Model(Sequential(Flatten(), Dense(3)), (5, 1, 1)), "5 features"),
        (Model(Sequential(Conv2d(2, 3), GlobalAvgPool(), Dense(3)), (3, 9, 9), preparation="digits"), "3 channels"),
        (Model(Sequential(Conv2d(2, 3), GlobalAvgPool(), Dense(3)), (2, 9, 9), preparation="plain"), "2 channels"),
        (Model(Sequential(Flatten(), Scale(2.0), Dense(3)), (1, 9, 9)), "Scale(factor=2.0) is a layer of your own"),
    ],
)
def test_what_a_page_cannot_read_is_refused(tmp_path, model, words):
    with pytest.raises(UsageError) as error:
        export_model(model, tmp_path / "page.html")
    assert words in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "no.safetensors").write_bytes(b"no")
    for given in ("no.safetensors", "missing"):
        with pytest.raises(ModelFileError):
            export_model(tmp_path / given, tmp_path / "page.html")


def test_where_it_goes_is_checked(tmp_path):
    for name in ("page", "page.pdf", "page.html.gz"):
        with pytest.raises(UsageError, match=r"may be \.html"):
            export_model(small(), tmp_path / name)
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        export_model(small(), tmp_path / "folder.html")
    path = export_model(small(), tmp_path / "page.HTML")
    with pytest.raises(UsageError, match="there already"):
        export_model(small(), path)
    model = small()
    model.theta[...] = 1
    before = path.read_bytes()
    assert export_model(model, path, replace=True).read_bytes() != before


def test_the_command(numnist, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    done = numnist("export", "digits", "--to", "digits.html", "--json")
    assert (done.code, done.json["bytes"]) == (0, (tmp_path / "digits.html").stat().st_size)
    again = numnist("export", "digits", "--to", "digits.html")
    assert again.code == 2
    assert "--force" in again.err
    assert numnist("export", "digits", "--to", "digits.html", "--force").code == 0
    wrong = numnist("export", "digits", "--to", "digits.exe")
    assert wrong.code == 2
    assert ".html" in wrong.err
    assert numnist("export", "nothing", "--to", "a.html").code == 4
