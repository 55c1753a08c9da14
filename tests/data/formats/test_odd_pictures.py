"""Pictures in every form and damaged ones; benchmarks/odd_pictures.py has 20,000 of these."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from numnist.data.formats.image import pixels_of
from numnist.support.errors import DataError
from tests.data.formats import kinds
from tests.data.formats.bombs import bombs
from tests.data.formats.mutants import mutant
from tests.data.formats.odd import judged, kind_faults, originals, png_faults

HIGHEST = 200  # MiB that one picture may take

# Pillow warns of odd metadata; and of pictures of 16 bits that are taken for fewer numnist does.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_every_png_comes_right_to_the_pixel_or_is_refused():
    found = dict(png_faults())
    assert len(found) > 175
    assert {name: why for name, why in found.items() if why} == {}


def test_every_format_and_mode_comes_right_or_is_refused():
    found = dict(kind_faults(0))
    assert len(found) > 300
    assert {name: why for name, why in found.items() if why} == {}


def test_damaged_pictures_give_an_answer_or_an_error_that_names_them():
    whole = originals()
    names = [f"mutant {i}" for i in range(400)]
    found = {name: judged(mutant(whole, random.Random(name)), name) for name in names}
    assert {name: why for name, why in found.items() if why not in ("read", "refused")} == {}
    assert min(Counter(found.values()).values()) > 20  # they are neither all broken nor all whole


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux, which tells the highest memory")
def test_small_files_that_ask_for_much_do_not_get_it():
    for name, content in bombs(many=10_000):
        Path("/proc/self/clear_refs").write_text("5")  # the highest memory so far is forgotten
        before = memory("VmRSS")
        assert judged(content, name) in ("read", "refused"), name
        assert memory("VmHWM") - before < HIGHEST, name


def memory(name):
    """What Linux says of this process's memory, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def test_an_image_whose_file_is_broken_is_refused_too(tmp_path):
    content = kinds.encode(kinds.in_mode(kinds.digit()[0], "RGB"), "PNG")
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    with Image.open(tmp_path / "cut.png") as image, pytest.raises(DataError, match="cut is a broken picture"):
        pixels_of(image, "cut")
