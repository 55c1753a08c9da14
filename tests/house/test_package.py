"""What would be published: the same bytes whoever builds it, whole, with metadata that a package index accepts."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from PIL import Image

from numnist.data.strokes.drawing import draw
from tests.house.test_rules import REPOSITORY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="needs a clone: it builds what git would have"),
]
NEEDED = "pip install --group package"


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """build(umask, time) builds wheel and sdist from a fresh copy, whose files have these rights and this age."""
    pytest.importorskip("build", reason=f"needs build: {NEEDED}")
    pytest.importorskip("hatchling", reason=f"needs hatchling: {NEEDED}")
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, check=True).stdout

    def build(umask: int, time: int) -> Path:
        folder = tmp_path_factory.mktemp("build")
        before = os.umask(umask)
        try:
            for name in filter(None, names.decode().split("\0")):
                if (REPOSITORY / name).exists():  # not if it was deleted and that is not committed yet
                    (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(REPOSITORY / name, folder / "source" / name)
                    os.utime(folder / "source" / name, (time, time))
            command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", folder / "source"]
            subprocess.run(command, check=True, capture_output=True)
        finally:
            os.umask(before)
        return folder / "dist"

    return build


@pytest.fixture(scope="module")
def dist(build):
    return build(0o022, 1_700_000_000)


def test_the_same_source_gives_the_same_bytes(build, dist):
    again = build(0o077, 1_600_000_000)
    first, second = ({f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in d.iterdir()} for d in (dist, again))
    assert len(first) == 2
    assert first == second


def test_the_metadata_has_addresses_and_a_readme_without_relative_links(dist):
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith("METADATA"))
        about = message_from_bytes(wheel.read(name))
    addresses = dict(each.split(", ") for each in about.get_all("Project-URL"))
    assert addresses.keys() >= {"Repository", "Changelog", "Issues", "Documentation"}
    text = about.get_payload()
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 10
    assert [link for link in links if not link.startswith("https://")] == []
    assert f"![A run's report, light and dark]({addresses['Repository']}/raw/HEAD/docs/report.png)" in text


def test_an_index_would_accept_it(dist):
    pytest.importorskip("twine", reason=f"needs twine: {NEEDED}")
    command = [sys.executable, "-m", "twine", "check", "--strict", *dist.iterdir()]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_its_metadata_is_complete(dist):
    pytest.importorskip("pyroma", reason=f"needs pyroma: {NEEDED}")
    command = [sys.executable, "-m", "pyroma", "--file", "--min", "10", next(dist.glob("*.tar.gz"))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_wheel_alone_classifies_a_picture_and_has_the_page(dist, tmp_path):
    """Not the clone, where all files are at hand: models, page and tables must be in the wheel."""
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")
    Image.fromarray(255 - draw(1, seed=9)[0][0]).resize((280, 280)).save(tmp_path / "digit.png")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}
    for words in (["predict", "digit.png"], ["export", "digits", "--to", "page.html"], ["doctor"]):
        command = [sys.executable, "-m", "numnist", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "page.html").stat().st_size > 500_000
